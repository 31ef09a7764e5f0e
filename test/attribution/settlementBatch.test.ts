import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeUpdate } from '../../attribution/kernel/leaves.ts'
import { createTree } from '../../attribution/kernel/merkle.ts'
import { protocol } from '../../attribution/native/addresses.ts'
import { agents } from '../../attribution/storage/agents.ts'
import { batches } from '../../attribution/storage/settlement.ts'
import { concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { ether } from '../state/testChain.ts'
import { assertMoney, createHarness, type Harness, inputOf, timelock } from './harness.ts'
import {
  channelState,
  controller,
  createMarket,
  createModel,
  createProvider,
  finalize,
  modelOwner,
  openChannel,
  openMarket,
  payer,
  plainBatch,
  providerOwner,
  settle,
} from './settlementMarket.ts'

const creditOf = (h: Harness, account: string): bigint => h.ok(payer(0), 'creditOf', { account }).amount!

test('a batch credits the compute part, escrows the margin and advances every channel', () => {
  const { h, market, channels } = openMarket(3)
  const { provider, model } = market
  const args = plainBatch(h, market, [
    { channel: 1n, wei: 1_001n, receipts: 5n },
    { channel: 2n, wei: 999n, receipts: 1n },
    { channel: 3n, wei: 0n, receipts: 2n },
  ])
  const before = channels.map((channel) => channelState(h, channel))
  const outcome = h.call(controller, 'settleBatch', args)
  assert(outcome.ok)
  const after = channels.map((channel) => channelState(h, channel))
  // Each channel's margin is floored for itself: 400.4 and 399.6 of 40 %.
  const margin = 400n + 399n
  assert.equal(creditOf(h, providerOwner), 2_000n - margin)
  assert.deepEqual(
    after.map(({ sequence, cumulative }) => [sequence, cumulative]),
    [
      [5n, 1_001n],
      [1n, 999n],
      [2n, 0n],
    ],
  )
  const updatesRoot = createTree(
    channels.map((channel, index) =>
      encodeUpdate({
        channel,
        beforeSequence: before[index]!.sequence,
        beforeCumulative: before[index]!.cumulative,
        beforeHead: before[index]!.head,
        afterSequence: after[index]!.sequence,
        afterCumulative: after[index]!.cumulative,
        afterHead: after[index]!.head,
      }),
    ),
  ).root
  const domain = new TextEncoder().encode('openledger/batch')
  const batch: Hash = outcome.output.batch!
  assert.equal(batch, keccakHash(concatBytes(domain, ...[provider, model, updatesRoot].map(hexToBytes))))
  const deadline = h.now + 60n
  assert.deepEqual(
    { ...(h.ok(payer(0), 'getBatch', { batch }).value as unknown as object) },
    {
      ...args.header,
      updatesRoot,
      author: provider,
      margin,
      updates: 3n,
      status: 1n,
      set: 0n,
      pool: 0n,
      settledAt: h.now,
      originalDeadline: deadline,
      deadline,
      finalizedAt: 0n,
      refutedAt: 0n,
      split: { data: 5_000n, owner: 2_500n, validators: 1_000n, treasury: 500n, insurance: 500n, burn: 500n },
      specificBps: 5_000n,
      windowSec: 60n,
      openDemands: 0n,
      slashed: 0n,
      refuter: `0x${'0'.repeat(40)}`,
    },
  )
  assert.deepEqual(
    outcome.events.map(({ name, args: { channel } }) => (channel === undefined ? name : `${name} ${channel}`)),
    ['ChannelSettled 1', 'ChannelSettled 2', 'ChannelSettled 3', 'Credited', 'BatchSettled'],
  )
  const slash = batches.pick(h.store, ['slashMultiple', 'slashFloorBps'], batch)
  assert.deepEqual(slash, { slashMultiple: 10n, slashFloorBps: 100n })
  assertMoney(h)
})

test('margins of many batches of a channel sum to the margin of the whole', () => {
  const { h, market } = openMarket(1)
  let margin = 0n
  let paid = 0n
  for (const wei of [1n, 1n, 1n, 7n, 3n, 11n]) {
    const batch = settle(h, plainBatch(h, market, [{ channel: 1n, wei }]))
    margin += batches.field(h.store, 'margin', batch)
    paid += wei
    h.pass(10n)
  }
  assert.equal(margin, (paid * 4_000n) / 10_000n)
  assert.equal(creditOf(h, providerOwner), paid - margin)
  assertMoney(h)
})

test('only the owner or the controller of an allowed provider settles', () => {
  const { h, market } = openMarket(1)
  const args = plainBatch(h, market, [{ channel: 1n, wei: 1n }])
  const withHeader = (changes: object) => ({ ...args, header: { ...args.header, ...changes } })
  const unknown = `0x${'12'.repeat(32)}` as Hash
  h.fails('UnknownObject', controller, 'settleBatch', withHeader({ provider: unknown }))
  h.fails('UnknownObject', controller, 'settleBatch', withHeader({ model: unknown }))
  h.fails('NotAllowed', payer(0), 'settleBatch', args)
  const closed = createModel(h, [], { label: 'closed', providers: [createProvider(h)] })
  h.fails('NotAllowed', controller, 'settleBatch', withHeader({ model: closed }))
  h.ok(providerOwner, 'settleBatch', args)
  assertMoney(h)
})

test('vouchers that were earned are settled whatever became of the agent since, if its stake covers their margin', () => {
  const { h, market } = openMarket(2)
  const { provider } = market
  const settles = (channel: bigint) => h.call(controller, 'settleBatch', plainBatch(h, market, [{ channel, wei: 10n }]))
  const offer = { model: market.model, provider, sessionKey: payer(1), isPrivate: false, expiry: h.now + 100n }
  agents.set(h.store, { stake: 8n }, provider)
  h.fails('StakeTooLow', payer(1), 'openChannel', offer, { value: ether })
  assert(settles(1n).ok, 'below the least stake')
  h.pass(10n)
  agents.set(h.store, { ejected: true }, provider)
  h.fails('Ejected', payer(1), 'openChannel', offer, { value: ether })
  const refused = settles(2n)
  assert.equal(refused.ok ? '' : refused.error, 'UnderCollateralised')
  agents.set(h.store, { stake: 16n }, provider)
  assert(settles(2n).ok, 'ejected')
})

test('a retired model still settles the channels it has', () => {
  const { h, market } = openMarket(1)
  h.ok(modelOwner, 'retireModel', { model: market.model })
  settle(h, plainBatch(h, market, [{ channel: 1n, wei: 1n }]))
})

test('batches of one provider and model keep their distance; the same batch comes once', () => {
  const { h, market } = openMarket(1)
  const args = plainBatch(h, market, [{ channel: 1n, wei: 5n }])
  const batch = settle(h, args)
  h.pass(9n)
  const next = plainBatch(h, market, [{ channel: 1n, wei: 5n }])
  assert.deepEqual(h.fails('BatchTooSoon', controller, 'settleBatch', next), { earliest: h.now + 1n })
  const other = { ...market, model: createModel(h, [], { label: 'other' }) }
  const channel = openChannel(h, other)
  settle(h, plainBatch(h, other, [{ channel, wei: 5n }]))
  h.pass(1n)
  assert.deepEqual(h.fails('SequenceRegress', controller, 'settleBatch', args), { channel: 1n })
  const second = settle(h, next)
  assert.notEqual(second, batch)

  // A second batch with one id needs a channel that went back: nothing in the protocol does that.
  h.pass(10n)
  const third = plainBatch(h, market, [{ channel: 1n, wei: 5n }])
  h.world.checkpoint()
  const id = settle(h, third)
  h.world.revert()
  batches.set(h.store, { status: 1n }, id)
  assert.deepEqual(h.fails('BatchExists', controller, 'settleBatch', third), { batch: id })
})

test('counts and totals of a batch add up', () => {
  const { h, market } = openMarket(2)
  const payments = [
    { channel: 1n, wei: 10_000n, receipts: 3n },
    { channel: 2n, wei: 10_001n, receipts: 4n },
  ]
  // Margin 8,000, half of it for data, half of that for tiles.
  const refuse = (changes: Readonly<Record<string, unknown>>) =>
    h.fails('SumMismatch', controller, 'settleBatch', plainBatch(h, market, payments, changes))
  refuse({ receipts: 6n })
  refuse({ receipts: 8n })
  refuse({ credit: 1n })
  refuse({ entries: 1n, credit: 2_001n })
  const batch = settle(h, plainBatch(h, market, payments, { entries: 1n, credit: 2_000n }))
  assert.equal(batches.field(h.store, 'margin', batch), 8_000n)

  const empty = { ...market, model: createModel(h, [], { label: 'no corpus' }) }
  const channel = openChannel(h, empty)
  const claimed = plainBatch(h, empty, [{ channel, wei: 10_000n }], { entries: 1n, credit: 1n })
  h.fails('SumMismatch', controller, 'settleBatch', claimed)
})

test('open margins are at most half the stake, over all models of a provider', () => {
  const h = createHarness()
  const market = createMarket(h)
  const provider = createProvider(h, 200n * ether)
  const two = { ...market, provider }
  const other = { provider, model: createModel(h, [], { label: 'other' }) }
  const channels = [openChannel(h, two), openChannel(h, other)] as const
  const settlePart = (model: typeof other, channel: bigint, wei: bigint) =>
    h.call(controller, 'settleBatch', plainBatch(h, model, [{ channel, wei }]))
  // 40 % of 125 is 50; twice.
  assert(settlePart(two, channels[0], 125n * ether).ok)
  const over = settlePart(other, channels[1], 125n * ether + 3n)
  assert(!over.ok && over.error === 'UnderCollateralised')
  const exact = settlePart(other, channels[1], 125n * ether)
  assert(exact.ok)
  h.pass(10n)
  assert.equal(settlePart(two, channels[0], 0n).ok, true)
  h.pass(10n)
  const more = settlePart(two, channels[0], 10n)
  assert(!more.ok && more.error === 'UnderCollateralised')
  assert.deepEqual(h.ok(payer(0), 'freeStake', { agent: provider }), { amount: 0n })
  finalize(h, exact.output.batch!)
  assert.deepEqual(h.ok(payer(0), 'freeStake', { agent: provider }), { amount: 100n * ether })
  assertMoney(h)
})

test('a batch keeps the split and the parameters of its settlement', () => {
  const { h, market } = openMarket(1)
  const batch = settle(h, plainBatch(h, market, [{ channel: 1n, wei: 25_000n }]))
  const split = { data: 3_000n, owner: 4_000n, validators: 2_000n, treasury: 0n, insurance: 300n, burn: 700n }
  h.ok(timelock, 'setSplit', { split })
  h.ok(timelock, 'setParam', { param: 1n, value: 600n })
  h.ok(timelock, 'setParam', { param: 9n, value: 8_000n })
  finalize(h, batch)
  assert.equal(creditOf(h, timelock), 500n)
  const next = settle(h, plainBatch(h, market, [{ channel: 1n, wei: 25_000n }]))
  const { specificBps, data, windowSec } = batches.get(h.store, next)
  assert.deepEqual({ specificBps, data, windowSec }, { specificBps: 8_000n, data: 3_000n, windowSec: 600n })
  assertMoney(h)
})

test('a batch is finalized once, after its deadline, without open demands', () => {
  const { h, market } = openMarket(1)
  const batch = settle(h, plainBatch(h, market, [{ channel: 1n, wei: 25_000n }]))
  const unknown = `0x${'12'.repeat(32)}` as Hash
  h.fails('UnknownObject', payer(0), 'finalizeBatch', { batch: unknown })
  h.pass(60n)
  assert.deepEqual(h.fails('TooEarly', payer(0), 'finalizeBatch', { batch }), { earliest: h.now + 1n })
  h.pass(1n)
  batches.set(h.store, { openDemands: 1n }, batch)
  h.fails('OpenDemands', payer(0), 'finalizeBatch', { batch })
  batches.set(h.store, { openDemands: 0n, status: 2n }, batch)
  assert.deepEqual(h.fails('WrongStatus', payer(0), 'finalizeBatch', { batch }), { status: 2n })
  batches.set(h.store, { status: 1n }, batch)
  h.ok(payer(0), 'finalizeBatch', { batch })
  assert.deepEqual(h.fails('WrongStatus', payer(0), 'finalizeBatch', { batch }), { status: 3n })
  assertMoney(h)
})

test('256 channels settle for at most 6,000,000 gas with their calldata, in under a second', (t) => {
  const { h, market, channels } = openMarket(256)
  const args = plainBatch(
    h,
    market,
    channels.map((channel) => ({ channel, wei: 10n ** 15n })),
  )
  const { to, input } = inputOf('settleBatch', args)
  assert.equal(to, protocol.settlement)
  const calldata = input.reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 21_000n)
  const start = performance.now()
  const outcome = h.call(controller, 'settleBatch', args)
  const ms = performance.now() - start
  assert(outcome.ok)
  t.diagnostic(`settle 256: ${outcome.gas} gas and ${calldata} for calldata, ${ms.toFixed(1)} ms`)
  assert(outcome.gas + calldata <= 6_000_000n)
  assert(ms < 1_000)
  assertMoney(h)
})
