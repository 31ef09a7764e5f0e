import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address, Hash } from '../../core/hex.ts'
import { ether, senders } from '../state/testChain.ts'
import { assertMoney, createHarness, type Harness } from './harness.ts'
import {
  controller,
  corpusOfModel,
  createData,
  createModel,
  createProvider,
  honestBatch,
  marketTexts,
  openChannel,
  payer,
  plainBatch,
  settle,
} from './settlementMarket.ts'

/** Everything that differs from the base state, as text. */
function stateOf(h: Harness): string {
  const lines: string[] = []
  for (const [address, { after, storage }] of h.world.finish().accounts) {
    lines.push(`${address} ${after?.nonce} ${after?.balance}`)
    for (const [slot, value] of storage) lines.push(`${address} ${slot} ${Buffer.from(value).toString('hex')}`)
  }
  return lines.sort().join('\n')
}

/** Limits from nothing to just too little: a spread of them, and every one close to the end. */
function limitsBelow(gas: bigint): bigint[] {
  const spread = Array.from({ length: 180 }, (_, step) => (gas * BigInt(step)) / 180n)
  return [...spread, ...Array.from({ length: 20 }, (_, step) => gas - 1n - BigInt(step) * 37n)]
}

/** Runs out of gas at each limit without a trace, then succeeds with exactly the gas it takes. */
function exhaust(h: Harness, from: Address, name: string, args: Readonly<Record<string, unknown>>): void {
  h.world.checkpoint()
  const free = h.call(from, name, args)
  assert(free.ok)
  h.world.revert()
  const before = stateOf(h)
  for (const gas of limitsBelow(free.gas)) {
    const outcome = h.call(from, name, args, { gas })
    assert(!outcome.ok && outcome.error === 'OutOfGas', `${name} at ${gas}`)
    assert.equal(stateOf(h), before, `${name} at ${gas}`)
  }
  const exact = h.call(from, name, args, { gas: free.gas })
  assert(exact.ok && exact.gas === free.gas)
  assert.deepEqual(exact.events, free.events)
  assert.notEqual(stateOf(h), before)
  assertMoney(h)
}

test('settling and finalizing run out of gas at any point without leaving anything behind', () => {
  const h = createHarness()
  const data = [
    createData(h, marketTexts, { curatorBps: 1_000n }),
    createData(h, ['Another text of another datanet, long enough to be quoted.'], { curatorBps: 300n }),
  ]
  const parents = [0, 1, 2].map((index) => {
    const model = createModel(h, [], { label: `parent ${index}`, from: senders[30 + index]! })
    return { model, share: 100_000_000n + BigInt(index) }
  })
  const model = createModel(h, data, { parents })
  const market = { provider: createProvider(h), model, corpus: corpusOfModel(h, model, data) }
  const channels = [0, 1, 2].map((index) => openChannel(h, market, { from: payer(index) }))
  const sales = channels.map((channel) => ({
    channel,
    sold: marketTexts.map((output) => ({ output, price: 3n * ether + 7n })),
  }))
  exhaust(h, controller, 'settleBatch', honestBatch(h, market, sales).args)
  h.pass(10n)
  const batch: Hash = settle(h, honestBatch(h, market, sales).args)
  h.pass(61n)
  exhaust(h, payer(9), 'finalizeBatch', { batch })
})

test('a failed settlement leaves nothing behind, however late it fails', () => {
  const h = createHarness()
  const data = createData(h, marketTexts)
  const model = createModel(h, [data])
  const market = { provider: createProvider(h, 100n * ether), model, corpus: corpusOfModel(h, model, [data]) }
  const channels = Array.from({ length: 20 }, () => openChannel(h, market))
  const sell = (price: bigint) =>
    honestBatch(
      h,
      market,
      channels.map((channel) => ({ channel, sold: [{ output: marketTexts[0]!, price }] })),
    ).args
  const before = stateOf(h)
  // 40 % of 20 * 7 is 56: more than half the stake.
  h.fails('UnderCollateralised', controller, 'settleBatch', sell(7n * ether))
  const { header, updates } = sell(ether)
  const tampered = Uint8Array.from(updates)
  tampered[tampered.length - 40]! ^= 1
  h.fails('InvalidSignature', controller, 'settleBatch', { header, updates: tampered })
  h.fails('SumMismatch', controller, 'settleBatch', { header: { ...header, receipts: 21n }, updates })
  assert.equal(stateOf(h), before)
  settle(h, { header, updates })
  assertMoney(h)
})

test('a channel more in a batch is paid for: its slots, its signature, its hashes, its log', () => {
  const h = createHarness()
  const model = createModel(h, [])
  const market = { provider: createProvider(h), model }
  const channels = Array.from({ length: 9 }, () => openChannel(h, market))
  const gasOf = (count: number): bigint => {
    h.world.checkpoint()
    const payments = channels.slice(0, count).map((channel) => ({ channel, wei: ether }))
    const { gas, ok } = h.call(controller, 'settleBatch', plainBatch(h, market, payments))
    h.world.revert()
    assert(ok)
    return gas
  }
  const each = (gasOf(9) - gasOf(1)) / 8n
  const slots = 4n * 2_100n + 2n * (100n + 2_900n)
  const log = 375n + 3n * 375n + 96n * 8n
  // 119 bytes are nearly four words of input and of packed updates.
  assert.equal(each, slots + 3_000n + 330n + log + 33n)
})

test('an opening is paid for by its length before it is looked at', () => {
  const h = createHarness()
  const data = createData(h, marketTexts)
  const opening = (bytes: number, steps: number) => ({
    index: 1n,
    data: new Uint8Array(bytes),
    path: Array(steps).fill(data.version),
  })
  const gasOf = (bytes: number, steps: number): bigint => {
    const args = { version: data.version, document: opening(bytes, steps), next: opening(0, 0) }
    const outcome = h.call(payer(0), 'claimBase', args)
    assert(!outcome.ok && outcome.error === 'InvalidOpening')
    return outcome.gas
  }
  const base = gasOf(0, 0)
  // A step is a word of input and a hash of 65 bytes; data are words of input and of one hash.
  assert.equal(gasOf(0, 100) - base, 100n * (6n + 60n + 3n * 6n))
  assert.equal(gasOf(32_000, 0) - base, 1_000n * (6n + 6n))
})
