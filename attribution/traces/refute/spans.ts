import { decodeTile, type ReceiptLeaf, type TileLeaf } from '../../kernel/leaves.ts'
import type { Opening } from '../../kernel/merkle.ts'
import { isEndInPart, isStartInPart } from '../../kernel/span/boundaries.ts'
import { maxTileBytes, minTileBytes } from '../../kernel/span/limits.ts'
import { type Call, need } from '../../native/call.ts'
import { presentOpening } from '../../native/openings.ts'
import type { Batch } from '../../settlement/finish.ts'
import { channels } from '../../storage/settlement.ts'
import type { TracesArgs } from '../args.ts'
import { loadCorpusVersion, needOccurrence, openDoc, type VersionHead } from '../corpus.ts'
import { needEmptyTrace, openGap, openReceipt, openTile, traceHead } from '../open.ts'
import { weightOfReceipt } from '../rates.ts'
import { openOutput } from '../texts.ts'

// Faults shown by a place in the corpus that the trace should have seen. They weigh as the receipt.

/** A tile that could be longer: to another end, with all of it inside one document. */
export function longerTileFault(
  call: Call,
  batch: Batch,
  { tile: ref, length: longer, output, found }: TracesArgs<'refuteLongerTile'>,
): bigint {
  const { receipt, tile } = openTile(call, batch, ref)
  const { start } = tile
  const length = Number(longer)
  need(length > tile.length && length <= maxTileBytes, 'InvalidProof')
  const part = openPart(call, receipt, output, start, start + length)
  need(isEndInPart(part, start + length) === true, 'InvalidProof')
  needOccurrence(call, batch, found, part.bytes.subarray(0, length))
  return weightOfReceipt(call, batch, receipt)
}

/** A start that lies in no tile, though one could begin there: shown between the tiles on both sides. */
export function missingTileFault(call: Call, batch: Batch, args: TracesArgs<'refuteMissingTile'>): bigint {
  const receipt = openReceipt(call, batch, args.receipt)
  const [start, length] = [Number(args.start), Number(args.length)]
  const end = start + length
  need(length >= minTileBytes && length <= maxTileBytes, 'InvalidProof')
  need(!channels.field(call.store, 'isPrivate', receipt.channel), 'InvalidProof')
  if (args.tiles === 0n) needEmptyTrace(receipt.traceRoot)
  const { left, right } = openGap(call, traceHead(receipt, args.tiles), args.left, args.right, decodeTile)
  need(left === undefined || left.start + left.length <= start, 'InvalidProof')
  need(right === undefined || start < right.start, 'InvalidProof')
  const from = Math.max(0, start - 2)
  const part = openPart(call, receipt, args.output, from, end)
  need(isStartInPart(part, start) === true && isEndInPart(part, end) === true, 'InvalidProof')
  needOccurrence(call, batch, args.found, part.bytes.subarray(start - from, end - from))
  return weightOfReceipt(call, batch, receipt)
}

/** A contribution with a lower order than the payee's that contains the tile, anywhere in the effective corpus. */
export function payeeFault(
  call: Call,
  batch: Batch,
  { tile: ref, payee: payeeOpening, output, found }: TracesArgs<'refutePayee'>,
): bigint {
  const { receipt, tile } = openTile(call, batch, ref)
  const version = loadCorpusVersion(call, batch, BigInt(tile.corpusIndex))
  const payee = openDoc(call, version, tile.holders[0]!.document, payeeOpening)
  const earlier = needOccurrence(call, batch, found, openTileBytes(call, receipt, tile, output))
  need(earlier.order < payee.order, 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

/**
 * A contribution of the payee's version that contains a tile which is not common and does not list it: its order lies
 * between those of two listed holders in a row, or before the first, or behind the last. (A version that lists one
 * contribution twice has two documents of one order: either of them stands for both.)
 */
export function unlistedHolderFault(
  call: Call,
  batch: Batch,
  { tile: ref, position, left, right, output, found }: TracesArgs<'refuteUnlistedHolder'>,
): bigint {
  const { receipt, tile } = openTile(call, batch, ref)
  need(tile.common === 0 && found.corpusIndex === BigInt(tile.corpusIndex), 'InvalidProof')
  const at = Number(position)
  need(at <= tile.holders.length, 'InvalidProof')
  const version = loadCorpusVersion(call, batch, found.corpusIndex)
  const before = orderOfHolder(call, version, tile, at - 1, left)
  const after = orderOfHolder(call, version, tile, at, right)
  const { order } = needOccurrence(call, batch, found, openTileBytes(call, receipt, tile, output))
  need((before === undefined || before < order) && (after === undefined || order < after), 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

/** The output from `from` to `end`, and the byte behind, which decides whether a tile may end there. */
function openPart(call: Call, receipt: ReceiptLeaf, output: readonly Opening[], from: number, end: number) {
  const length = receipt.outputLength
  need(end <= length, 'InvalidProof')
  return { length, from, bytes: openOutput(call, receipt, output, { from, to: Math.min(end + 1, length) }) }
}

function openTileBytes(
  call: Call,
  receipt: ReceiptLeaf,
  { start, length }: TileLeaf,
  output: readonly Opening[],
): Uint8Array {
  return openOutput(call, receipt, output, { from: start, to: start + length })
}

/** The order of a listed holder by its docRoot entry; undefined, and no opening, before the first and behind the last. */
function orderOfHolder(
  call: Call,
  version: VersionHead,
  { holders }: TileLeaf,
  at: number,
  opening: Opening,
): bigint | undefined {
  const holder = holders[at]
  if (holder !== undefined) return openDoc(call, version, holder.document, opening).order
  need(presentOpening(opening) === undefined, 'InvalidOpening')
  return undefined
}
