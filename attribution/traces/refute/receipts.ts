import { decodeReceipt, decodeTile, type ReceiptLeaf } from '../../kernel/leaves.ts'
import { receiptCredit } from '../../kernel/margin.ts'
import { emptyRoot } from '../../kernel/merkle.ts'
import { maxOutputBytes } from '../../kernel/span/limits.ts'
import { type Call, need } from '../../native/call.ts'
import { openAs, openLeaf, presentOpening } from '../../native/openings.ts'
import type { Batch } from '../../settlement/finish.ts'
import { channels } from '../../storage/settlement.ts'
import type { TracesArgs } from '../args.ts'
import { nextHeadOf } from '../heads.ts'
import { needEmptyTrace, openNext, openReceipt, receiptsHead, traceHead } from '../open.ts'
import { marginOfReceipt, specificOfBatch, specificOfReceipt } from '../rates.ts'

// Faults of the receipts of a batch and of its running sums. All weigh as the batch as a whole.

/** A leaf that is no receipt, or one that says what no receipt may say by itself. */
export function receiptLeafFault(call: Call, batch: Batch, { receipt }: TracesArgs<'refuteReceiptLeaf'>): bigint {
  const leaf = decodeReceipt(openLeaf(call, receiptsHead(batch), receipt))
  need(leaf === undefined || isMalformed(call, leaf), 'InvalidProof')
  return specificOfBatch(batch)
}

/** Two receipts in a row that do not follow from each other. */
export function receiptLinkFault(
  call: Call,
  batch: Batch,
  { receipt, next: nextOpening }: TracesArgs<'refuteReceiptLink'>,
): bigint {
  const leaf = openReceipt(call, batch, receipt)
  need(nextOpening.index === receipt.index + 1n, 'InvalidOpening')
  const next = openReceipt(call, batch, nextOpening)
  const isLinked = next.channel === leaf.channel ? continues(call, leaf, next) : next.channel > leaf.channel
  const margin = leaf.marginBefore + marginOfReceipt(call, batch, leaf)
  need(!isLinked || next.marginBefore !== margin, 'InvalidProof')
  return specificOfBatch(batch)
}

/** A first receipt whose running sums do not begin at 0, or a last one that does not lead to the batch's margin. */
export function receiptEndsFault(call: Call, batch: Batch, { receipt }: TracesArgs<'refuteReceiptEnds'>): bigint {
  const leaf = openReceipt(call, batch, receipt)
  const begins = receipt.index !== 0n || (leaf.marginBefore === 0n && leaf.creditBefore === 0n)
  const isLast = receipt.index + 1n === batch.receipts
  const ends = !isLast || leaf.marginBefore + marginOfReceipt(call, batch, leaf) === batch.margin
  need(!begins || !ends, 'InvalidProof')
  return specificOfBatch(batch)
}

/** A running credit that does not grow by what the receipt's tiles earn, or does not lead to the batch's credit. */
export function runningCreditFault(
  call: Call,
  batch: Batch,
  { receipt, next: nextOpening, tiles, lastTile }: TracesArgs<'refuteRunningCredit'>,
): bigint {
  const leaf = openReceipt(call, batch, receipt)
  const next = openNext(call, receiptsHead(batch), receipt.index, nextOpening, decodeReceipt)
  const paid = paidBytes(call, leaf, tiles, lastTile)
  const earned = receiptCredit(specificOfReceipt(call, batch, leaf), paid, leaf.outputLength)
  need(leaf.creditBefore + earned !== (next === undefined ? batch.credit : next.creditBefore), 'InvalidProof')
  return specificOfBatch(batch)
}

function isMalformed(call: Call, leaf: ReceiptLeaf): boolean {
  const { channel, sequence, outputLength, cumulative, previousCumulative, traceRoot } = leaf
  if (sequence === 0n || outputLength > maxOutputBytes || cumulative < previousCumulative) return true
  const hasTiles = traceRoot !== emptyRoot
  return hasTiles && (outputLength === 0 || channels.field(call.store, 'isPrivate', channel))
}

function continues(call: Call, leaf: ReceiptLeaf, next: ReceiptLeaf): boolean {
  return (
    next.sequence === leaf.sequence + 1n &&
    next.previousCumulative === leaf.cumulative &&
    next.headAfter === nextHeadOf(call, leaf.headAfter, next)
  )
}

/** C of the receipt's last tile; 0 for an empty trace. */
function paidBytes(
  call: Call,
  leaf: ReceiptLeaf,
  tiles: bigint,
  lastTile: TracesArgs<'refuteRunningCredit'>['lastTile'],
): number {
  if (tiles === 0n) {
    needEmptyTrace(leaf.traceRoot)
    need(presentOpening(lastTile) === undefined, 'InvalidOpening')
    return 0
  }
  need(lastTile.index + 1n === tiles, 'InvalidOpening')
  return openAs(call, traceHead(leaf, tiles), lastTile, decodeTile).paidEnd
}
