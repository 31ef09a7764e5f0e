import { tracesAbi } from '../abi/traces.ts'
import { addOpenMargin, loadAgent, needOperator, needProvider, removeOpenMargin } from '../agents/stake.ts'
import { type Call, need } from '../native/call.ts'
import { emitterOf } from '../native/table.ts'
import { type Batch, finishBatch, loadBatch } from '../settlement/finish.ts'
import { models } from '../storage/models.ts'
import { batches, batchStatus } from '../storage/settlement.ts'
import type { TracesArgs } from './args.ts'
import { specificOfBatch } from './rates.ts'
import { nothingRefuted, payBounty } from './verdict.ts'

const emit = emitterOf(tracesAbi)

/** A batch's roots are repaired so often at most. */
export const maxRepairs = 2n

/**
 * Gives a refuted batch new roots, for which the agent answers with its stake from now on, as the provider did: a new
 * window opens. Receipts, updates and margin stay: the payers signed them. Pays the refuter of the old roots.
 */
export function repairBatch(call: Call, args: TracesArgs<'repairBatch'>): undefined {
  const { batch: id, agent: author, receiptsRoot, ledgerRoot, entries, credit } = args
  const batch = loadRefuted(call, id)
  need(batch.set < maxRepairs, 'TooMany', { most: maxRepairs })
  need(call.now < batch.repairUntil, 'TooLate', { latest: batch.repairUntil - 1n })
  checkCredit(call, batch, entries, credit)
  payBounty(call, id, batch)
  removeOpenMargin(call, batch.author, batch.margin)
  const agent = loadAgent(call, author)
  needOperator(call, agent)
  needProvider(call, agent)
  addOpenMargin(call, author, agent, batch.margin)
  const set = batch.set + 1n
  const deadline = call.now + batch.windowSec
  const roots = { author, set, receiptsRoot, ledgerRoot, entries, credit, deadline }
  batches.set(call.store, { ...roots, ...nothingRefuted, originalDeadline: deadline, status: batchStatus.open }, id)
  emit(call, 'Repaired', { ...roots, batch: id })
}

/**
 * Ends a refuted batch that nobody repaired in time, or that was repaired twice already: its specific part is burned, the
 * rest of its margin is split as usual. Pays the refuter. Anyone may call.
 */
export function expireRepair(call: Call, { batch: id }: TracesArgs<'expireRepair'>): undefined {
  const batch = loadRefuted(call, id)
  const earliest = batch.set < maxRepairs ? batch.repairUntil : batch.provenUntil
  need(call.now >= earliest, 'TooEarly', { earliest })
  const repairReward = payBounty(call, id, batch)
  finishBatch(call, { id, batch: { ...batch, repairReward }, credit: 0n, rewardTo: undefined })
  emit(call, 'RepairExpired', { batch: id })
}

/** A refuted batch whose refuter is known. */
function loadRefuted(call: Call, id: TracesArgs<'expireRepair'>['batch']): Batch {
  const batch = loadBatch(call, id)
  need(batch.status === batchStatus.refuted, 'WrongStatus', { status: batch.status })
  need(call.now >= batch.provenUntil, 'TooEarly', { earliest: batch.provenUntil })
  return batch
}

/** As for the first roots: a ledger pays at most the specific part, one without entries or without a corpus nothing. */
function checkCredit(call: Call, batch: Batch, entries: bigint, credit: bigint): void {
  const pays = entries > 0n && models.field(call.store, 'corpusSize', batch.model) > 0n
  need(credit <= (pays ? specificOfBatch(batch) : 0n), 'SumMismatch')
}
