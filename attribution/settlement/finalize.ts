import type { Hash } from '../../core/hex.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { type Call, need } from '../native/call.ts'
import { burn } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { agents } from '../storage/agents.ts'
import { batches, batchStatus } from '../storage/settlement.ts'
import { finishBatch, loadBatch } from './finish.ts'

const emit = emitterOf(settlementAbi)

/** Splits the margin of a batch that nobody refuted in time. A repairer whose roots these are gets its reward. */
export function finalizeBatch(call: Call, { batch: id }: { readonly batch: Hash }): undefined {
  const batch = loadBatch(call, id)
  need(batch.status === batchStatus.open, 'WrongStatus', { status: batch.status })
  need(call.now > batch.deadline, 'TooEarly', { earliest: batch.deadline + 1n })
  need(batch.openDemands === 0n, 'OpenDemands')
  const rewardTo = batch.set === 0n ? undefined : agents.field(call.store, 'owner', batch.author)
  finishBatch(call, { id, batch, credit: batch.credit, rewardTo })
}

/** Burns what of a batch's specific part nobody claimed in time. */
export function expireBatch(call: Call, { batch: id }: { readonly batch: Hash }): { readonly burned: bigint } {
  const { status, expiresAt, pool } = loadBatch(call, id)
  need(status === batchStatus.final, 'WrongStatus', { status })
  need(call.now > expiresAt, 'TooEarly', { earliest: expiresAt + 1n })
  need(pool > 0n, 'AlreadyClaimed')
  batches.set(call.store, { pool: 0n }, id)
  burn(call, 'pools', pool)
  emit(call, 'BatchExpired', { batch: id, burned: pool })
  return { burned: pool }
}
