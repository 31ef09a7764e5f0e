import type { ChainRules } from '../../core/rules.ts'
import type { Batch } from '../batch/batch.ts'
import { type DerivedBlock, type EpochAt, inputsOf, stepTo } from './epoch.ts'
import type { SafeRef } from './record.ts'

/** The rules of batches that end the channel when broken. */
export type BatchFault =
  | 'epoch_before_parent'
  | 'epoch_step'
  | 'epoch_unknown'
  | 'epoch_hash'
  | 'deposits_gas'
  | 'time_before_parent'
  | 'time_before_origin'
  | 'time_after_origin'
  | 'window'
  | 'tx_type'

/** What a batch is worth: its block, or nothing, alone (`other_parent`) or with all that follows it in the channel. */
export type BatchVerdict = { readonly block: DerivedBlock } | 'other_parent' | BatchFault

export type BatchPlace = {
  /** The safe head that the batch would extend. */
  readonly safe: SafeRef
  /** The L1 block that the batch is in. */
  readonly l1Number: bigint
  readonly epochAt: EpochAt
  readonly rules: Pick<ChainRules, 'maxOriginStep' | 'maxOriginAgeSec' | 'sequencingWindow'>
}

/** Judges a batch by everything but its execution. */
export function checkBatch(batch: Batch, { safe, l1Number, epochAt, rules }: BatchPlace): BatchVerdict {
  if (batch.parentHash !== safe.hash) return 'other_parent'
  const { epochNumber, timestamp, txs } = batch
  const { number: parentEpoch } = safe.origin
  if (epochNumber < parentEpoch) return 'epoch_before_parent'
  if (epochNumber > parentEpoch + rules.maxOriginStep) return 'epoch_step'
  // Not from the future, whoever knows it: the same batch counts the same for everybody.
  const epoch = epochNumber > l1Number ? undefined : epochAt(epochNumber)
  if (epoch === undefined) return 'epoch_unknown'
  if (epoch.block.hash !== batch.epochHash) return 'epoch_hash'
  const step = stepTo(epochAt, parentEpoch, epochNumber)
  if (step === undefined) return 'deposits_gas'
  if (timestamp < safe.timestamp) return 'time_before_parent'
  if (timestamp < epoch.block.timestamp) return 'time_before_origin'
  if (timestamp > epoch.block.timestamp + rules.maxOriginAgeSec) return 'time_after_origin'
  if (epochNumber + rules.sequencingWindow < l1Number) return 'window'
  if (!txs.every(isUserTx)) return 'tx_type'
  return { block: { parent: safe, inputs: inputsOf(safe, step), timestamp, txs } }
}

/** Legacy, or of type 1, 2 or 4, by the first byte. */
function isUserTx(raw: Uint8Array): boolean {
  const first = raw[0]
  return first !== undefined && (first >= 0xc0 || first === 1 || first === 2 || first === 4)
}
