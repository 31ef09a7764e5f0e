import { type Holder, maxHolders, type TileLeaf } from '../leaves.ts'
import { isEnd, isStart } from './boundaries.ts'
import type { Corpus } from './corpus.ts'
import { minTileBytes } from './limits.ts'
import { type FindOccurrences, type Occurrence, scanOccurrences } from './occurrences.ts'

/**
 * The trace of an output over an effective corpus by `span-v1`: the one list of tiles that no refutation can fault.
 * Greedy from left to right: at each start not inside a tile, the longest span of `minTileBytes` to `maxTileBytes` that
 * ends at an end and occurs in one document of the corpus becomes a tile. Total on any bytes. The default is the plain
 * scan; `findOccurrences` may be any index that finds the same.
 */
export function traceOutput(
  output: Uint8Array,
  corpus: Corpus,
  findOccurrences: FindOccurrences = scanOccurrences(corpus),
): readonly TileLeaf[] {
  const tiles: TileLeaf[] = []
  let paidEnd = 0
  for (let start = 0; start < output.length; ) {
    const tile = isStart(output, start) ? tileAt(output, start, corpus, findOccurrences(output, start)) : undefined
    if (tile === undefined) {
      start++
      continue
    }
    if (tile.common === 0) paidEnd += tile.length
    tiles.push({ ...tile, paidEnd })
    start += tile.length
  }
  return tiles
}

function tileAt(
  output: Uint8Array,
  start: number,
  corpus: Corpus,
  occurrences: readonly Occurrence[],
): Omit<TileLeaf, 'paidEnd'> | undefined {
  let length = occurrences.reduce((longest, occurrence) => Math.max(longest, occurrence.length), 0)
  while (length >= minTileBytes && !isEnd(output, start + length)) length--
  if (length < minTileBytes) return undefined
  const containing = occurrences.filter((occurrence) => occurrence.length >= length)
  const { corpusIndex } = containing.reduce((payee, other) =>
    orderOf(corpus, other) < orderOf(corpus, payee) ? other : payee,
  )
  const holders = holdersIn(containing, corpus, corpusIndex)
  const common = holders.length > maxHolders ? 1 : 0
  return { start, length, common, corpusIndex, holders: holders.slice(0, maxHolders + 1) }
}

/** One holder for each contribution of the version, by order, at its first occurrence: the first holder is the payee. */
function holdersIn(containing: readonly Occurrence[], corpus: Corpus, corpusIndex: number): readonly Holder[] {
  const firsts = new Map<bigint, Occurrence>()
  for (const occurrence of containing) {
    const order = orderOf(corpus, occurrence)
    if (occurrence.corpusIndex === corpusIndex && !firsts.has(order)) firsts.set(order, occurrence)
  }
  return [...firsts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { document, offset }]) => ({ document, offset }))
}

function orderOf(corpus: Corpus, { corpusIndex, document }: Occurrence): bigint {
  return corpus[corpusIndex]!.documents[document]!.order
}
