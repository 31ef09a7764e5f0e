import { nibbleAt, type Path, sharedNibbles } from './path.ts'

/** One change: the value of a key, or its removal. Keys of one trie are of any length; values are never empty. */
export type TrieEntry = { readonly key: Uint8Array; readonly value: Uint8Array | undefined }

/** Changes in key order: those of `list` from `low` (inclusive) to `high` (exclusive), never none. */
export type Stretch = { readonly list: readonly TrieEntry[]; readonly low: number; readonly high: number }

/** All entries, by key. The first six bytes as a number decide nearly every comparison. */
export function sortEntries(entries: readonly TrieEntry[]): Stretch {
  if (entries.length === 1) return { list: entries, low: 0, high: 1 }
  const ranked = entries.map((entry) => ({ rank: rankOf(entry.key), key: entry.key, value: entry.value }))
  ranked.sort((a, b) => a.rank - b.rank || Buffer.compare(a.key, b.key))
  return { list: ranked, low: 0, high: ranked.length }
}

function rankOf(key: Uint8Array): number {
  let rank = 0
  for (let place = 0; place < 6; place++) rank = rank * 0x100 + (key[place] ?? 0)
  return rank
}

/** The stretch from `index` on of keys that have this nibble at `depth`. */
export function groupAt({ list, high }: Stretch, index: number, depth: number, nibble: number): Stretch {
  let end = index + 1
  while (end < high && nibbleAt(list[end]!.key, depth) === nibble) end++
  return { list, low: index, high: end }
}

/** How many nibbles all keys share with a path from `depth`: the first and the last in order differ most from any. */
export function sharedWithAll({ list, low, high }: Stretch, depth: number, path: Path): number {
  return Math.min(sharedWith(list[low]!.key, depth, path), sharedWith(list[high - 1]!.key, depth, path))
}

function sharedWith(key: Uint8Array, depth: number, { bytes, from, to }: Path): number {
  return sharedNibbles(key, depth, bytes, from, Math.min(to - from, 2 * key.length - depth))
}

/** The entries that have a value. */
export function putsOf({ list, low, high }: Stretch): readonly TrieEntry[] {
  return list.slice(low, high).filter(({ value }) => value !== undefined)
}

export function hasRemovals({ list, low, high }: Stretch): boolean {
  for (let index = low; index < high; index++) if (list[index]!.value === undefined) return true
  return false
}

/**
 * The entries that have a value, and in its place the leaf that was there: a value at a path below the `depth` nibbles
 * that all keys share. An entry for the leaf's own key takes its place.
 */
export function putsWithLeaf(stretch: Stretch, depth: number, path: Path, value: Uint8Array): readonly TrieEntry[] {
  const { list, low, high } = stretch
  const merged: TrieEntry[] = []
  let isPlaced = false
  for (let index = low; index < high; index++) {
    const entry = list[index]!
    if (!isPlaced) {
      const order = compareSuffix(entry.key, depth, path)
      isPlaced = order >= 0
      if (order > 0) merged.push({ key: keyBeside(entry.key, depth, path), value })
    }
    if (entry.value !== undefined) merged.push(entry)
  }
  if (!isPlaced) merged.push({ key: keyBeside(list[low]!.key, depth, path), value })
  return merged
}

/** Order of the key's nibbles from `depth` and a path: below, at or above zero. */
function compareSuffix(key: Uint8Array, depth: number, path: Path): number {
  const length = path.to - path.from
  const keyLength = 2 * key.length - depth
  const limit = Math.min(keyLength, length)
  const shared = sharedNibbles(key, depth, path.bytes, path.from, limit)
  if (shared === limit) return keyLength - length
  return nibbleAt(key, depth + shared) - nibbleAt(path.bytes, path.from + shared)
}

/** The key with the first `depth` nibbles of another and then a path. */
function keyBeside(neighbour: Uint8Array, depth: number, { bytes, from, to }: Path): Uint8Array {
  const length = depth + to - from
  const key = new Uint8Array(length >> 1)
  for (let place = 0; place < length; place++) {
    const nibble = place < depth ? nibbleAt(neighbour, place) : nibbleAt(bytes, from + place - depth)
    key[place >> 1]! |= (place & 1) === 0 ? nibble << 4 : nibble
  }
  return key
}
