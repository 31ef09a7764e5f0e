import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { protocol } from '../../attribution/native/addresses.ts'
import { type Call, ProtocolRevert } from '../../attribution/native/call.ts'
import {
  amount,
  type Bucket,
  buckets,
  burn,
  credit,
  creditValue,
  currentSplit,
  maxAmount,
  move,
  param,
  payOut,
  receive,
} from '../../attribution/native/money.ts'
import { paramNames, shareBounds } from '../../attribution/native/rules.ts'
import { createStore } from '../../attribution/native/store.ts'
import { balances, credits, params, splits } from '../../attribution/storage/settlement.ts'
import { type Address, type Hash, zeroAddress } from '../../core/hex.ts'
import { senders } from '../state/testChain.ts'
import { createHarness, devRules } from './harness.ts'

/** A call to Settlement whose value has arrived, with what it charged and logged. */
function openCall(value = 0n): { call: Call; spent: () => bigint; topics: Hash[][] } {
  const { world, now, blockNumber, baseFee, chainId } = createHarness()
  let gas = 0n
  const charge = (more: bigint) => {
    gas += more
  }
  const topics: Hash[][] = []
  const purse = world.account(protocol.settlement)!
  world.setAccount(protocol.settlement, { ...purse, balance: value })
  const call: Call = {
    rules: devRules,
    caller: senders[0]!,
    value,
    now,
    blockNumber,
    baseFee,
    chainId,
    input: new Uint8Array(4),
    store: createStore(world, charge),
    world,
    charge,
    log: (logged) => topics.push([...logged]),
  }
  return { call, spent: () => gas, topics }
}

function failsWith(name: string, run: () => void): void {
  assert.throws(run, (error) => error instanceof ProtocolRevert && error.message === name)
}

const held = (call: Call) => balances.get(call.store)

test('wei moves between buckets, and no bucket falls below nothing', () => {
  const { call } = openCall(100n)
  receive(call, 'deposits', 100n)
  move(call, 'deposits', 'margins', 40n)
  move(call, 'deposits', 'deposits', 1_000n)
  move(call, 'bonds', 'margins', 0n)
  burn(call, 'margins', 15n)
  failsWith('PoolExceeded', () => move(call, 'margins', 'pools', 26n))
  const { deposits, margins, burns, pools } = held(call)
  assert.deepEqual([deposits, margins, burns, pools], [60n, 25n, 15n, 0n])
})

test('credit adds to an account and writes Credited; nothing does nothing', () => {
  const { call, topics, spent } = openCall(100n)
  receive(call, 'margins', 90n)
  credit(call, 'margins', senders[1]!, 50n)
  credit(call, 'margins', senders[1]!, 7n)
  creditValue(call, senders[2]!, 10n)
  assert.equal(credits.field(call.store, 'wei', senders[1]!), 57n)
  assert.equal(credits.field(call.store, 'wei', senders[2]!), 10n)
  assert.equal(held(call).credits, 67n)
  assert.equal(topics.length, 3)
  const before = spent()
  credit(call, 'margins', senders[3]!, 0n)
  creditValue(call, senders[3]!, 0n)
  receive(call, 'bonds', 0n)
  assert.equal(spent(), before)
  assert.equal(topics.length, 3)
  failsWith('PoolExceeded', () => credit(call, 'margins', senders[1]!, 34n))
})

test('paying out moves the balance too, and costs more for an account that is new', () => {
  const { call, spent } = openCall(100n)
  const { world } = call
  receive(call, 'insurance', 100n)
  const known = world.account(senders[1]!)!.balance
  const start = spent()
  payOut(call, 'insurance', senders[1]!, 30n)
  const first = spent() - start
  const fresh = `0x${'77'.repeat(20)}` as Address
  payOut(call, 'insurance', fresh, 20n)
  assert.equal(spent() - start - first > 25_000n, true)
  assert.equal(world.account(senders[1]!)!.balance, known + 30n)
  assert.equal(world.account(fresh)!.balance, 20n)
  assert.equal(world.account(protocol.settlement)!.balance, 50n)
  assert.equal(held(call).insurance, 50n)
  failsWith('PoolExceeded', () => payOut(call, 'insurance', fresh, 51n))
  failsWith('BadRecipient', () => payOut(call, 'insurance', zeroAddress, 0n))
  for (const address of Object.values(protocol)) failsWith('BadRecipient', () => payOut(call, 'insurance', address, 1n))
})

test('amounts end at 96 bits', () => {
  assert.equal(amount(maxAmount), maxAmount)
  failsWith('AmountTooLarge', () => amount(maxAmount + 1n))
})

test('parameters and the split are those of the chain spec until governance sets others', () => {
  const { call } = openCall()
  for (const name of paramNames) assert.equal(param(call, name), devRules.params[name].value)
  params.set(call.store, { value: 77n }, 1n)
  assert.equal(param(call, 'windowSec'), 77n)
  const shares = Object.entries(shareBounds).map(([name, { value }]) => [name, value])
  assert.deepEqual(currentSplit(call), Object.fromEntries(shares))
  const next = { data: 4_000n, owner: 2_500n, validators: 1_500n, treasury: 0n, insurance: 500n, burn: 1_500n }
  splits.set(call.store, next)
  assert.deepEqual({ ...currentSplit(call) }, next)
})

test('whatever moves, the buckets sum to the balance and credits to their accounts', () => {
  const bucket = fc.constantFrom<Bucket>(...buckets.filter((name) => name !== 'credits'))
  const wei = fc.bigInt(0n, 60n)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('move' as const), from: bucket, to: bucket, wei }),
    fc.record({ kind: fc.constant('credit' as const), from: bucket, to: fc.nat(2), wei }),
    fc.record({ kind: fc.constant('pay' as const), from: bucket, to: fc.nat(2), wei }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { call } = openCall(1_000n)
      receive(call, 'deposits', 600n)
      receive(call, 'stakes', 400n)
      for (const each of steps) {
        try {
          if (each.kind === 'move') move(call, each.from, each.to, each.wei)
          else if (each.kind === 'credit') credit(call, each.from, senders[each.to]!, each.wei)
          else payOut(call, each.from, senders[each.to]!, each.wei)
        } catch (error) {
          assert(error instanceof ProtocolRevert && error.message === 'PoolExceeded')
        }
        const now = held(call)
        const sum = buckets.reduce((total, name) => total + now[name], 0n)
        assert.equal(call.world.account(protocol.settlement)!.balance, sum)
        const credited = [0, 1, 2].reduce((total, at) => total + credits.field(call.store, 'wei', senders[at]!), 0n)
        assert.equal(now.credits, credited)
      }
    }),
    { seed: 20_260_302, numRuns: 200 },
  )
})
