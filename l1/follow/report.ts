import type { Clock } from '../../core/ports/clock.ts'
import type { Folded } from '../derive/fold.ts'
import type { L1Record } from '../derive/record.ts'
import type { FollowLog } from './trouble.ts'

/** While there is more to read, the log hears of it this often. */
const progressMs = 10_000

const noteTexts = {
  tx_ignored: 'a transaction of the batcher is malformed and counts for nothing',
  channel_ended: 'a batch breaks a rule: the rest of its channel counts for nothing',
  deposits_only: 'a batch has transactions that cannot be executed: its block has deposits only',
  window_expired: 'no batch within the sequencing window: blocks were made from L1 alone',
} as const satisfies Record<Folded['notes'][number]['note'], string>

/**
 * Tells the log of folded L1 blocks: what did not count, how the safe head moved and, while `behind` L1 blocks wait, how
 * far it is.
 */
export function createReport(
  log: FollowLog,
  clock: Pick<Clock, 'nowMs'>,
): (before: L1Record, folded: Folded, behind: bigint) => void {
  let reportedMs = clock.nowMs()
  return (before, { record, batches, notes }, behind) => {
    const l1Number = record.block.number
    for (const { note, ...fields } of notes) log.warn({ l1Number, ...fields }, noteTexts[note])
    const fields = { l1Number, safe: record.safe.number }
    if (behind === 0n) {
      if (record.safe.number > before.safe.number) log.info({ ...fields, batches: batches.length }, 'safe head moved')
    } else if (clock.nowMs() - reportedMs >= progressMs) {
      reportedMs = clock.nowMs()
      log.info({ ...fields, behind }, 'catching up with L1')
    }
  }
}
