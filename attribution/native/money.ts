import { emptyCodeHash } from '../../core/account.ts'
import { type Address, zeroAddress } from '../../core/hex.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { balances, credits, params, splits } from '../storage/settlement.ts'
import { isProtocol, protocol } from './addresses.ts'
import { type Call, fail, need } from './call.ts'
import { gas } from './gas.ts'
import { type ParamName, paramNames, type Split, shareBounds } from './rules.ts'
import { emitterOf } from './table.ts'

const emit = emitterOf(settlementAbi)

/** The most wei one amount may have: more than may ever exist, and small enough that no sum overflows its field. */
export const maxAmount = 2n ** 96n - 1n

/** What the protocol's money is for. Their sum is the balance of Settlement's account. */
export const buckets = ['deposits', 'margins', 'credits', 'pools', 'stakes', 'bonds', 'insurance', 'burns'] as const
export type Bucket = (typeof buckets)[number]

/** Moves wei from one purpose to another. */
export function move(call: Call, from: Bucket, to: Bucket, wei: bigint): void {
  if (wei === 0n || from === to) return
  const held = balances.get(call.store)
  need(held[from] >= wei, 'PoolExceeded')
  balances.set(call.store, { [from]: held[from] - wei, [to]: held[to] + wei })
}

/** Books wei that came with the call. */
export function receive(call: Call, to: Bucket, wei: bigint): void {
  if (wei === 0n) return
  balances.set(call.store, { [to]: balances.field(call.store, to) + wei })
}

/** Moves wei into an account's credit, which its owner withdraws. Writes `Credited`, whichever precompile runs. */
export function credit(call: Call, from: Bucket, account: Address, wei: bigint): void {
  if (wei === 0n) return
  move(call, from, 'credits', wei)
  addCredit(call, account, wei)
}

/** Books wei that came with the call as an account's credit: what was sent beyond what was asked. */
export function creditValue(call: Call, account: Address, wei: bigint): void {
  if (wei === 0n) return
  receive(call, 'credits', wei)
  addCredit(call, account, wei)
}

/** Burns wei: the Burner takes them out of the chain. */
export function burn(call: Call, from: Bucket, wei: bigint): void {
  move(call, from, 'burns', wei)
}

/** Pays wei out to an account's balance. Runs no code there. */
export function payOut(call: Call, from: Bucket, to: Address, wei: bigint): void {
  needRecipient(to)
  if (wei === 0n) return
  const held = balances.field(call.store, from)
  need(held >= wei, 'PoolExceeded')
  balances.set(call.store, { [from]: held - wei })
  const { world } = call
  const target = world.account(to)
  call.charge(gas.pay + (target === undefined ? gas.payNew : 0n))
  const purse = world.account(protocol.settlement)!
  world.setAccount(protocol.settlement, { ...fieldsOf(purse), balance: purse.balance - wei })
  const account = target === undefined ? { nonce: 0n, balance: 0n, codeHash: emptyCodeHash } : fieldsOf(target)
  world.setAccount(to, { ...account, balance: account.balance + wei })
}

/** Fails for accounts that could do nothing with what they are given. */
export function needRecipient(to: Address): void {
  need(to !== zeroAddress && !isProtocol(to), 'BadRecipient')
}

/** An amount argument: beyond u96 nothing can be paid. */
export function amount(wei: bigint): bigint {
  return wei <= maxAmount ? wei : fail('AmountTooLarge')
}

/** The value of a parameter now. */
export function param(call: Call, name: ParamName): bigint {
  const set = params.field(call.store, 'value', BigInt(paramNames.indexOf(name)))
  return set === 0n ? call.rules.params[name].value : set
}

/** The split of margins in force now. */
export function currentSplit(call: Call): Split {
  const set = splits.get(call.store)
  if (set.data !== 0n) return set
  const { data, owner, validators, treasury, insurance, burn } = shareBounds
  return {
    data: data.value,
    owner: owner.value,
    validators: validators.value,
    treasury: treasury.value,
    insurance: insurance.value,
    burn: burn.value,
  }
}

function addCredit(call: Call, account: Address, wei: bigint): void {
  credits.set(call.store, { wei: credits.field(call.store, 'wei', account) + wei }, account)
  emit(call, 'Credited', { account, amount: wei })
}

function fieldsOf({ nonce, balance, codeHash }: { nonce: bigint; balance: bigint; codeHash: typeof emptyCodeHash }) {
  return { nonce, balance, codeHash }
}
