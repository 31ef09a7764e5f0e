import { bigintToFixed, concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { tracesAbi } from '../abi/traces.ts'
import { smaller } from '../native/bigint.ts'
import { type Call, chargedHash, need } from '../native/call.ts'
import { amount, credit, creditValue, param, receive } from '../native/money.ts'
import type { RecordValue } from '../native/record.ts'
import { emitterOf } from '../native/table.ts'
import { type Batch, loadBatch } from '../settlement/finish.ts'
import { batches, batchStatus } from '../storage/settlement.ts'
import { demandKinds, demandStatus, demands } from '../storage/traces.ts'
import type { TracesArgs } from './args.ts'
import { specificOfBatch } from './rates.ts'
import { addSilence, canLoseMore, refuteSilence } from './verdict.ts'

const emit = emitterOf(tracesAbi)

/** Entries that one ledger demand may ask for. */
export const maxLedgerRange = 256n
/** What answering may cost, in gas: 40 kB of call data. The first demander risks so much at the block's base fee. */
export const answerGas = 40_000n * 40n
/** Open demands that double what the next one costs. */
const bondStep = 8n
/** Open demands that double the time for the next answer: 30 s more for each when that time is a day. */
const answerStep = 2_880n
/**
 * As many as can be counted. No small number: an author with something to hide could ask so much itself that nobody else
 * can. Instead each open demand makes the next one dearer and gives more time to answer it.
 */
const maxDemands = 2n ** 16n - 1n

/** A demand as it is stored. */
export type Demand = RecordValue<typeof demands.fields>

/** What a demand asks for, `first` to `third` meaning what its kind says. */
export type Asked = {
  readonly kind: bigint
  readonly first: bigint
  readonly second: bigint
  readonly third: bigint
}

/** Asks for a receipt with its output and all its tiles. */
export function demandReceipt(call: Call, { batch, receipt }: TracesArgs<'demandReceipt'>): { readonly demand: Hash } {
  const value = loadBatch(call, batch)
  needIndex(receipt, value.receipts)
  return ask(call, batch, value, receiptAsked(receipt))
}

/** Asks where a tile's holder contains the tile. Whether there is such a tile and holder is for the answer to say. */
export function demandHolder(
  call: Call,
  { batch, receipt, tile, holder }: TracesArgs<'demandHolder'>,
): { readonly demand: Hash } {
  const value = loadBatch(call, batch)
  needIndex(receipt, value.receipts)
  return ask(call, batch, value, holderAsked(receipt, tile, holder))
}

/**
 * Asks for the 256 entries of the ledger from a multiple of 256 on, or for what there is of them: no entry can be asked
 * for in more than one way.
 */
export function demandLedger(
  call: Call,
  { batch, start, count }: TracesArgs<'demandLedger'>,
): { readonly demand: Hash } {
  const value = loadBatch(call, batch)
  needIndex(start, value.entries)
  const aligned = start - (start % maxLedgerRange)
  need(start === aligned, 'OutOfBounds', { min: aligned, max: aligned })
  const all = smaller(maxLedgerRange, value.entries - start)
  need(count === all, 'OutOfBounds', { min: all, max: all })
  return ask(call, batch, value, ledgerAsked(start, count))
}

/**
 * Ends a demand that was not answered in time: the batch is refuted, the demander is its refuter, and the bond goes back.
 * If a proof of something lighter refuted it meanwhile, the author loses the rest of what silence costs, a fifth of it to
 * the demander: no own tiny lie shields what is withheld. Else a demand against refuted or repaired roots only gives its bond back, at any time.
 */
export function expireDemand(call: Call, { demand: id }: TracesArgs<'expireDemand'>): undefined {
  const demand = demands.get(call.store, id)
  need(demand.status !== 0n, 'UnknownObject', { id })
  needOpen(demand)
  const batch = loadBatch(call, demand.batch)
  const answerBy = answerTime(call, demand, batch)
  if (answerBy !== undefined) need(call.now > answerBy, 'TooEarly', { earliest: answerBy + 1n })
  demands.set(call.store, { status: answerBy === undefined ? demandStatus.void : demandStatus.expired }, id)
  credit(call, 'bonds', demand.demander, demand.bond)
  emit(call, 'DemandExpired', { demand: id, batch: demand.batch })
  if (answerBy === undefined) return
  const weight = specificOfBatch(batch)
  if (batch.status === batchStatus.open) refuteSilence(call, demand.batch, batch, demand.demander, weight)
  else addSilence(call, demand.batch, batch, demand.demander, weight)
}

/**
 * The last second in which a demand can be answered; undefined if nothing depends on it any more. About roots that were
 * refuted meanwhile it is at most half the answer time after that: the other half is for showing the silence.
 */
export function answerTime(call: Call, demand: Demand, batch: Batch): bigint | undefined {
  if (demand.set !== batch.set) return undefined
  if (batch.status === batchStatus.open) return demand.answerBy
  if (!canLoseMore(call, batch, specificOfBatch(batch))) return undefined
  const { refutedAt, provenUntil } = batch
  return smaller(demand.answerBy, refutedAt + (provenUntil - refutedAt) / 2n)
}

export function receiptAsked(receipt: bigint): Asked {
  return { kind: demandKinds.receipt, first: receipt, second: 0n, third: 0n }
}

export function holderAsked(receipt: bigint, tile: bigint, holder: bigint): Asked {
  return { kind: demandKinds.holder, first: receipt, second: tile, third: holder }
}

export function ledgerAsked(start: bigint, count: bigint): Asked {
  return { kind: demandKinds.ledger, first: start, second: count, third: 0n }
}

/** keccak("openledger/demand", batch, u8 set, u8 kind, u64, u64, u64): one demand for one thing of one set of roots. */
export function demandId(call: Call, batch: Hash, set: bigint, { kind, first, second, third }: Asked): Hash {
  return chargedHash(
    call,
    new TextEncoder().encode('openledger/demand'),
    concatBytes(
      hexToBytes(batch),
      bigintToFixed(set, 1),
      bigintToFixed(kind, 1),
      ...[first, second, third].map((value) => bigintToFixed(value, 8)),
    ),
  )
}

/** Fails unless the demand still waits. */
export function needOpen({ status }: Demand): void {
  need(status === demandStatus.open, 'WrongStatus', { status })
}

function ask(call: Call, id: Hash, batch: Batch, asked: Asked): { readonly demand: Hash } {
  const { status, originalDeadline, openDemands, set } = batch
  need(status === batchStatus.open, 'WrongStatus', { status })
  need(call.now <= originalDeadline, 'TooLate', { latest: originalDeadline })
  need(openDemands < maxDemands, 'TooMany', { most: maxDemands })
  const bond = amount((answerGas * call.baseFee * (bondStep + openDemands)) / bondStep)
  need(call.value >= bond, 'BondTooLow', { needed: bond })
  const demand = demandId(call, id, set, asked)
  need(demands.field(call.store, 'status', demand) === 0n, 'DemandExists', { demand })
  const answerSec = param(call, 'answerSec')
  const answerBy = call.now + answerSec + (openDemands * answerSec) / answerStep
  demands.set(
    call.store,
    { batch: id, demander: call.caller, bond, askedAt: call.now, answerBy, status: demandStatus.open, set },
    demand,
  )
  batches.set(call.store, { openDemands: openDemands + 1n }, id)
  receive(call, 'bonds', bond)
  creditValue(call, call.caller, call.value - bond)
  emit(call, 'Demanded', { ...asked, demand, batch: id, demander: call.caller, answerBy, bond })
  return { demand }
}

function needIndex(index: bigint, count: bigint): void {
  need(index < count, 'OutOfBounds', { min: 0n, max: count === 0n ? 0n : count - 1n })
}
