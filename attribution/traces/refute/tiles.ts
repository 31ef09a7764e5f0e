import { decodeTile, type TileLeaf } from '../../kernel/leaves.ts'
import type { Opening } from '../../kernel/merkle.ts'
import { isEndInPart, isStartInPart, type OutputPart } from '../../kernel/span/boundaries.ts'
import { maxTileBytes, minTileBytes } from '../../kernel/span/limits.ts'
import { type Call, need } from '../../native/call.ts'
import { openAs, openLeaf, presentOpening } from '../../native/openings.ts'
import type { Batch } from '../../settlement/finish.ts'
import type { TracesArgs } from '../args.ts'
import { corpusSize } from '../corpus.ts'
import { openReceipt, openTile, traceHead } from '../open.ts'
import { weightOfReceipt } from '../rates.ts'
import { chunksOf, openOutput, type Span } from '../texts.ts'

// Faults of a tile by itself, beside its neighbour, and at its ends in the output. They weigh as the receipt.

/** A leaf that is no tile, or a tile that says what none may say, alone or with the one behind it (or none given). */
export function tileShapeFault(
  call: Call,
  batch: Batch,
  { tile: ref, next: nextOpening }: TracesArgs<'refuteTileShape'>,
): bigint {
  const receipt = openReceipt(call, batch, ref.receipt)
  const head = traceHead(receipt, ref.tiles)
  const tile = decodeTile(openLeaf(call, head, ref.tile))
  const next = openOptionalNext(call, head, ref.tile.index, nextOpening)
  const isFalse =
    tile === undefined ||
    isMisshapen(tile, receipt.outputLength, Number(corpusSize(call, batch))) ||
    (ref.tile.index === 0n && tile.paidEnd !== paidBytes(tile)) ||
    (next !== undefined && !follows(tile, next))
  need(isFalse, 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

/**
 * A tile that begins where none may begin or ends where none may end: shown by the chunks that hold the bytes which
 * decide about the start, or about the end, or about both.
 */
export function tileBoundaryFault(
  call: Call,
  batch: Batch,
  { tile: ref, output }: TracesArgs<'refuteTileBoundary'>,
): bigint {
  const { receipt, tile } = openTile(call, batch, ref)
  const { outputLength: length } = receipt
  const end = tile.start + tile.length
  const atStart = decisive(length, tile.start)
  const atEnd = decisive(length, end)
  const [startChunks, endChunks] = [given(output, atStart), given(output, atEnd)]
  need(
    output.every((opening) => startChunks?.includes(opening) || endChunks?.includes(opening)) &&
      output.every(({ index }, at) => at === 0 || output[at - 1]!.index < index),
    'InvalidOpening',
  )
  const part = (openings: readonly Opening[], span: Span): OutputPart => ({
    length,
    from: span.from,
    bytes: openOutput(call, receipt, openings, span),
  })
  const badStart = startChunks !== undefined && isStartInPart(part(startChunks, atStart), tile.start) === false
  const badEnd = endChunks !== undefined && isEndInPart(part(endChunks, atEnd), end) === false
  need(badStart || badEnd, 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

/** The bytes that decide whether a tile may begin or end at i; none outside of the output and at its end. */
export function decisive(length: number, i: number): Span {
  return i < length ? { from: Math.max(0, i - 2), to: i + 1 } : { from: length, to: length }
}

/** The openings of the chunks of a span; undefined if not all are given. */
function given(openings: readonly Opening[], span: Span): readonly Opening[] | undefined {
  const indices = chunksOf(span)
  const found = openings.filter(({ index }) => indices.includes(Number(index)))
  return found.length === indices.length ? found : undefined
}

function openOptionalNext(
  call: Call,
  head: ReturnType<typeof traceHead>,
  index: bigint,
  next: Opening,
): TileLeaf | undefined {
  if (presentOpening(next) === undefined) return undefined
  need(next.index === index + 1n, 'InvalidOpening')
  return openAs(call, head, next, decodeTile)
}

function isMisshapen(tile: TileLeaf, outputLength: number, versions: number): boolean {
  const { start, length, corpusIndex, holders } = tile
  return (
    length < minTileBytes ||
    length > maxTileBytes ||
    start + length > outputLength ||
    corpusIndex >= versions ||
    new Set(holders.map(({ document }) => document)).size < holders.length
  )
}

function follows(tile: TileLeaf, next: TileLeaf): boolean {
  return next.start >= tile.start + tile.length && next.paidEnd === tile.paidEnd + paidBytes(next)
}

/** What a tile adds to the paid bytes. */
function paidBytes({ common, length }: TileLeaf): number {
  return common === 1 ? 0 : length
}
