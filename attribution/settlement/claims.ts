import type { Address, Hash } from '../../core/hex.ts'
import { zeroAddress } from '../../core/hex.ts'
import type { ErrorName } from '../abi/errors.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { loadVersion, type Version } from '../datanets/load.ts'
import { type ClaimReject, checkClaim, type DocumentRange, documentRange } from '../kernel/claims.ts'
import type { Opening } from '../kernel/merkle.ts'
import { type Call, fail, need } from '../native/call.ts'
import { credit } from '../native/money.ts'
import { chargeOpenings, presentOpening } from '../native/openings.ts'
import { emitterOf } from '../native/table.ts'
import { contributionStatus, contributions } from '../storage/datanets.ts'
import { basePaid, basePools, batches, batchStatus, claimed, earnings, totalEarnings } from '../storage/settlement.ts'

const emit = emitterOf(settlementAbi)

/** Claims that one call may hold. */
export const maxClaims = 32

/** A contribution's run of entries in a batch's ledger, with the entries around it (absent at the ledger's ends). */
export type ClaimArgs = {
  readonly batch: Hash
  readonly previous: Opening
  readonly first: Opening
  readonly last: Opening
  readonly next: Opening
}

/** Credits contributions' owners with what the ledgers of final batches say. Anyone may call. */
export function claim(call: Call, { claims }: { readonly claims: readonly ClaimArgs[] }): { readonly amount: bigint } {
  need(claims.length <= maxClaims, 'TooMany', { most: BigInt(maxClaims) })
  let amount = 0n
  for (const each of claims) amount += claimRun(call, each)
  return { amount }
}

/**
 * Credits the owner of a document's contribution with what its bytes have earned since they were last paid. Nobody has
 * checked the version's entries: what one says is held against the contribution that it names.
 */
export function claimBase(
  call: Call,
  args: { readonly version: Hash; readonly document: Opening; readonly next: Opening },
): { readonly amount: bigint } {
  const { version, document: entry, next } = args
  const value = loadVersion(call, version)
  const { docRoot, documents: documentCount, byteLength } = value
  chargeOpenings(call, [entry, next])
  const range = documentRange({ docRoot, documentCount, byteLength }, { entry, next: presentOpening(next) })
  need(range !== undefined, 'InvalidOpening')
  const { contribution, start, end } = range
  const { perByte, pool } = basePools.pick(call.store, ['perByte', 'pool'], version)
  const paid = basePaid.field(call.store, 'perByte', version, entry.index)
  const amount = (perByte - paid) * BigInt(end - start)
  need(amount > 0n, 'AlreadyClaimed')
  need(amount <= pool, 'PoolExceeded')
  needDocument(call, value, range)
  const owner = needPayee(call, contribution)
  basePaid.set(call.store, { perByte }, version, entry.index)
  basePools.set(call.store, { pool: pool - amount }, version)
  credit(call, 'pools', owner, amount)
  emit(call, 'BaseClaimed', { version, contribution, owner, amount })
  return { amount }
}

function claimRun(call: Call, { batch, previous, first, last, next }: ClaimArgs): bigint {
  const value = batches.pick(call.store, ['status', 'ledgerRoot', 'entries', 'pool'], batch)
  need(value.status !== 0n, 'UnknownObject', { id: batch })
  need(value.status === batchStatus.final, 'WrongStatus', { status: value.status })
  chargeOpenings(call, [previous, first, last, next])
  const proven = checkClaim(
    { root: value.ledgerRoot, count: value.entries },
    { previous: presentOpening(previous), first, last, next: presentOpening(next) },
  )
  if ('code' in proven) return fail(errorOf[proven.code])
  const { contribution, index, wei } = proven
  markClaimed(call, batch, index)
  need(wei <= value.pool, 'PoolExceeded')
  const owner = needPayee(call, contribution)
  if (wei > 0n) {
    batches.set(call.store, { pool: value.pool - wei }, batch)
    credit(call, 'pools', owner, wei)
    addEarnings(call, owner, wei)
  }
  emit(call, 'SpecificClaimed', { batch, contribution, owner, amount: wei })
  return wei
}

const errorOf = {
  not_adjacent: 'InvalidProof',
  wrong_opening: 'InvalidOpening',
  malformed_entry: 'InvalidOpening',
  several_contributions: 'InvalidProof',
  incomplete: 'InvalidProof',
  negative: 'InvalidProof',
} as const satisfies Record<ClaimReject['code'], ErrorName>

function markClaimed(call: Call, batch: Hash, index: bigint): void {
  const word = index / 256n
  const bit = 1n << (index % 256n)
  const bits = claimed.field(call.store, 'bits', batch, word)
  need((bits & bit) === 0n, 'AlreadyClaimed')
  claimed.set(call.store, { bits: bits | bit }, batch, word)
}

/** Fails unless a document is what its entry says: an active contribution of the datanet, its order, its length. */
function needDocument(
  call: Call,
  version: Version,
  { contribution, order, start, end, document }: DocumentRange,
): void {
  const named = contributions.pick(call.store, ['datanet', 'order', 'status', 'byteLength'], contribution)
  const separator = BigInt(document) + 1n === version.documents ? 0n : 1n
  const isRight =
    named.status === contributionStatus.active &&
    named.datanet === version.datanet &&
    named.order === order &&
    named.byteLength + separator === BigInt(end - start)
  need(isRight, 'InvalidProof')
}

/** The present owner of a contribution that may be paid: revoked is paid, quarantined waits. */
function needPayee(call: Call, contribution: Hash): Address {
  const { owner, quarantinedAt } = contributions.pick(call.store, ['owner', 'quarantinedAt'], contribution)
  need(owner !== zeroAddress, 'UnknownObject', { id: contribution })
  need(quarantinedAt === 0n, 'Quarantined', { contribution })
  return owner
}

/** What contributors earned in a week is their weight when they veto a split. */
function addEarnings(call: Call, owner: Address, wei: bigint): void {
  const week = call.now / call.rules.weekSec
  earnings.set(call.store, { wei: earnings.field(call.store, 'wei', week, owner) + wei }, week, owner)
  totalEarnings.set(call.store, { wei: totalEarnings.field(call.store, 'wei', week) + wei }, week)
}
