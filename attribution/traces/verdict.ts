import type { Address, Hash } from '../../core/hex.ts'
import { zeroAddress, zeroHash } from '../../core/hex.ts'
import { tracesAbi } from '../abi/traces.ts'
import { loadAgent, slashable, takeStake } from '../agents/stake.ts'
import { larger } from '../native/bigint.ts'
import { type Call, need } from '../native/call.ts'
import { burn, credit, move, param } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { type Batch, loadBatch } from '../settlement/finish.ts'
import { batches, batchStatus } from '../storage/settlement.ts'
import { needCommitment } from './commitment.ts'

const emit = emitterOf(tracesAbi)
const unit = 10_000n

/** What of a slash the refuter gets, and what is kept for the author of the final roots; the rest is burned. In 1/1e4. */
export const shares = { refuter: 2_000n, repairer: 500n } as const

/** Looks for a false statement in a call's openings: what it weighs in wei, or a revert with `InvalidProof`. */
export type Check<Args> = (call: Call, batch: Batch, args: Args) => bigint

/**
 * Judges a refutation. The first success against a batch's roots slashes their author and freezes the batch; until the
 * answer time is over others may succeed against the same roots, and the earliest commitment of all is paid. A proof that
 * shows nothing false reverts.
 */
export function judge<Args extends { readonly batch: Hash; readonly salt: Hash }>(
  call: Call,
  args: Args,
  check: Check<Args>,
): undefined {
  const { batch: id, salt } = args
  const batch = loadBatch(call, id)
  needOpenToProof(call, batch)
  const { order, proof } = needCommitment(call, id, salt)
  const weight = check(call, batch, args)
  if (batch.status === batchStatus.open) freeze(call, { id, batch, refuter: call.caller, order, weight })
  else if (order < batch.refuterOrder) batches.set(call.store, { refuter: call.caller, refuterOrder: order }, id)
  emit(call, 'Refuted', { batch: id, refuter: call.caller, set: batch.set, proof })
}

/** Ends a batch's present roots because their author left a demand unanswered. Nobody can have been earlier: paid now. */
export function refuteSilence(call: Call, id: Hash, batch: Batch, refuter: Address, weight: bigint): void {
  const slashed = freeze(call, { id, batch, refuter, order: 0n, weight })
  payBounty(call, id, { ...batch, refuter, slashed })
  emit(call, 'Refuted', { batch: id, refuter, set: batch.set, proof: zeroHash })
}

/** The second from which the refuter is known: proofs against the same roots come before it. */
export function provenUntil(call: Call, { refutedAt }: Batch): bigint {
  return refutedAt + param(call, 'answerSec')
}

/** Pays whoever refuted the present roots, once the time for earlier commitments is over. Anyone may call. */
export function payRefuter(call: Call, { batch: id }: { readonly batch: Hash }): undefined {
  const batch = loadBatch(call, id)
  need(batch.status === batchStatus.refuted, 'WrongStatus', { status: batch.status })
  const earliest = provenUntil(call, batch)
  need(call.now >= earliest, 'TooEarly', { earliest })
  need(batch.slashed > 0n, 'AlreadyClaimed')
  payBounty(call, id, batch)
}

/** Splits what the author lost, if that was not done before; gives what is kept for repairers since. */
export function payBounty(
  call: Call,
  id: Hash,
  { slashed, refuter, repairReward: before }: Pick<Batch, 'slashed' | 'refuter' | 'repairReward'>,
): bigint {
  if (slashed === 0n) return before
  const amount = (slashed * shares.refuter) / unit
  const kept = (slashed * shares.repairer) / unit
  const repairReward = before + kept
  batches.set(call.store, { slashed: 0n, repairReward }, id)
  credit(call, 'bonds', refuter, amount)
  burn(call, 'bonds', slashed - amount - kept)
  emit(call, 'RefuterPaid', { batch: id, refuter, amount })
  return repairReward
}

/** What repairing or ending a refuted batch leaves of it for the next roots. */
export const nothingRefuted = { refutedAt: 0n, refuter: zeroAddress, refuterOrder: 0n } as const

/** Slashes the author of the present roots and freezes the batch; its demands have no effect any more. */
function freeze(
  call: Call,
  {
    id,
    batch,
    refuter,
    order,
    weight,
  }: {
    readonly id: Hash
    readonly batch: Batch
    readonly refuter: Address
    readonly order: bigint
    readonly weight: bigint
  },
): bigint {
  const total = slashable(loadAgent(call, batch.author))
  const slashed = takeStake(
    call,
    batch.author,
    larger(batch.slashMultiple * weight, (total * batch.slashFloorBps) / unit),
  )
  move(call, 'stakes', 'bonds', slashed)
  batches.set(
    call.store,
    { status: batchStatus.refuted, refutedAt: call.now, openDemands: 0n, slashed, refuter, refuterOrder: order },
    id,
  )
  emit(call, 'AuthorSlashed', { batch: id, author: batch.author, taken: slashed })
  return slashed
}

function needOpenToProof(call: Call, batch: Batch): void {
  const { status, deadline } = batch
  if (status === batchStatus.refuted) {
    const end = provenUntil(call, batch)
    need(call.now < end, 'TooLate', { latest: end - 1n })
    return
  }
  need(status === batchStatus.open, 'WrongStatus', { status })
  need(call.now <= deadline, 'TooLate', { latest: deadline })
}
