import type { Address } from '../../core/hex.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { type Call, need } from '../native/call.ts'
import { amount as checkAmount, payOut } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { credits } from '../storage/settlement.ts'

const emit = emitterOf(settlementAbi)

/** Pays the caller all of its credit. */
export function withdraw(call: Call): { readonly amount: bigint } {
  return { amount: sweep(call, call.caller) }
}

/** Pays so much of the caller's credit to another account. */
export function withdrawTo(call: Call, { to, amount }: { readonly to: Address; readonly amount: bigint }): undefined {
  need(amount > 0n, 'ZeroAmount')
  take(call, call.caller, to, checkAmount(amount))
}

/** Pays an account all of its credit: anyone may, and pays the gas. */
export function sweepFor(call: Call, { account }: { readonly account: Address }): { readonly amount: bigint } {
  return { amount: sweep(call, account) }
}

function sweep(call: Call, account: Address): bigint {
  const amount = credits.field(call.store, 'wei', account)
  need(amount > 0n, 'AlreadyClaimed')
  take(call, account, account, amount)
  return amount
}

function take(call: Call, account: Address, to: Address, amount: bigint): void {
  const held = credits.field(call.store, 'wei', account)
  need(amount <= held, 'PoolExceeded')
  credits.set(call.store, { wei: held - amount }, account)
  payOut(call, 'credits', to, amount)
  emit(call, 'Withdrawn', { account, to, amount })
}
