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
 * answer time is over others may succeed against the same roots: the heaviest fault decides what the author loses, so that
 * a light one shown first shields from nothing. Of what the first success took the earliest commitment of all is paid, of
 * what a heavier one adds whoever shows it. A proof that shows nothing false reverts.
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
  const proven = { id, batch, refuter: call.caller, order, weight }
  if (batch.status === batchStatus.open) freeze(call, proven)
  else addProof(call, proven)
  emit(call, 'Refuted', { batch: id, refuter: call.caller, set: batch.set, proof })
}

/** Ends a batch's present roots because their author left a demand unanswered. Nobody can have been earlier: paid now. */
export function refuteSilence(call: Call, id: Hash, batch: Batch, refuter: Address, weight: bigint): void {
  const slashed = freeze(call, { id, batch, refuter, order: 0n, weight })
  payBounty(call, id, { ...batch, refuter, slashed })
  emit(call, 'Refuted', { batch: id, refuter, set: batch.set, proof: zeroHash })
}

/**
 * True while the author of refuted roots can lose more than was taken: a proof decided, lighter than the whole batch, and
 * heavier ones are still heard. Until then what was asked before has to be answered as if nothing had been proven.
 */
export function canLoseMore(call: Call, batch: Batch, weight: bigint): boolean {
  const { status, refuterOrder, slashMultiple, taken, provenUntil } = batch
  if (status !== batchStatus.refuted || refuterOrder === 0n || slashMultiple * weight <= taken) return false
  return call.now < provenUntil
}

/** Counts an unanswered demand about refuted roots as one more proof: the asker is paid of what the author loses more. */
export function addSilence(call: Call, id: Hash, batch: Batch, demander: Address, weight: bigint): void {
  addProof(call, { id, batch, refuter: demander, order: batch.refuterOrder, weight })
}

/** Pays whoever refuted the present roots, once the time for earlier commitments is over. Anyone may call. */
export function payRefuter(call: Call, { batch: id }: { readonly batch: Hash }): undefined {
  const batch = loadBatch(call, id)
  need(batch.status === batchStatus.refuted, 'WrongStatus', { status: batch.status })
  need(call.now >= batch.provenUntil, 'TooEarly', { earliest: batch.provenUntil })
  need(batch.slashed > 0n, 'AlreadyClaimed')
  payBounty(call, id, batch)
}

/** Splits what the first refutation took, if that was not done before; gives what is kept for repairers since. */
export function payBounty(
  call: Call,
  id: Hash,
  { slashed, refuter, repairReward: before }: Pick<Batch, 'slashed' | 'refuter' | 'repairReward'>,
): bigint {
  if (slashed === 0n) return before
  const repairReward = before + splitSlash(call, id, refuter, slashed)
  batches.set(call.store, { slashed: 0n, repairReward }, id)
  return repairReward
}

/** A fifth of what was taken for who proved it, a part for the final repairer, which it gives, and the rest burned. */
function splitSlash(call: Call, id: Hash, refuter: Address, wei: bigint): bigint {
  const amount = (wei * shares.refuter) / unit
  const kept = (wei * shares.repairer) / unit
  credit(call, 'bonds', refuter, amount)
  burn(call, 'bonds', wei - amount - kept)
  emit(call, 'RefuterPaid', { batch: id, refuter, amount })
  return kept
}

/** What repairing a refuted batch leaves of it for the next roots. */
export const nothingRefuted = {
  ...{ refutedAt: 0n, provenUntil: 0n, repairUntil: 0n },
  ...{ refuter: zeroAddress, refuterOrder: 0n, taken: 0n },
} as const

/** A fault that was shown, by whom, with what place among the commitments. */
type Proven = {
  readonly id: Hash
  readonly batch: Batch
  readonly refuter: Address
  readonly order: bigint
  readonly weight: bigint
}

/**
 * Slashes the author of the present roots and freezes the batch. Its demands count no more, but may weigh. What times
 * follow is fixed here: parameters that change later move none of them.
 */
function freeze(call: Call, { id, batch, refuter, order, weight }: Proven): bigint {
  const total = slashable(loadAgent(call, batch.author))
  const least = (total * batch.slashFloorBps) / unit
  const slashed = slash(call, id, batch, larger(batch.slashMultiple * weight, least))
  const provenUntil = call.now + param(call, 'answerSec')
  const repairUntil = provenUntil + param(call, 'repairSec')
  const times = { refutedAt: call.now, provenUntil, repairUntil }
  const bounty = { slashed, taken: slashed, refuter, refuterOrder: order }
  batches.set(call.store, { status: batchStatus.refuted, openDemands: 0n, ...times, ...bounty }, id)
  return slashed
}

/**
 * Another proof against refuted roots: what it weighs more is taken too, and split at once; and it may be the earlier one.
 * Where silence decided nobody is earlier, so a proof has to weigh more.
 */
function addProof(call: Call, { id, batch, refuter, order, weight }: Proven): void {
  const more = batch.slashMultiple * weight - batch.taken
  const taken = more > 0n ? slash(call, id, batch, more) : 0n
  need(batch.refuterOrder > 0n || taken > 0n, 'AlreadyProven')
  const kept = taken > 0n ? splitSlash(call, id, refuter, taken) : 0n
  const earlier = order < batch.refuterOrder ? { refuter, refuterOrder: order } : {}
  batches.set(call.store, { taken: batch.taken + taken, repairReward: batch.repairReward + kept, ...earlier }, id)
}

/** Takes up to so much from the author of the present roots, to be split. */
function slash(call: Call, id: Hash, { author }: Batch, wei: bigint): bigint {
  const taken = takeStake(call, author, wei)
  move(call, 'stakes', 'bonds', taken)
  emit(call, 'AuthorSlashed', { batch: id, author, taken })
  return taken
}

function needOpenToProof(call: Call, batch: Batch): void {
  const { status, deadline, provenUntil } = batch
  if (status === batchStatus.refuted) {
    need(call.now < provenUntil, 'TooLate', { latest: provenUntil - 1n })
    return
  }
  need(status === batchStatus.open, 'WrongStatus', { status })
  need(call.now <= deadline, 'TooLate', { latest: deadline })
}
