import type { TileLeaf } from '../leaves.ts'
import { isEnd, isStart } from '../span/boundaries.ts'
import { minTileBytes } from '../span/limits.ts'
import type { Occurrence } from '../span/occurrences.ts'
import { type Audit, absent, isTraced, type Opened } from './audit.ts'
import { type Finding, fault } from './calls.ts'
import type { KnownVersion } from './corpus.ts'
import { boundaryBytes, openAt, openChunks, openOccurrence, type Stretch, tileRef } from './openings.ts'
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
  const { tile } = placed
  const found = audit.corpus.find(output.bytes, tile.start)
  yield* longerTile(audit, placed, output, found)
  const { content } = audit.corpus.versions[tile.corpusIndex]!
  // A holder that is no document of the version is a fault by itself, and has no order.
  if (content === undefined || tile.holders.some(({ document }) => document >= content.documents.length)) return
  const containing = found.filter(({ length }) => length >= tile.length)
  yield* earlierPayee(audit, placed, output, containing, content)
  if (tile.common === 0) yield* unlistedHolder(audit, placed, output, containing, content)
}

type Content = NonNullable<KnownVersion['content']>

function* longerTile(
  audit: Audit,
  { receipt, place, tile }: PlacedTile,
  { bytes, tree }: TracedOutput,
  found: readonly Occurrence[],
): Iterable<Finding> {
  const longest = longestEnd(bytes, tile.start, found)
  if (longest === undefined || longest.length <= tile.length) return
  const { occurrence, length } = longest
  const end = tile.start + length
  yield fault('refuteLongerTile', {
    tile: tileRef(audit, receipt, place),
    length: BigInt(length),
    output: openChunks(tree, { from: tile.start, to: end }, boundaryBytes(bytes, end)),
    found: openOccurrence(audit, occurrence, length),
  })
}

function* earlierPayee(
  audit: Audit,
  { receipt, place, tile }: PlacedTile,
  { tree }: TracedOutput,
  containing: readonly Occurrence[],
  content: Content,
): Iterable<Finding> {
  const payee = tile.holders[0]!.document
  const { order } = content.documents[payee]!
  const earlier = containing.find((occurrence) => orderOf(audit, occurrence) < order)
  if (earlier === undefined) return
  yield fault('refutePayee', {
    tile: tileRef(audit, receipt, place),
    payee: content.docTree.open(payee),
    output: openChunks(tree, tileBytes(tile)),
    found: openOccurrence(audit, earlier, tile.length),
  })
}

/** The first contribution of the payee's version that contains the tile and is not among its holders. */
function* unlistedHolder(
  audit: Audit,
  { receipt, place, tile }: PlacedTile,
  { tree }: TracedOutput,
  containing: readonly Occurrence[],
  content: Content,
): Iterable<Finding> {
  const orders = tile.holders.map(({ document }) => content.documents[document]!.order)
  const openHolder = (at: number) =>
    orders[at] === undefined ? absent : content.docTree.open(tile.holders[at]!.document)
  for (const occurrence of containing) {
    if (occurrence.corpusIndex !== tile.corpusIndex) continue
    const position = placeBetween(orders, orderOf(audit, occurrence))
    if (position === undefined) continue
    yield fault('refuteUnlistedHolder', {
      tile: tileRef(audit, receipt, place),
      position: BigInt(position),
      left: openHolder(position - 1),
      right: openHolder(position),
      output: openChunks(tree, tileBytes(tile)),
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
  let seen = 0
  for (let place = 0; place <= trace.leaves.length; place++) {
    const left = trace.leaves[place - 1]
    const right = trace.leaves[place]
    if ((left === undefined && place > 0) || (right === undefined && place < trace.leaves.length)) continue
    const from = left === undefined ? 0 : left.start + left.length
    // Tiles out of order are a fault by themselves: no part of the output is looked at twice for them.
    if (from < seen) continue
    seen = Math.min(bytes.length, right?.start ?? bytes.length)
    const missing = firstMissing(audit, bytes, from, seen)
    if (missing === undefined) continue
    const { start, length, occurrence } = missing
    const end = start + length
    yield fault('refuteMissingTile', {
      receipt: openAt(audit.receipts!, receipt),
      tiles: trace.tree.count,
      left: openAt(trace, place - 1),
      right: openAt(trace, place),
      start: BigInt(start),
      length: BigInt(length),
      output: openChunks(tree, boundaryBytes(bytes, start), { from: start, to: end }, boundaryBytes(bytes, end)),
      found: openOccurrence(audit, occurrence, length),
    })
  }
}

function firstMissing({ corpus }: Audit, output: Uint8Array, from: number, to: number) {
  for (let start = from; start < to; start++) {
    const longest = isStart(output, start) ? longestEnd(output, start, corpus.find(output, start)) : undefined
    if (longest !== undefined) return { start, ...longest }
  }
  return undefined
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

function tileBytes({ start, length }: TileLeaf): Stretch {
  return { from: start, to: start + length }
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
