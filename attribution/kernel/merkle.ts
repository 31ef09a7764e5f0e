import { assert } from '../../core/errors.ts'
import { bytesToHash, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'

// Merkle trees of the attribution protocol (docs/SPEC.md, "Trees"):
//   leaf = keccak(0x00, u64 index, data)      node = keccak(0x01, left, right), an odd node is promoted unchanged
//   root = keccak(0x02, u64 count, u64 byteLength, top); the top of an empty tree is 32 zero bytes
// The prefixes keep leaves, nodes and roots apart; the index in the leaf and the count in the root fix the shape, so a
// path has exactly one possible length. Inside, hashes are bytes in flat arrays: a tree over 1 GB has 8 million of them.

/** What a commitment to a tree consists of. `byteLength` is 0 unless the tree is over a text. */
export type TreeHead = { readonly root: Hash; readonly count: bigint; readonly byteLength: bigint }

/** One leaf with the siblings on its way up, lowest first; levels where the node is promoted have none. */
export type Opening = { readonly index: bigint; readonly data: Uint8Array; readonly path: readonly Hash[] }

/** Leaves in a row, from `start`, with the fewest siblings: per level from below, the left one, then the right one. */
export type RangeProof = {
  readonly start: bigint
  readonly leaves: readonly Uint8Array[]
  readonly siblings: readonly Hash[]
}

/** A tree in memory: 64 bytes per leaf. The data of the leaves is asked for again where it is opened. */
export type Tree = TreeHead & {
  /** What the root binds to count and byteLength; 32 zero bytes without leaves. */
  readonly top: Hash
  /** Opens the leaf at an index below the count. */
  open(index: number): Opening
  /** Proves the leaves start to end - 1; 0 <= start < end <= count. */
  range(start: number, end: number): RangeProof
}

/** Bytes in front of a leaf's data when it is hashed, bytes of which a node and a root are the hash: for gas. */
export const leafPrefixBytes = 9
export const nodeBytes = 65
export const rootBytes = 49

const hashBytes = 32
const maxCount = 1n << 64n

/** The tree over these leaves. */
export function createTree(leaves: readonly Uint8Array[], byteLength = 0n): Tree {
  return createTreeFrom(leaves.length, (index) => leaves[index]!, byteLength)
}

/** The tree over `count` leaves that a function gives; it must give the same bytes for the same index every time. */
export function createTreeFrom(count: number, leafAt: (index: number) => Uint8Array, byteLength = 0n): Tree {
  const levels = [hashLeaves(count, leafAt)]
  while (levels.at(-1)!.length > hashBytes) levels.push(hashPairs(levels.at(-1)!))
  const hashAt = (level: number, place: number): Hash =>
    bytesToHash(levels[level]!.subarray(place * hashBytes, (place + 1) * hashBytes))
  const top = count === 0 ? zeroHash : hashAt(levels.length - 1, 0)
  return {
    root: rootOf(BigInt(count), byteLength, top),
    top,
    count: BigInt(count),
    byteLength,
    open: (index) => {
      assert(Number.isSafeInteger(index) && index >= 0 && index < count, 'no leaf at this index')
      const path: Hash[] = []
      for (let level = 0, place = index, size = count; size > 1; level++, place >>>= 1, size = (size + 1) >>> 1) {
        if ((place ^ 1) < size) path.push(hashAt(level, place ^ 1))
      }
      return { index: BigInt(index), data: leafAt(index), path }
    },
    range: (start, end) => {
      assert(Number.isSafeInteger(start) && Number.isSafeInteger(end), 'a range has whole bounds')
      assert(start >= 0 && start < end && end <= count, 'no such range')
      const siblings: Hash[] = []
      for (let level = 0, from = start, to = end, size = count; size > 1; level++) {
        if (from % 2 === 1) siblings.push(hashAt(level, from - 1))
        if (to % 2 === 1 && to < size) siblings.push(hashAt(level, to))
        from >>>= 1
        to = (to + 1) >>> 1
        size = (size + 1) >>> 1
      }
      const leaves = Array.from({ length: end - start }, (_, at) => leafAt(start + at))
      return { start: BigInt(start), leaves, siblings }
    },
  }
}

/** True if the tree has this leaf at this index. The path has to be exactly as long as index and count demand. */
export function verifyOpening(head: TreeHead, { index, data, path }: Opening): boolean {
  if (index < 0n || index >= head.count) return false
  const sides = sidesOf(index, head.count)
  if (path.length !== sides.length) return false
  let hash = leafHash(index, data)
  for (let level = 0; level < sides.length; level++) {
    const sibling = hexToBytes(path[level]!)
    hash = sides[level] === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
  }
  return rootOf(head.count, head.byteLength, bytesToHash(hash)) === head.root
}

/** True if the tree has these leaves in a row from `start`. An empty range and a superfluous sibling are false. */
export function verifyRange(
  head: TreeHead,
  start: bigint,
  leaves: readonly Uint8Array[],
  siblings: readonly Hash[],
): boolean {
  const end = start + BigInt(leaves.length)
  if (!isRange(start, end, head.count)) return false
  if (siblings.length !== rangeSiblings(start, end, head.count)) return false
  let hashes = leaves.map((data, at) => leafHash(start + BigInt(at), data))
  let used = 0
  for (let from = start, to = end, size = head.count; size > 1n; size = (size + 1n) >> 1n) {
    if ((from & 1n) === 1n) hashes.unshift(hexToBytes(siblings[used++]!))
    if ((to & 1n) === 1n && to < size) hashes.push(hexToBytes(siblings[used++]!))
    const above: Uint8Array[] = []
    for (let at = 0; at < hashes.length; at += 2) {
      const right = hashes[at + 1]
      above.push(right === undefined ? hashes[at]! : nodeHash(hashes[at]!, right))
    }
    hashes = above
    from >>= 1n
    to = (to + 1n) >> 1n
  }
  return rootOf(head.count, head.byteLength, bytesToHash(hashes[0]!)) === head.root
}

/** The number of siblings that an opening has: one per level at which the node is not promoted. 0 if out of range. */
export function pathLength(index: bigint, count: bigint): number {
  return index < 0n || index >= count ? 0 : sidesOf(index, count).length
}

/** The number of siblings in the proof of the leaves start to end - 1. 0 if there is no such range. */
export function rangeSiblings(start: bigint, end: bigint, count: bigint): number {
  return isRange(start, end, count) ? walkRange(start, end, count).siblings : 0
}

/** Hashes that `verifyRange` computes at most: every leaf, the nodes above, the root. 0 if there is no such range. */
export function rangeHashes(start: bigint, end: bigint, count: bigint): number {
  return isRange(start, end, count) ? Number(end - start) + walkRange(start, end, count).nodes + 1 : 0
}

/** The root of a tree with this top: what binds the shape of the tree to its content. */
export function rootOf(count: bigint, byteLength: bigint, top: Hash): Hash {
  assert(count >= 0n && count < maxCount && byteLength >= 0n && byteLength < maxCount, 'counts are u64')
  const bytes = new Uint8Array(rootBytes)
  const view = new DataView(bytes.buffer)
  bytes[0] = 2
  view.setBigUint64(1, count)
  view.setBigUint64(9, byteLength)
  bytes.set(hexToBytes(top), 17)
  return keccakHash(bytes)
}

/** The root of the tree without leaves; the empty text has the same. */
export const emptyRoot = rootOf(0n, 0n, zeroHash)

function isRange(start: bigint, end: bigint, count: bigint): boolean {
  return start >= 0n && start < end && end <= count
}

function walkRange(start: bigint, end: bigint, count: bigint): { siblings: number; nodes: number } {
  let siblings = 0
  let nodes = 0
  for (let from = start, to = end, size = count; size > 1n; size = (size + 1n) >> 1n) {
    const left = from & 1n
    const right = (to & 1n) === 1n && to < size ? 1n : 0n
    siblings += Number(left + right)
    nodes += Number((to + right - from + left) >> 1n)
    from >>= 1n
    to = (to + 1n) >> 1n
  }
  return { siblings, nodes }
}

/** On which side of the way up from a leaf each sibling stands, lowest first. */
function sidesOf(index: bigint, count: bigint): readonly ('left' | 'right')[] {
  const sides: ('left' | 'right')[] = []
  let [high, above] = [index, count]
  for (; above > maxExact; high >>= 1n, above = (above + 1n) >> 1n) {
    if ((high ^ 1n) < above) sides.push((high & 1n) === 1n ? 'left' : 'right')
  }
  // The rest in plain numbers, which are several times faster.
  let [place, size] = [Number(high), Number(above)]
  for (; size > 1; place = Math.floor(place / 2), size = Math.ceil(size / 2)) {
    if (place % 2 === 1) sides.push('left')
    else if (place + 1 < size) sides.push('right')
  }
  return sides
}

const maxExact = BigInt(Number.MAX_SAFE_INTEGER)

function leafHash(index: bigint, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(leafPrefixBytes + data.length)
  new DataView(bytes.buffer).setBigUint64(1, index)
  bytes.set(data, leafPrefixBytes)
  return keccak256(bytes)
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1)
  node.set(right, 1 + hashBytes)
  return keccak256(node)
}

// One for all: a hash never suspends.
const node = new Uint8Array(nodeBytes)
node[0] = 1

function hashLeaves(count: number, leafAt: (index: number) => Uint8Array): Uint8Array {
  assert(Number.isSafeInteger(count) && count >= 0 && count < 0x8000_0000, 'a tree in memory has below 2^31 leaves')
  const hashes = new Uint8Array(count * hashBytes)
  // One buffer for all leaves of a length; the upper half of the index stays zero.
  let bytes = new Uint8Array(leafPrefixBytes)
  for (let index = 0; index < count; index++) {
    const data = leafAt(index)
    if (bytes.length !== leafPrefixBytes + data.length) bytes = new Uint8Array(leafPrefixBytes + data.length)
    bytes[5] = index >>> 24
    bytes[6] = index >>> 16
    bytes[7] = index >>> 8
    bytes[8] = index
    bytes.set(data, leafPrefixBytes)
    hashes.set(keccak256(bytes), index * hashBytes)
  }
  return hashes
}

function hashPairs(below: Uint8Array): Uint8Array {
  const pairBytes = 2 * hashBytes
  const pairs = Math.floor(below.length / pairBytes)
  const odd = below.subarray(pairs * pairBytes)
  const above = new Uint8Array(pairs * hashBytes + odd.length)
  const bytes = new Uint8Array(nodeBytes)
  bytes[0] = 1
  for (let pair = 0; pair < pairs; pair++) {
    bytes.set(below.subarray(pair * pairBytes, (pair + 1) * pairBytes), 1)
    above.set(keccak256(bytes), pair * hashBytes)
  }
  above.set(odd, pairs * hashBytes)
  return above
}
