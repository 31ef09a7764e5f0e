import { concat, type Hex, keccak256, numberToHex } from 'viem'
import { bytesToHex, type Hash } from '../../../core/hex.ts'

// The Merkle rules of the specification once more, as directly as they read, over viem's hash and hex strings.

const u64 = (value: number | bigint): Hex => numberToHex(BigInt(value), { size: 8 })

export const leaf = (index: number | bigint, data: Uint8Array): Hex =>
  keccak256(concat(['0x00', u64(index), bytesToHex(data)]))

export const node = (left: Hex, right: Hex): Hex => keccak256(concat(['0x01', left, right]))

export const rootOf = (count: number | bigint, byteLength: bigint, top: Hex): Hash =>
  keccak256(concat(['0x02', u64(count), u64(byteLength), top])) as Hash

/** All levels, leaves first: pairs are hashed, an odd last node goes up as it is. */
export function levelsOf(data: readonly Uint8Array[]): readonly (readonly Hex[])[] {
  const levels: Hex[][] = [data.map((each, index) => leaf(index, each))]
  for (let below = levels[0]!; below.length > 1; below = levels.at(-1)!) {
    levels.push(
      Array.from({ length: Math.ceil(below.length / 2) }, (_, at) =>
        2 * at + 1 < below.length ? node(below[2 * at]!, below[2 * at + 1]!) : below[2 * at]!,
      ),
    )
  }
  return levels
}

export function treeRoot(data: readonly Uint8Array[], byteLength = 0n): Hash {
  return rootOf(data.length, byteLength, data.length === 0 ? `0x${'00'.repeat(32)}` : levelsOf(data).at(-1)![0]!)
}

/** What an opening claims the root to be, by recursion from the top: undefined where siblings lack or are left over. */
export function rootFromPath(
  count: bigint,
  byteLength: bigint,
  index: bigint,
  data: Uint8Array,
  path: readonly Hex[],
): Hash | undefined {
  const climb = (hash: Hex, place: bigint, size: bigint, rest: readonly Hex[]): Hex | undefined => {
    if (size === 1n) return rest.length === 0 ? hash : undefined
    const above = (size + 1n) / 2n
    if (place === size - 1n && size % 2n === 1n) return climb(hash, place / 2n, above, rest)
    const [sibling, ...others] = rest
    if (sibling === undefined) return undefined
    return climb(place % 2n === 0n ? node(hash, sibling) : node(sibling, hash), place / 2n, above, others)
  }
  const top = index < count ? climb(leaf(index, data), index, count, path) : undefined
  return top === undefined ? undefined : rootOf(count, byteLength, top)
}
