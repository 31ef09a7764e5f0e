import type { Holder, TileLeaf } from '../leaves.ts'
import type { Tree } from '../merkle.ts'
import { isEnd, isStart } from '../span/boundaries.ts'
import { contentRange } from '../span/corpus.ts'
import { maxTileBytes, minTileBytes } from '../span/limits.ts'
import { chunkBytes } from '../text.ts'
import { type Audit, absent, isTraced } from './audit.ts'
import { demand, type Finding, fault } from './calls.ts'
import type { KnownVersion } from './corpus.ts'
import { boundaryBytes, docRef, openAt, openChunks, tileRef } from './openings.ts'

/** An output that is as its receipt says. */
export type TracedOutput = { readonly bytes: Uint8Array; readonly tree: Tree }
/** A tile in its place. */
export type PlacedTile = { readonly receipt: number; readonly place: number; readonly tile: TileLeaf }

/** Tiles that cannot be tiles, whatever the corpus, and tiles whose holders do not hold them. */
export function* tileFaults(audit: Audit): Iterable<Finding> {
  for (const [receipt, leaf] of audit.receipts?.leaves.entries() ?? []) {
    const trace = audit.traces[receipt]
    if (leaf === undefined || trace === undefined || !isTraced(audit, leaf)) continue
    for (const [place, tile] of trace.leaves.entries()) {
      if (!isShaped(audit, leaf.outputLength, place, tile)) {
        yield fault('refuteTileShape', { tile: tileRef(audit, receipt, place), next: absent })
        continue
      }
      const next = trace.leaves[place + 1]
      if (next !== undefined && !follows(tile, next)) {
        yield fault('refuteTileShape', { tile: tileRef(audit, receipt, place), next: openAt(trace, place + 1) })
      }
      const output = outputOf(audit, receipt)
      if (output !== undefined) yield* contentFaults(audit, { receipt, place, tile }, output)
    }
  }
}

/** The output of a receipt, if it is shown and right. */
export function outputOf({ outputs }: Audit, receipt: number): TracedOutput | undefined {
  const { bytes, tree } = outputs[receipt] ?? {}
  return bytes !== undefined && tree !== undefined ? { bytes, tree } : undefined
}

/** True if a tile alone is possible in an output of this length. */
export function isShaped(
  { corpus }: Audit,
  outputLength: number,
  place: number,
  tile: TileLeaf | undefined,
): tile is TileLeaf {
  if (tile === undefined) return false
  return (
    tile.length >= minTileBytes &&
    tile.length <= maxTileBytes &&
    tile.start + tile.length <= outputLength &&
    (place > 0 || tile.paidEnd === paidBytes(tile)) &&
    tile.corpusIndex < corpus.versions.length &&
    new Set(tile.holders.map(({ document }) => document)).size === tile.holders.length
  )
}

/** Bytes that the holders of a tile share the pay for. */
function paidBytes({ common, length }: TileLeaf): number {
  return common === 1 ? 0 : length
}

function follows(tile: TileLeaf, next: TileLeaf): boolean {
  return next.start >= tile.start + tile.length && next.paidEnd === tile.paidEnd + paidBytes(next)
}

function* contentFaults(audit: Audit, placed: PlacedTile, output: TracedOutput): Iterable<Finding> {
  const { receipt, place, tile } = placed
  const { start, length } = tile
  const { bytes, tree } = output
  if (!isStart(bytes, start) || !isEnd(bytes, start + length)) {
    yield fault('refuteTileBoundary', {
      tile: tileRef(audit, receipt, place),
      output: openChunks(tree, boundaryBytes(bytes, start), boundaryBytes(bytes, start + length)),
    })
  }
  const { content, head, unshowable } = audit.corpus.versions[tile.corpusIndex]!
  for (const [index, holder] of tile.holders.entries()) {
    const [i, j, h] = [BigInt(receipt), BigInt(place), BigInt(index)]
    if (BigInt(holder.document) >= head.documentCount) {
      const document = { entry: absent, next: absent }
      yield fault('refuteHolderDocument', { tile: tileRef(audit, receipt, place), holder: h, document })
    } else {
      if (content !== undefined) yield* holderFaults(audit, placed, output, content, index, holder)
      if (content === undefined || unshowable.has(holder.document)) {
        yield demand('demandHolder', { receipt: i, tile: j, holder: h })
      }
    }
  }
}

function* holderFaults(
  audit: Audit,
  { receipt, place, tile }: PlacedTile,
  { bytes, tree }: TracedOutput,
  content: NonNullable<KnownVersion['content']>,
  index: number,
  { document, offset }: Holder,
): Iterable<Finding> {
  const named = () => ({ tile: tileRef(audit, receipt, place), holder: BigInt(index) })
  const { start, end } = contentRange(content, document)
  if (offset < start || offset + tile.length > end) {
    yield fault('refuteHolderDocument', { ...named(), document: docRef(content, document) })
  } else {
    const position = firstDifference(bytes, tile.start, content.text, offset, tile.length)
    if (position < tile.length) {
      yield fault('refuteHolderBytes', {
        ...named(),
        position: BigInt(position),
        output: tree.open(Math.floor((tile.start + position) / chunkBytes)),
        text: content.textTree.open(Math.floor((offset + position) / chunkBytes)),
      })
    }
  }
  const next = tile.holders[index + 1]
  const [order, nextOrder] = [orderOf(content, document), next && orderOf(content, next.document)]
  if (next === undefined || nextOrder === undefined || order! < nextOrder) return
  yield fault('refuteHolderOrder', {
    ...named(),
    document: content.docTree.open(document),
    nextDocument: content.docTree.open(next.document),
  })
}

function orderOf({ documents }: NonNullable<KnownVersion['content']>, document: number): bigint | undefined {
  return documents[document]?.order
}

function firstDifference(output: Uint8Array, start: number, text: Uint8Array, offset: number, length: number): number {
  let position = 0
  while (position < length && output[start + position] === text[offset + position]) position++
  return position
}
