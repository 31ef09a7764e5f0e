import type { ReceiptLeaf, UpdateLeaf } from '../leaves.ts'
import { nextHead, receiptHash } from '../typedData.ts'
import { type Audit, absent } from './audit.ts'
import { type Finding, fault } from './calls.ts'
import { openAt } from './openings.ts'

/**
 * Receipts against the channels that the batch updates: every channel has receipts, from its state before to its state
 * after, and no other channel has. Neighbours show that a receipt is its channel's first or last, or that there is none.
 */
export function* channelFaults(audit: Audit): Iterable<Finding> {
  const { receipts, updates } = audit
  if (receipts === undefined) return
  const channels = receipts.leaves.map((leaf) => leaf?.channel)
  for (const [index, update] of updates.leaves.entries()) {
    const opened = openAt(updates, index)
    const first = channels.indexOf(update!.channel)
    const last = channels.lastIndexOf(update!.channel)
    if (first < 0) {
      const right = gapFor(channels, update!.channel)
      if (right === undefined) continue
      yield fault('refuteMissingChannel', {
        update: opened,
        left: openAt(receipts, right - 1),
        right: openAt(receipts, right),
      })
      continue
    }
    if (isBelow(channels, first - 1, update!.channel) && !isStart(audit, update!, receipts.leaves[first]!)) {
      yield fault('refuteChannelStart', {
        update: opened,
        previous: openAt(receipts, first - 1),
        first: openAt(receipts, first),
      })
    }
    if (isAbove(channels, last + 1, update!.channel) && !isEnd(update!, receipts.leaves[last]!)) {
      yield fault('refuteChannelEnd', {
        update: opened,
        last: openAt(receipts, last),
        next: openAt(receipts, last + 1),
      })
    }
  }
  yield* strangers(audit)
}

/** Receipts of channels that the batch does not update. */
function* strangers({ receipts, updates }: Audit): Iterable<Finding> {
  const updated = updates.leaves.map((update) => update?.channel)
  for (const [index, leaf] of receipts!.leaves.entries()) {
    if (leaf === undefined || updated.includes(leaf.channel)) continue
    const right = gapFor(updated, leaf.channel)
    if (right === undefined) continue
    yield fault('refuteUnknownChannel', {
      receipt: openAt(receipts!, index),
      left: right === 0 ? absent : openAt(updates, right - 1),
      right: openAt(updates, right),
    })
  }
}

function isStart({ domain }: Audit, update: UpdateLeaf, first: ReceiptLeaf): boolean {
  return (
    first.sequence === update.beforeSequence + 1n &&
    first.previousCumulative === update.beforeCumulative &&
    first.headAfter === nextHead(update.beforeHead, receiptHash(domain, first))
  )
}

function isEnd(update: UpdateLeaf, last: ReceiptLeaf): boolean {
  return (
    last.sequence === update.afterSequence &&
    last.cumulative === update.afterCumulative &&
    last.headAfter === update.afterHead
  )
}

/** Where a missing channel would stand: the index of its right neighbour. Undefined if no two neighbours show that. */
function gapFor(channels: readonly (bigint | undefined)[], channel: bigint): number | undefined {
  for (let right = 0; right <= channels.length; right++) {
    if (isBelow(channels, right - 1, channel) && isAbove(channels, right, channel)) return right
  }
  return undefined
}

function isBelow(channels: readonly (bigint | undefined)[], index: number, channel: bigint): boolean {
  const at = channels[index]
  return index < 0 || (at !== undefined && at < channel)
}

function isAbove(channels: readonly (bigint | undefined)[], index: number, channel: bigint): boolean {
  const at = channels[index]
  return index >= channels.length || (at !== undefined && at > channel)
}
