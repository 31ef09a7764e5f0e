import { decodeEntry, type LedgerEntry, type ReceiptLeaf, type TileLeaf } from '../../kernel/leaves.ts'
import { compareEntries } from '../../kernel/ledger.ts'
import { tileEarnings } from '../../kernel/margin.ts'
import type { Opening } from '../../kernel/merkle.ts'
import { type Call, need } from '../../native/call.ts'
import { openLeaf, presentOpening } from '../../native/openings.ts'
import type { Batch } from '../../settlement/finish.ts'
import type { TracesArgs } from '../args.ts'
import { loadCorpusVersion, openDoc } from '../corpus.ts'
import {
  ledgerHead,
  needEmptyTrace,
  openEntry,
  openGap,
  openReceipt,
  openTile,
  type TileRef,
  traceHead,
} from '../open.ts'
import { specificOfBatch, specificOfReceipt, weightOfReceipt } from '../rates.ts'

// Faults of the ledger. Those of its order and sums weigh as the whole batch, those against a tile as its receipt.

/** A leaf that is no entry (the next one need not be given then), or two in a row out of order or out of sum. */
export function ledgerLinkFault(
  call: Call,
  batch: Batch,
  { entry, next: nextOpening }: TracesArgs<'refuteLedgerLink'>,
): bigint {
  const head = ledgerHead(batch)
  const first = decodeEntry(openLeaf(call, head, entry))
  const isAlone = presentOpening(nextOpening) === undefined
  need(isAlone || nextOpening.index === entry.index + 1n, 'InvalidOpening')
  const next = isAlone ? undefined : decodeEntry(openLeaf(call, head, nextOpening))
  const isRight = first !== undefined && (isAlone || (next !== undefined && follows(first, next)))
  need(!isRight, 'InvalidProof')
  return specificOfBatch(batch)
}

/** A first entry whose prefix is not 0, or a last one that does not lead to the batch's credit. */
export function ledgerEndsFault(call: Call, batch: Batch, { entry }: TracesArgs<'refuteLedgerEnds'>): bigint {
  const { prefix, wei } = openEntry(call, batch, entry)
  const begins = entry.index !== 0n || prefix === 0n
  const ends = entry.index + 1n !== batch.entries || prefix + wei === batch.credit
  need(!begins || !ends, 'InvalidProof')
  return specificOfBatch(batch)
}

/**
 * An entry of no receipt of the batch (nothing else is opened); of no tile of its receipt (the last tile is, or none if
 * the trace is empty); of a common tile; with other wei than the tile earns; of another contribution than the payee's
 * (only this needs the payee's docRoot entry).
 */
export function entryFault(
  call: Call,
  batch: Batch,
  { entry: opening, tile: ref, payee }: TracesArgs<'refuteEntry'>,
): bigint {
  const entry = openEntry(call, batch, opening)
  if (BigInt(entry.receipt) >= batch.receipts) {
    needNothing([ref.receipt, ref.tile, payee], ref.tiles)
    return specificOfBatch(batch)
  }
  need(ref.receipt.index === BigInt(entry.receipt), 'InvalidOpening')
  if (BigInt(entry.tile) >= ref.tiles) return noTileFault(call, batch, ref, payee)
  need(ref.tile.index === BigInt(entry.tile), 'InvalidOpening')
  const { receipt, tile } = openTile(call, batch, ref)
  const isFalse =
    tile.common === 1 ||
    entry.wei !== tileEarnings(specificOfReceipt(call, batch, receipt), tile, receipt.outputLength) ||
    isOfAnother(call, batch, entry, tile, payee)
  need(isFalse, 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

/** A tile that is not common and has no entry: shown between the entries on both sides. */
export function missingEntryFault(
  call: Call,
  batch: Batch,
  { tile: ref, payee, left: leftOpening, right: rightOpening }: TracesArgs<'refuteMissingEntry'>,
): bigint {
  const { receipt, tile } = openTile(call, batch, ref)
  need(tile.common === 0, 'InvalidProof')
  const contribution = openPayee(call, batch, tile, payee)
  const missing = { contribution, receipt: Number(ref.receipt.index), tile: Number(ref.tile.index) }
  const { left, right } = openGap(call, ledgerHead(batch), leftOpening, rightOpening, decodeEntry)
  need(left === undefined || compareEntries(left, missing) < 0, 'InvalidProof')
  need(right === undefined || compareEntries(missing, right) < 0, 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

function follows(entry: LedgerEntry, next: LedgerEntry): boolean {
  return compareEntries(entry, next) < 0 && next.prefix === entry.prefix + entry.wei
}

/** The entry's tile is beyond the last one of its receipt. */
function noTileFault(call: Call, batch: Batch, ref: TileRef, payee: Opening): bigint {
  const receipt: ReceiptLeaf = openReceipt(call, batch, ref.receipt)
  if (ref.tiles === 0n) {
    needEmptyTrace(receipt.traceRoot)
    needNothing([ref.tile, payee], 0n)
  } else {
    need(ref.tile.index + 1n === ref.tiles, 'InvalidOpening')
    openLeaf(call, traceHead(receipt, ref.tiles), ref.tile)
    needNothing([payee], 0n)
  }
  return weightOfReceipt(call, batch, receipt)
}

function isOfAnother(call: Call, batch: Batch, entry: LedgerEntry, tile: TileLeaf, payee: Opening): boolean {
  if (presentOpening(payee) === undefined) return false
  return entry.contribution !== openPayee(call, batch, tile, payee)
}

/** The contribution of a tile's first holder. */
function openPayee(call: Call, batch: Batch, { corpusIndex, holders }: TileLeaf, payee: Opening) {
  const version = loadCorpusVersion(call, batch, BigInt(corpusIndex))
  return openDoc(call, version, holders[0]!.document, payee).contribution
}

function needNothing(openings: readonly Opening[], tiles: bigint): void {
  need(tiles === 0n && openings.every((opening) => presentOpening(opening) === undefined), 'InvalidOpening')
}
