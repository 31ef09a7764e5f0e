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

/**
 * One holder for each document of the version that contains the tile, by order, at its first occurrence: the first
 * holder is the payee. In a true version every document has an order of its own; a false one that repeats a contribution
 * gives equal orders, which the document's number decides.
 */
function holdersIn(containing: readonly Occurrence[], corpus: Corpus, corpusIndex: number): readonly Holder[] {
  const firsts = new Map<number, Occurrence>()
  for (const occurrence of containing) {
    const { document } = occurrence
    if (occurrence.corpusIndex === corpusIndex && !firsts.has(document)) firsts.set(document, occurrence)
  }
  const byOrder = (a: Occurrence, b: Occurrence) => {
    const [first, second] = [orderOf(corpus, a), orderOf(corpus, b)]
    return first === second ? a.document - b.document : first < second ? -1 : 1
  }
  return [...firsts.values()].sort(byOrder).map(({ document, offset }) => ({ document, offset }))
}

function orderOf(corpus: Corpus, { corpusIndex, document }: Occurrence): bigint {
  return corpus[corpusIndex]!.documents[document]!.order
}
