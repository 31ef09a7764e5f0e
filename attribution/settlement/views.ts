import type { Address, Hash } from '../../core/hex.ts'
import { protocol } from '../native/addresses.ts'
import type { Call } from '../native/call.ts'
import { gas } from '../native/gas.ts'
import { buckets, param as currentParam, currentSplit } from '../native/money.ts'
import { balances, basePools, claimed, credits, earnings as earned, totalEarnings } from '../storage/settlement.ts'
import { loadChannel } from './channels.ts'
import { loadBatch } from './finish.ts'
import { paramName } from './governance.ts'

export function getChannel(call: Call, { channel }: { readonly channel: bigint }) {
  return { value: loadChannel(call, channel) }
}

export function getBatch(call: Call, { batch }: { readonly batch: Hash }) {
  const { data, owner, validators, treasury, insurance, burn, ...value } = loadBatch(call, batch)
  return { value: { ...value, split: { data, owner, validators, treasury, insurance, burn } } }
}

export function isClaimed(call: Call, { batch, entry }: { readonly batch: Hash; readonly entry: bigint }) {
  const bits = claimed.field(call.store, 'bits', batch, entry / 256n)
  return { claimed: ((bits >> (entry % 256n)) & 1n) === 1n }
}

export function creditOf(call: Call, { account }: { readonly account: Address }) {
  return { amount: credits.field(call.store, 'wei', account) }
}

export function basePool(call: Call, { version }: { readonly version: Hash }) {
  return basePools.get(call.store, version)
}

export function splitNow(call: Call) {
  return { split: currentSplit(call) }
}

/** The value in force, and what governance can set it to. */
export function paramNow(call: Call, { param }: { readonly param: bigint }) {
  const name = paramName(param)
  const { min, max } = call.rules.params[name]
  return { value: currentParam(call, name), min, max }
}

/** Specific earnings claimed in a week (block time / length of a week): an owner's, and everybody's. */
export function earnings(call: Call, { owner, week }: { readonly owner: Address; readonly week: bigint }) {
  return {
    ofOwner: earned.field(call.store, 'wei', week, owner),
    total: totalEarnings.field(call.store, 'wei', week),
  }
}

export function weekLength(call: Call) {
  return { secs: call.rules.weekSec }
}

/** Both sides of the protocol's books: what its account holds, and what for. `donated` came in without a call. */
export function invariants(call: Call) {
  const held = balances.get(call.store)
  call.charge(gas.readFirst)
  const { balance } = call.world.account(protocol.settlement)!
  return { balance, ...held, donated: balance - buckets.reduce((sum, bucket) => sum + held[bucket], 0n) }
}
