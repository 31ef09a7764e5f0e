import type { TileLeaf } from '../leaves.ts'
import { isEnd, isStart } from '../span/boundaries.ts'
import { minTileBytes } from '../span/limits.ts'
import type { Occurrence } from '../span/occurrences.ts'
import { type Audit, absent, isTraced, type Opened } from './audit.ts'
import { type Finding, fault } from './calls.ts'
import { boundaryBytes, openAt, openChunks, openOccurrence, tileRef } from './openings.ts'
import { isShaped, outputOf, type PlacedTile, type TracedOutput } from './tiles.ts'

/** What a trace leaves out: longer tiles, earlier payees, unlisted holders, whole tiles. */
export function* coverageFaults(audit: Audit): Iterable<Finding> {
  for (const [receipt, leaf] of audit.receipts?.leaves.entries() ?? []) {
    const trace = audit.traces[receipt]
    const output = outputOf(audit, receipt)
    if (leaf === undefined || trace === undefined || output === undefined || !isTraced(audit, leaf)) continue
    for (const [place, tile] of trace.leaves.entries()) {
      if (isShaped(audit, leaf.outputLength, place, tile)) yield* omissions(audit, { receipt, place, tile }, output)
    }
    yield* missingTiles(audit, receipt, trace, output)
  }
}

function* omissions(audit: Audit, placed: PlacedTile, output: TracedOutput): Iterable<Finding> {
  const { receipt, place, tile } = placed
  const found = audit.corpus.find(output.bytes, tile.start)
  const longest = longestEnd(output.bytes, tile.start, found)
  const named = tileRef(audit, receipt, place)
  if (longest !== undefined && longest.length > tile.length) {
    const { occurrence, length } = longest
    yield fault('refuteLongerTile', {
      tile: named,
      length: BigInt(length),
      output: openChunks(output.tree, ...spanBytes(output.bytes, tile.start, length).slice(1)),
      found: openOccurrence(audit, occurrence, length),
    })
  }
  const { content } = audit.corpus.versions[tile.corpusIndex]!
  // A holder that is no document of the version is a fault by itself, and has no order.
  if (content === undefined || tile.holders.some(({ document }) => document >= content.documents.length)) return
  const containing = found.filter(({ length }) => length >= tile.length)
  const chunks = () => openChunks(output.tree, { from: tile.start, to: tile.start + tile.length })
  const payee = content.documents[tile.holders[0]!.document]!
  const earlier = containing.find((occurrence) => orderOf(audit, occurrence) < payee.order)
  if (earlier !== undefined) {
    yield fault('refutePayee', {
      tile: named,
      payee: content.docTree.open(tile.holders[0]!.document),
      output: chunks(),
      found: openOccurrence(audit, earlier, tile.length),
    })
  }
  if (tile.common === 1) return
  const orders = tile.holders.map(({ document }) => content.documents[document]!.order)
  for (const occurrence of containing) {
    if (occurrence.corpusIndex !== tile.corpusIndex) continue
    const position = placeBetween(orders, orderOf(audit, occurrence))
    if (position === undefined) continue
    const neighbour = (at: number) =>
      orders[at] === undefined ? absent : content.docTree.open(tile.holders[at]!.document)
    yield fault('refuteUnlistedHolder', {
      tile: named,
      position: BigInt(position),
      left: neighbour(position - 1),
      right: neighbour(position),
      output: chunks(),
      found: openOccurrence(audit, occurrence, tile.length),
    })
    return
  }
}

/** Per gap between neighbouring tiles, the first start at which something of the corpus begins. */
function* missingTiles(
  audit: Audit,
  receipt: number,
  trace: Opened<TileLeaf>,
  { bytes, tree }: TracedOutput,
): Iterable<Finding> {
  for (let place = 0; place <= trace.leaves.length; place++) {
    const left = trace.leaves[place - 1]
    const right = trace.leaves[place]
    if ((left === undefined && place > 0) || (right === undefined && place < trace.leaves.length)) continue
    const from = left === undefined ? 0 : left.start + left.length
    const to = Math.min(bytes.length, right?.start ?? bytes.length)
    for (let start = from; start < to; start++) {
      const longest = isStart(bytes, start) ? longestEnd(bytes, start, audit.corpus.find(bytes, start)) : undefined
      if (longest === undefined) continue
      yield fault('refuteMissingTile', {
        receipt: openAt(audit.receipts!, receipt),
        tiles: trace.tree.count,
        left: openAt(trace, place - 1),
        right: openAt(trace, place),
        start: BigInt(start),
        length: BigInt(longest.length),
        output: openChunks(tree, ...spanBytes(bytes, start, longest.length)),
        found: openOccurrence(audit, longest.occurrence, longest.length),
      })
      break
    }
  }
}

/** The longest span from a start that an occurrence covers and that ends at an end; undefined if none is a tile. */
function longestEnd(
  output: Uint8Array,
  start: number,
  found: readonly Occurrence[],
): { readonly occurrence: Occurrence; readonly length: number } | undefined {
  const [first, ...others] = found
  if (first === undefined) return undefined
  const occurrence = others.reduce((longest, other) => (other.length > longest.length ? other : longest), first)
  let { length } = occurrence
  while (length >= minTileBytes && !isEnd(output, start + length)) length--
  return length < minTileBytes ? undefined : { occurrence, length }
}

/** The bytes that show a span to be one: those that decide where it begins, itself, those that decide where it ends. */
function spanBytes(output: Uint8Array, start: number, length: number) {
  const end = start + length
  return [boundaryBytes(output, start), { from: start, to: end }, boundaryBytes(output, end)]
}

/** Where a missing order would stand in a list. Undefined if it is listed, or no two neighbours show that it is not. */
function placeBetween(orders: readonly bigint[], order: bigint): number | undefined {
  for (let right = 0; right <= orders.length; right++) {
    const isAfter = right === 0 || orders[right - 1]! < order
    if (isAfter && (right === orders.length || order < orders[right]!)) return right
  }
  return undefined
}

function orderOf({ corpus }: Audit, { corpusIndex, document }: Occurrence): bigint {
  return corpus.versions[corpusIndex]!.content!.documents[document]!.order
}
