import { emptyTrieRoot } from '../../core/account.ts'
import { bytesToHash, emptyBytes, equalBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { type Branch, decodeNode, type Extension, encodeNode, type Leaf, type Ref, type TrieNode } from './node.ts'
import { emptyPath, joinPaths, nibbleAt, oneNibble, type Path, sharedNibbles } from './path.ts'
import type { ReadNode } from './readNode.ts'

/** One change: the value of a key, or its removal. Keys of one trie are of any length; values are never empty. */
export type TrieEntry = { readonly key: Uint8Array; readonly value: Uint8Array | undefined }

/** Takes each new node of an update once, children before parents. */
export type NodeSink = (hash: Hash, raw: Uint8Array) => void

/**
 * Applies changes (each key at most once, any order) to the trie with this root and returns the new root. One pass:
 * the keys are sorted once, then every node on the way is read, rebuilt and hashed once. Nodes that come out as they
 * were are not given to the sink.
 */
export function updateTrie(readNode: ReadNode, root: Hash, entries: readonly TrieEntry[], sink: NodeSink): Hash {
  if (entries.length === 0) return root
  const sorted = sortEntries(entries)
  const before = root === emptyTrieRoot ? emptyBytes : hexToBytes(root)
  const node = createUpdate(readNode, sink)(before, sorted, 0, sorted.length, 0)
  if (node === undefined) return emptyTrieRoot
  const raw = encodeNode(node)
  const hash = bytesToHash(keccak256(raw))
  if (hash !== root) sink(hash, raw)
  return hash
}

type Range = readonly TrieEntry[]

/** By key. The first six bytes as a number decide nearly every comparison. */
function sortEntries(entries: readonly TrieEntry[]): Range {
  if (entries.length === 1) return entries
  const ranked = entries.map((entry) => ({ rank: rankOf(entry.key), key: entry.key, value: entry.value }))
  return ranked.sort((a, b) => a.rank - b.rank || Buffer.compare(a.key, b.key))
}

function rankOf(key: Uint8Array): number {
  let rank = 0
  for (let place = 0; place < 6; place++) rank = rank * 0x100 + (key[place] ?? 0)
  return rank
}

function createUpdate(readNode: ReadNode, sink: NodeSink) {
  /** The node at `ref`, whose keys share `depth` nibbles, after the changes `low` to `high`; undefined if none is left. */
  function update(ref: Ref, list: Range, low: number, high: number, depth: number): TrieNode | undefined {
    if (ref.length === 0) return build(withoutRemovals(list, low, high), depth)
    return updateNode(resolve(ref), list, low, high, depth)
  }

  function updateNode(node: TrieNode, list: Range, low: number, high: number, depth: number): TrieNode | undefined {
    if (node.kind === 'leaf') return updateLeaf(node, list, low, high, depth)
    if (node.kind === 'extension') return updateExtension(node, list, low, high, depth)
    return updateBranch(node, [], list, low, high, depth)
  }

  /** A leaf is one more entry, unless the changes hold its key. */
  function updateLeaf(leaf: Leaf, list: Range, low: number, high: number, depth: number): TrieNode | undefined {
    const suffix = leaf.path
    const length = suffix.to - suffix.from
    const merged: TrieEntry[] = []
    let isPlaced = false
    for (let index = low; index < high; index++) {
      const entry = list[index]!
      if (!isPlaced) {
        const order = compareSuffix(entry.key, depth, suffix)
        if (order >= 0) isPlaced = true
        if (order > 0) merged.push(leafEntry(leaf, entry.key, depth, length))
      }
      if (entry.value !== undefined) merged.push(entry)
    }
    if (!isPlaced) merged.push(leafEntry(leaf, list[low]!.key, depth, length))
    return build({ list: merged, low: 0, high: merged.length }, depth)
  }

  function updateExtension(
    extension: Extension,
    list: Range,
    low: number,
    high: number,
    depth: number,
  ): TrieNode | undefined {
    const { path, child } = extension
    const length = path.to - path.from
    // In sorted order the first and the last key differ most from any path.
    const shared = Math.min(
      sharedWith(list[low]!.key, depth, path, length),
      sharedWith(list[high - 1]!.key, depth, path, length),
    )
    if (shared === length) {
      const node = update(child, list, low, high, depth + length)
      return node === undefined ? undefined : prepend(path, node, child)
    }
    // Some key leaves the path here: a branch takes its place, with the rest of the extension as one child.
    const children: Ref[] = new Array(16).fill(emptyBytes)
    const changed: (TrieNode | undefined)[] = []
    const nibble = nibbleAt(path.bytes, path.from + shared)
    const rest: Path = { bytes: path.bytes, from: path.from + shared + 1, to: path.to }
    if (rest.from === rest.to) children[nibble] = child
    else changed[nibble] = { kind: 'extension', path: rest, child }
    const branch: Branch = { kind: 'branch', children, value: undefined }
    const node = updateBranch(branch, changed, list, low, high, depth + shared)
    if (node === undefined || shared === 0) return node
    return prepend({ bytes: path.bytes, from: path.from, to: path.from + shared }, node, emptyBytes)
  }

  /** `changed` holds children that exist only here so far. */
  function updateBranch(
    branch: Branch,
    changed: (TrieNode | undefined)[],
    list: Range,
    low: number,
    high: number,
    depth: number,
  ): TrieNode | undefined {
    const children = branch.children.slice()
    let { value } = branch
    let index = low
    if (list[index]!.key.length * 2 === depth) value = list[index++]!.value
    while (index < high) {
      const nibble = nibbleAt(list[index]!.key, depth)
      const end = groupEnd(list, index, high, depth, nibble)
      const here = changed[nibble]
      const node =
        here === undefined
          ? update(children[nibble]!, list, index, end, depth + 1)
          : updateNode(here, list, index, end, depth + 1)
      if (node === undefined) children[nibble] = emptyBytes
      changed[nibble] = node
      index = end
    }
    let count = 0
    let only = 0
    for (let nibble = 0; nibble < 16; nibble++) {
      if (changed[nibble] === undefined && children[nibble]!.length === 0) continue
      count++
      only = nibble
    }
    if (count === 0) return value === undefined ? undefined : leafOf(emptyPath, value)
    if (count === 1 && value === undefined) return absorb(only, changed[only], children[only]!)
    changed.forEach((node, nibble) => {
      if (node !== undefined) children[nibble] = refOf(node, children[nibble]!)
    })
    return { kind: 'branch', children, value }
  }

  /** What stands for a branch with one child left: the child with one more nibble. */
  function absorb(nibble: number, changed: TrieNode | undefined, ref: Ref): TrieNode {
    return prepend(oneNibble(nibble), changed ?? resolve(ref), ref)
  }

  /** A node under a path. `ref` is where the node was before, if anywhere. */
  function prepend(path: Path, node: TrieNode, ref: Ref): TrieNode {
    if (node.kind === 'leaf') return leafOf(joinPaths(path, node.path), node.value)
    if (node.kind === 'extension') return { kind: 'extension', path: joinPaths(path, node.path), child: node.child }
    return { kind: 'extension', path, child: refOf(node, ref) }
  }

  /** A new subtrie. */
  function build({ list, low, high }: Stretch, depth: number): TrieNode | undefined {
    if (low === high) return undefined
    const first = list[low]!
    if (high - low === 1) {
      return leafOf({ bytes: first.key, from: depth, to: 2 * first.key.length }, first.value!)
    }
    const last = list[high - 1]!
    const limit = 2 * Math.min(first.key.length, last.key.length) - depth
    const fork = depth + sharedNibbles(first.key, depth, last.key, depth, limit)
    const children: Ref[] = new Array(16).fill(emptyBytes)
    let index = low
    const value = first.key.length * 2 === fork ? list[index++]!.value : undefined
    while (index < high) {
      const nibble = nibbleAt(list[index]!.key, fork)
      const end = groupEnd(list, index, high, fork, nibble)
      children[nibble] = refOf(build({ list, low: index, high: end }, fork + 1)!, emptyBytes)
      index = end
    }
    const branch: Branch = { kind: 'branch', children, value }
    if (fork === depth) return branch
    return { kind: 'extension', path: { bytes: first.key, from: depth, to: fork }, child: refOf(branch, emptyBytes) }
  }

  function resolve(ref: Ref): TrieNode {
    return decodeNode(ref.length === 32 ? readNode(bytesToHash(ref)) : ref)
  }

  /** The reference to a node that was at `before`; a new node goes to the sink. */
  function refOf(node: TrieNode, before: Ref): Ref {
    const raw = encodeNode(node)
    if (raw.length < 32) return raw
    const hash = keccak256(raw)
    if (equalBytes(hash, before)) return before
    sink(bytesToHash(hash), raw)
    return hash
  }

  return update
}

type Stretch = { readonly list: Range; readonly low: number; readonly high: number }

function withoutRemovals(list: Range, low: number, high: number): Stretch {
  for (let index = low; index < high; index++) {
    if (list[index]!.value !== undefined) continue
    const kept = list.slice(low, high).filter((entry) => entry.value !== undefined)
    return { list: kept, low: 0, high: kept.length }
  }
  return { list, low, high }
}

function leafOf(path: Path, value: Uint8Array): Leaf {
  return { kind: 'leaf', path, value }
}

/** The end of the stretch of keys from `index` that have this nibble at `depth`. */
function groupEnd(list: Range, index: number, high: number, depth: number, nibble: number): number {
  let end = index + 1
  while (end < high && nibbleAt(list[end]!.key, depth) === nibble) end++
  return end
}

function sharedWith(key: Uint8Array, depth: number, path: Path, length: number): number {
  return sharedNibbles(key, depth, path.bytes, path.from, Math.min(length, 2 * key.length - depth))
}

/** Order of the key's nibbles from `depth` and a leaf's path: below, at or above zero. */
function compareSuffix(key: Uint8Array, depth: number, path: Path): number {
  const length = path.to - path.from
  const keyLength = 2 * key.length - depth
  const limit = Math.min(keyLength, length)
  const shared = sharedNibbles(key, depth, path.bytes, path.from, limit)
  if (shared === limit) return keyLength - length
  return nibbleAt(key, depth + shared) - nibbleAt(path.bytes, path.from + shared)
}

/** The leaf as an entry: `neighbour` has the nibbles above it. */
function leafEntry(leaf: Leaf, neighbour: Uint8Array, depth: number, length: number): TrieEntry {
  const key = new Uint8Array((depth + length) >> 1)
  for (let place = 0; place < depth + length; place++) {
    const nibble =
      place < depth ? nibbleAt(neighbour, place) : nibbleAt(leaf.path.bytes, leaf.path.from + place - depth)
    key[place >> 1]! |= (place & 1) === 0 ? nibble << 4 : nibble
  }
  return { key, value: leaf.value }
}
