import type { Audit } from '../../../../attribution/kernel/build/audit.ts'
import { openAt } from '../../../../attribution/kernel/build/openings.ts'
import type { Random } from '../random.ts'
import { type Attempts, anyGap, anyReceipt } from './tools.ts'

/** Receipts, channels and outputs. */
export const receiptsAttempts: Attempts<
  | 'refuteReceiptLeaf'
  | 'refuteReceiptLink'
  | 'refuteReceiptEnds'
  | 'refuteRunningCredit'
  | 'refuteChannelStart'
  | 'refuteChannelEnd'
  | 'refuteMissingChannel'
  | 'refuteUnknownChannel'
  | 'refuteOutputLength'
  | 'refuteOutputLeaf'
> = {
  refuteReceiptLeaf: (audit, random) => ({ receipt: anyReceipt(audit, random).opening }),
  refuteReceiptLink: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const next = random.chance(0.9) ? index + 1 : random.below(audit.receipts!.leaves.length)
    return { receipt: opening, next: openAt(audit.receipts!, next) }
  },
  refuteReceiptEnds: (audit, random) => ({ receipt: anyReceipt(audit, random).opening }),
  refuteRunningCredit: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const trace = audit.traces[index]!
    return {
      receipt: opening,
      next: openAt(audit.receipts!, random.chance(0.9) ? index + 1 : index + 2),
      tiles: random.chance(0.9) ? trace.tree.count : BigInt(random.below(9)),
      lastTile: openAt(trace, trace.leaves.length - (random.chance(0.9) ? 1 : 2)),
    }
  },
  refuteChannelStart: (audit, random) => {
    const { update, opening } = anyUpdate(audit, random)
    const own = ofChannel(audit, update.channel)
    const first = random.chance(0.7) ? own[0]! : random.pick(own)
    return { update: opening, previous: openAt(audit.receipts!, first - 1), first: openAt(audit.receipts!, first) }
  },
  refuteChannelEnd: (audit, random) => {
    const { update, opening } = anyUpdate(audit, random)
    const own = ofChannel(audit, update.channel)
    const last = random.chance(0.7) ? own.at(-1)! : random.pick(own)
    return { update: opening, last: openAt(audit.receipts!, last), next: openAt(audit.receipts!, last + 1) }
  },
  refuteMissingChannel: (audit, random) => {
    const { opening } = anyUpdate(audit, random)
    return { update: opening, ...anyGap(audit.receipts!, random) }
  },
  refuteUnknownChannel: (audit, random) => ({
    receipt: anyReceipt(audit, random).opening,
    ...anyGap(audit.updates, random),
  }),
  refuteOutputLength: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const output = audit.outputs[index]
    if (output === undefined) return undefined
    const { count, byteLength, top } = output
    const other = random.chance(0.3) ? 1n : 0n
    return { receipt: opening, count: count + other, byteLength: byteLength + (random.chance(0.1) ? 1n : 0n), top }
  },
  refuteOutputLeaf: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const tree = audit.outputs[index]?.tree
    if (tree === undefined || tree.count === 0n) return undefined
    return { receipt: opening, chunk: tree.open(random.below(Number(tree.count))) }
  },
}

function anyUpdate({ updates }: Audit, random: Random) {
  const index = random.below(updates.leaves.length)
  return { update: updates.leaves[index]!, opening: openAt(updates, index) }
}

function ofChannel({ receipts }: Audit, channel: bigint): readonly number[] {
  return receipts!.leaves.flatMap((leaf, index) => (leaf!.channel === channel ? [index] : []))
}
