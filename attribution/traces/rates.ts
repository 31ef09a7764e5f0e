import type { ReceiptLeaf } from '../kernel/leaves.ts'
import { marginOf, receiptSpecific, specificPart } from '../kernel/margin.ts'
import { larger } from '../native/bigint.ts'
import type { Call } from '../native/call.ts'
import type { Batch } from '../settlement/finish.ts'
import { models } from '../storage/models.ts'

/** spec(M), wei: what all tiles of a batch can earn, and what a fault of the batch as a whole weighs. */
export function specificOfBatch({ margin, data, specificBps }: Batch): bigint {
  return specificPart(margin, data, specificBps)
}

/** What of a receipt's payment is margin, wei. Below 0 only for a receipt whose sums fall. */
export function marginOfReceipt(
  call: Call,
  { model }: Batch,
  { previousCumulative, cumulative }: Pick<ReceiptLeaf, 'previousCumulative' | 'cumulative'>,
): bigint {
  return marginOf(previousCumulative, cumulative, models.field(call.store, 'marginBps', model))
}

/** D_i, wei: what the tiles of a receipt can earn by what its leaf says. */
export function specificOfReceipt(call: Call, batch: Batch, receipt: ReceiptLeaf): bigint {
  const after = receipt.marginBefore + marginOfReceipt(call, batch, receipt)
  return receiptSpecific(receipt.marginBefore, after, batch.data, batch.specificBps)
}

/** What a fault inside a receipt's trace weighs: its D_i, never below 0. */
export function weightOfReceipt(call: Call, batch: Batch, receipt: ReceiptLeaf): bigint {
  return larger(0n, specificOfReceipt(call, batch, receipt))
}
