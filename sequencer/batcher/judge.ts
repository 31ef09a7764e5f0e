import type { ChainRules } from '../../core/rules.ts'
import { type BatchFault, checkBatch } from '../../l1/derive/checkBatch.ts'
import type { EpochAt } from '../../l1/derive/epoch.ts'
import type { SafeRef } from '../../l1/derive/record.ts'
import type { Waiting } from './queue.ts'

/** How many of the waiting blocks derivation would take if they were in the L1 block `l1Number`, and what ends them. */
export type Judgement = { readonly count: number; readonly fault: BatchFault | 'other_parent' | undefined }

/** Judges waiting blocks by the rules of derivation, all but their execution, which was done twice when they were made. */
export function judge(
  waiting: readonly Waiting[],
  {
    safe,
    l1Number,
    epochAt,
    rules,
  }: {
    readonly safe: SafeRef
    readonly l1Number: bigint
    readonly epochAt: EpochAt
    readonly rules: Pick<ChainRules, 'maxOriginStep' | 'maxOriginAgeSec' | 'sequencingWindow'>
  },
): Judgement {
  let parent = safe
  for (const [count, { number, hash, batch }] of waiting.entries()) {
    const verdict = checkBatch(batch, { safe: parent, l1Number, epochAt, rules })
    if (typeof verdict === 'string') return { count, fault: verdict }
    const { sequenceNumber } = verdict.block.inputs
    const origin = { number: batch.epochNumber, hash: batch.epochHash }
    parent = { number, hash, timestamp: batch.timestamp, origin, sequenceNumber }
  }
  return { count: waiting.length, fault: undefined }
}
