import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import { paramNames, shareBounds } from '../../attribution/native/rules.ts'
import { settlementPrecompile } from '../../attribution/settlement/table.ts'
import { zeroAddress } from '../../core/hex.ts'
import { assertMoney, burner, court, createHarness, devRules, timelock } from './harness.ts'
import { createMarket, finalize, openChannel, payer, plainBatch, settle } from './settlementMarket.ts'

const fair = { data: 5_000n, owner: 2_500n, validators: 1_000n, treasury: 500n, insurance: 500n, burn: 500n }

test('the timelock sets a split as a whole, inside the bounds of every share', () => {
  const h = createHarness()
  assert.deepEqual(h.ok(payer(0), 'splitNow'), { split: fair })
  const next = { data: 4_000n, owner: 2_500n, validators: 1_500n, treasury: 0n, insurance: 500n, burn: 1_500n }
  for (const caller of [payer(0), court, burner]) h.fails('NotAllowed', caller, 'setSplit', { split: next })
  for (const [name, { min, max }] of Object.entries(shareBounds)) {
    if (min > 0n)
      assert.deepEqual(h.fails('OutOfBounds', timelock, 'setSplit', { split: { ...fair, [name]: min - 1n } }), {
        min,
        max,
      })
    h.fails('OutOfBounds', timelock, 'setSplit', { split: { ...fair, [name]: max + 1n } })
  }
  h.fails('SumMismatch', timelock, 'setSplit', { split: { ...fair, data: 5_001n } })
  h.fails('SumMismatch', timelock, 'setSplit', { split: { ...fair, data: 4_999n } })
  const outcome = h.call(timelock, 'setSplit', { split: next })
  assert(outcome.ok)
  assert.deepEqual(outcome.events, [{ name: 'SplitSet', address: protocol.settlement, args: { split: next } }])
  assert.deepEqual(h.ok(payer(0), 'splitNow'), { split: next })
})

test('the timelock sets each parameter inside the bounds of the chain spec', () => {
  const h = createHarness()
  for (const [index, name] of paramNames.entries()) {
    const param = BigInt(index)
    const { value: before, min, max } = devRules.params[name]
    assert.deepEqual({ ...h.ok(payer(0), 'paramNow', { param }) }, { value: before, min, max })
    h.fails('NotAllowed', payer(0), 'setParam', { param, value: min })
    assert.deepEqual(h.fails('OutOfBounds', timelock, 'setParam', { param, value: min - 1n }), { min, max })
    h.fails('OutOfBounds', timelock, 'setParam', { param, value: max + 1n })
    h.fails('OutOfBounds', timelock, 'setParam', { param, value: 2n ** 256n - 1n })
    for (const value of [min, max]) {
      h.ok(timelock, 'setParam', { param, value })
      assert.deepEqual({ ...h.ok(payer(0), 'paramNow', { param }) }, { value, min, max })
    }
  }
  const last = BigInt(paramNames.length - 1)
  assert.deepEqual(h.fails('OutOfBounds', timelock, 'setParam', { param: last + 1n, value: 1n }), {
    min: 0n,
    max: last,
  })
  assert.deepEqual(h.fails('OutOfBounds', payer(0), 'paramNow', { param: 255n }), { min: 0n, max: last })
  assert.deepEqual(h.ok(payer(0), 'weekLength'), { secs: devRules.weekSec })
})

test('parameters at the ends of their bounds fit what a batch stores of them', () => {
  for (const end of ['min', 'max'] as const) {
    const h = createHarness()
    const market = createMarket(h)
    const channel = openChannel(h, market)
    for (const [index, name] of paramNames.entries()) {
      if (name === 'minStake') continue
      h.ok(timelock, 'setParam', { param: BigInt(index), value: devRules.params[name][end] })
    }
    const batch = settle(h, plainBatch(h, market, [{ channel, wei: 1_000n }]))
    h.pass(devRules.params.windowSec[end] + 1n)
    h.ok(payer(0), 'finalizeBatch', { batch })
    assertMoney(h)
  }
})

test('the insurance fund pays whom the timelock says, up to what it holds', () => {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market)
  finalize(h, settle(h, plainBatch(h, market, [{ channel, wei: 100_000n }])))
  const { insurance: held } = h.ok(payer(0), 'invariants')
  assert.equal(held, 2_000n)
  const args = { to: payer(5), amount: 2_000n }
  const refuse = (error: string, changes: Readonly<Record<string, unknown>>) =>
    h.fails(error, timelock, 'payInsurance', { ...args, ...changes })
  h.fails('NotAllowed', court, 'payInsurance', args)
  refuse('ZeroAmount', { amount: 0n })
  refuse('PoolExceeded', { amount: 2_001n })
  refuse('AmountTooLarge', { amount: 2n ** 200n })
  refuse('BadRecipient', { to: zeroAddress })
  refuse('BadRecipient', { to: protocol.settlement })
  const before = h.balance(payer(5))
  h.ok(timelock, 'payInsurance', args)
  assert.equal(h.balance(payer(5)) - before, 2_000n)
  assertMoney(h)
})

test('the Burner takes all that is to be burned', () => {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market)
  h.fails('AlreadyClaimed', burner, 'releaseBurns')
  finalize(h, settle(h, plainBatch(h, market, [{ channel, wei: 100_000n }])))
  const { burns } = h.ok(payer(0), 'invariants')
  // 5 % of 40,000, and the specific part that no ledger pays.
  assert.equal(burns, 2_000n + 10_000n)
  h.fails('NotAllowed', timelock, 'releaseBurns')
  assert.deepEqual(h.ok(burner, 'releaseBurns'), { amount: burns })
  assert.equal(h.balance(burner), burns)
  h.fails('AlreadyClaimed', burner, 'releaseBurns')
  assertMoney(h)
})

test('every function that writes refuses static and delegated calls, and OPEN it does not take', () => {
  const h = createHarness()
  createMarket(h)
  for (const [selector, { abi }] of settlementPrecompile.functions) {
    const input = Uint8Array.from(Buffer.from(selector.slice(2), 'hex'))
    const outcome = (options: object) => {
      const result = h.raw(payer(0), protocol.settlement, input, options)
      return result.ok ? 'ok' : result.error
    }
    if (abi.stateMutability !== 'payable') assert.equal(outcome({ value: 1n }), 'NotPayable', abi.name)
    if (abi.stateMutability === 'view') continue
    assert.equal(outcome({ readOnly: true }), 'StaticCall', abi.name)
    assert.equal(outcome({ delegated: true }), 'DelegatedCall', abi.name)
    assert.equal(
      outcome({ value: abi.stateMutability === 'payable' ? 1n : 0n }),
      abi.inputs.length > 0 ? 'MalformedInput' : emptyCall[abi.name],
      abi.name,
    )
  }
  const unknown = h.raw(payer(0), protocol.settlement, Uint8Array.of(1, 2, 3, 4), { value: 1n })
  assert(!unknown.ok && unknown.error === 'UnknownFunction')
})

/** What functions without arguments say to somebody without credit. */
const emptyCall: Readonly<Record<string, string>> = { withdraw: 'AlreadyClaimed', releaseBurns: 'NotAllowed' }
