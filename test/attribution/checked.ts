import assert from 'node:assert/strict'
import { type ParamName, paramNames } from '../../attribution/native/rules.ts'
import { balances, credits, params } from '../../attribution/storage/settlement.ts'
import type { Address } from '../../core/hex.ts'
import { assertMoney, type CallOptions, createHarness, type Event, type Harness, inputOf } from './harness.ts'

type Args = Readonly<Record<string, unknown>>

/** A harness that checks the protocol's money after every call. */
export function createChecked(): Harness {
  const h = createHarness()
  const { call } = h
  h.call = (...parameters) => {
    const outcome = call(...parameters)
    assertMoney(h)
    return outcome
  }
  return h
}

/** The outputs' only value, as a struct of these fields. */
export function viewed<T>(h: Harness, view: string, args: Args): T {
  return h.ok(viewer, view, args).value as unknown as T
}

const viewer = '0x00000000000000000000000000000000000000ff' as Address

/** Wei held as bonds, and what an account can withdraw. */
export function bonds(h: Harness): bigint {
  return balances.field(h.store, 'bonds')
}

export function creditOf(h: Harness, account: Address): bigint {
  return credits.field(h.store, 'wei', account)
}

/** The events of a call that has to succeed. */
export function eventsOf(h: Harness, from: Address, name: string, args: Args, options?: CallOptions): readonly Event[] {
  const outcome = h.call(from, name, args, options)
  assert(outcome.ok, outcome.ok ? '' : `${name}: ${outcome.error}`)
  return outcome.events
}

/** The values of the one event of this name. */
export function argsOf(events: readonly Event[], name: string): Args {
  const [event, ...more] = events.filter((each) => each.name === name)
  assert(event !== undefined && more.length === 0, `one ${name}`)
  return event.args
}

/** Sets a parameter as governance would. */
export function setParameter(h: Harness, name: ParamName, value: bigint): void {
  params.set(h.store, { value }, BigInt(paramNames.indexOf(name)))
}

/**
 * Makes a call at every gas limit that can make a difference: each one at which it stops at another charge. Short of
 * gas it must leave nothing behind. Gives the gas it needs and the number of limits below.
 */
export function runOutOfGas(
  h: Harness,
  from: Address,
  name: string,
  args: Args,
  value = 0n,
): { readonly gas: bigint; readonly stops: number } {
  const { to, input } = inputOf(name, args)
  const before = h.world.finish()
  let limit = 0n
  for (let stops = 0; ; stops++) {
    const outcome = h.raw(from, to, input, { gas: limit, value })
    assertMoney(h)
    if (outcome.ok) {
      assert.equal(outcome.gas, limit, 'the gas does not depend on the limit')
      return { gas: limit, stops }
    }
    assert.equal(outcome.error, 'OutOfGas', name)
    assert.deepEqual(h.world.finish(), before, `${name} left something at ${limit} gas`)
    assert(outcome.gas > limit)
    limit = outcome.gas
  }
}
