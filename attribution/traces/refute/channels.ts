import { decodeReceipt, decodeUpdate } from '../../kernel/leaves.ts'
import { type Call, need } from '../../native/call.ts'
import type { Batch } from '../../settlement/finish.ts'
import type { TracesArgs } from '../args.ts'
import { nextHeadOf } from '../heads.ts'
import { openGap, openNext, openPrevious, openReceipt, openUpdate, receiptsHead, updatesHead } from '../open.ts'
import { specificOfBatch } from '../rates.ts'

// Faults between the receipts and the updates, which are what the payers signed. All weigh as the batch as a whole.

/** A channel's first receipt that does not begin where the channel stood before. */
export function channelStartFault(
  call: Call,
  batch: Batch,
  { update: updateOpening, previous, first }: TracesArgs<'refuteChannelStart'>,
): bigint {
  const update = openUpdate(call, batch, updateOpening)
  const leaf = openReceipt(call, batch, first)
  const before = openPrevious(call, receiptsHead(batch), first.index, previous, decodeReceipt)
  need(leaf.channel === update.channel && before?.channel !== update.channel, 'InvalidProof')
  const isRight =
    leaf.previousCumulative === update.beforeCumulative &&
    leaf.sequence === update.beforeSequence + 1n &&
    leaf.headAfter === nextHeadOf(call, update.beforeHead, leaf)
  need(!isRight, 'InvalidProof')
  return specificOfBatch(batch)
}

/** A channel's last receipt that does not lead where the channel's voucher says. */
export function channelEndFault(
  call: Call,
  batch: Batch,
  { update: updateOpening, last, next }: TracesArgs<'refuteChannelEnd'>,
): bigint {
  const update = openUpdate(call, batch, updateOpening)
  const leaf = openReceipt(call, batch, last)
  const after = openNext(call, receiptsHead(batch), last.index, next, decodeReceipt)
  need(leaf.channel === update.channel && after?.channel !== update.channel, 'InvalidProof')
  const isRight =
    leaf.cumulative === update.afterCumulative &&
    leaf.sequence === update.afterSequence &&
    leaf.headAfter === update.afterHead
  need(!isRight, 'InvalidProof')
  return specificOfBatch(batch)
}

/** An updated channel that has no receipts: two neighbours between which they would be. */
export function missingChannelFault(
  call: Call,
  batch: Batch,
  { update, left, right }: TracesArgs<'refuteMissingChannel'>,
): bigint {
  const { channel } = openUpdate(call, batch, update)
  needBetween(channel, openGap(call, receiptsHead(batch), left, right, decodeReceipt))
  return specificOfBatch(batch)
}

/** A receipt of a channel that the batch does not update: two updates between which it would be. */
export function unknownChannelFault(
  call: Call,
  batch: Batch,
  { receipt, left, right }: TracesArgs<'refuteUnknownChannel'>,
): bigint {
  const { channel } = openReceipt(call, batch, receipt)
  needBetween(channel, openGap(call, updatesHead(batch), left, right, decodeUpdate))
  return specificOfBatch(batch)
}

type Neighbour = { readonly channel: bigint } | undefined

function needBetween(channel: bigint, { left, right }: { readonly left: Neighbour; readonly right: Neighbour }): void {
  need(left === undefined || left.channel < channel, 'InvalidProof')
  need(right === undefined || channel < right.channel, 'InvalidProof')
}
