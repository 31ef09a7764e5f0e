import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstHead } from '../../attribution/kernel/typedData.ts'
import { agents } from '../../attribution/storage/agents.ts'
import { versions } from '../../attribution/storage/datanets.ts'
import { emptyCodeHash } from '../../core/account.ts'
import { type Address, type Hash, zeroAddress, zeroHash } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { assertMoney, createHarness, type Harness } from './harness.ts'
import {
  controller,
  createMarket,
  createModel,
  createProvider,
  finalize,
  modelOwner,
  openChannel,
  payer,
  plainBatch,
  providerOwner,
  sessionAddress,
  settle,
} from './settlementMarket.ts'

type Channel = { deposit: bigint; cumulative: bigint; noticeEnd: bigint } & Record<string, unknown>
const channelOf = (h: Harness, channel: bigint) => h.ok(payer(0), 'getChannel', { channel }).value as unknown as Channel
const creditOf = (h: Harness, account: string): bigint => h.ok(payer(0), 'creditOf', { account }).amount!

test('a channel opens with all that is agreed, and its first head is of this chain, channel and payer', () => {
  const h = createHarness()
  const { provider, model } = createMarket(h)
  const expiry = h.now + 1_000n
  const args = { model, provider, sessionKey: sessionAddress, isPrivate: true, expiry }
  const opened = h.call(payer(0), 'openChannel', args, { value: 5n * ether })
  assert(opened.ok)
  const head = firstHead(h.chainId, 1n, payer(0))
  const shared = { ...args, payer: payer(0), providerKey: controller, head, deposit: 5n * ether }
  assert.deepEqual(opened.output, { channel: 1n })
  assert.deepEqual(opened.events, [
    { name: 'ChannelOpened', address: '0x0000000000000000000000000000000000000a03', args: { ...shared, channel: 1n } },
  ])
  const stored = { ...shared, cumulative: 0n, sequence: 0n, noticeEnd: 0n }
  assert.deepEqual({ ...channelOf(h, 1n) }, stored)
  assert.equal(openChannel(h, { provider, model }), 2n)
  assert.notEqual(channelOf(h, 2n).head, head)
  assertMoney(h)
})

test('a channel opens only with what its model, provider and parameters allow', () => {
  const h = createHarness()
  const market = createMarket(h)
  const { provider, model, data } = market
  const other = createProvider(h)
  const own = createModel(h, [data], { label: 'listed', providers: [provider] })
  const args = { model, provider, sessionKey: sessionAddress, isPrivate: false, expiry: h.now + 1n }
  const refuse = (error: string, changes: object, value = ether) =>
    h.fails(error, payer(0), 'openChannel', { ...args, ...changes }, { value })
  const unknown = `0x${'12'.repeat(32)}` as Hash
  assert.deepEqual(refuse('UnknownObject', { model: unknown }), { id: unknown })
  assert.deepEqual(refuse('UnknownObject', { provider: unknown }), { id: unknown })
  refuse('NotAllowed', { model: own, provider: other })
  refuse('BadRecipient', { sessionKey: zeroAddress })
  assert.deepEqual(refuse('OutOfBounds', { expiry: h.now }), { min: h.now + 1n, max: 2n ** 40n - 1n })
  assert.deepEqual(refuse('BondTooLow', {}, ether / 100n - 1n), { needed: ether / 100n })

  const poor = h.ok(payer(1), 'registerAgent', { controller, metadataHash: zeroHash }, { value: 100n * ether - 1n })
  assert.deepEqual(refuse('StakeTooLow', { provider: poor.agent }), { needed: 100n * ether })
  agents.set(h.store, { ejected: true }, other)
  refuse('Ejected', { provider: other })
  const retired = createModel(h, [data], { label: 'retired' })
  h.ok(modelOwner, 'retireModel', { model: retired })
  assert.deepEqual(refuse('WrongStatus', { model: retired }), { status: 2n })
  versions.set(h.store, { refuted: true }, data.version)
  assert.deepEqual(refuse('VersionRefuted', {}), { version: data.version })
  h.fails('VersionRefuted', payer(0), 'openChannel', { ...args, model: own }, { value: ether })
  assertMoney(h)
})

test('no deposit and no sum of deposits leaves its 96 bits', () => {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market)
  const rich = `0x${'77'.repeat(20)}` as Address
  h.world.setAccount(rich, { nonce: 0n, balance: 2n ** 97n, codeHash: emptyCodeHash })
  const args = { ...market, sessionKey: sessionAddress, isPrivate: false, expiry: h.now + 1n }
  h.fails('AmountTooLarge', rich, 'openChannel', args, { value: 2n ** 96n })
  h.world.setAccount(payer(0), { nonce: 0n, balance: 2n ** 97n, codeHash: emptyCodeHash })
  h.fails('AmountTooLarge', payer(0), 'topUp', { channel }, { value: 2n ** 96n - 1n })
})

test('the payer tops up until the channel ends; nobody else does', () => {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market, { deposit: ether, expiry: h.now + 100n })
  h.fails('NotAllowed', payer(1), 'topUp', { channel }, { value: 1n })
  h.fails('ZeroAmount', payer(0), 'topUp', { channel })
  assert.deepEqual(h.fails('UnknownObject', payer(0), 'topUp', { channel: 99n }, { value: 1n }), {
    id: `0x${'0'.repeat(62)}63`,
  })
  h.pass(100n)
  h.ok(payer(0), 'topUp', { channel }, { value: 7n })
  assert.equal(channelOf(h, channel).deposit, ether + 7n)
  h.pass(1n)
  assert.deepEqual(h.fails('ChannelClosed', payer(0), 'topUp', { channel }, { value: 7n }), { channel })
  assertMoney(h)
})

test('notice is given once, by the payer, and what was not spent is reclaimed after it', () => {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market, { deposit: 10n * ether })
  const batch = settle(h, plainBatch(h, market, [{ channel, wei: 3n * ether }]))
  h.fails('NotAllowed', providerOwner, 'closeChannel', { channel })
  const end = h.now + 120n
  h.ok(payer(0), 'closeChannel', { channel })
  assert.equal(channelOf(h, channel).noticeEnd, end)
  assert.deepEqual(h.fails('WrongStatus', payer(0), 'closeChannel', { channel }), { status: 1n })
  h.pass(120n)
  assert.deepEqual(h.fails('TooEarly', payer(1), 'reclaim', { channel }), { earliest: end + 1n })
  h.pass(1n)
  h.fails('ChannelClosed', payer(0), 'topUp', { channel }, { value: 1n })
  h.fails('ChannelClosed', payer(0), 'closeChannel', { channel })
  assert.deepEqual(h.ok(payer(1), 'reclaim', { channel }), { amount: 7n * ether })
  assert.equal(creditOf(h, payer(0)), 7n * ether)
  assert.deepEqual([channelOf(h, channel).deposit, channelOf(h, channel).cumulative], [3n * ether, 3n * ether])
  h.fails('AlreadyClaimed', payer(0), 'reclaim', { channel })
  finalize(h, batch)
  assertMoney(h)
})

test('notice does not prolong a channel: it ends with its expiry', () => {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market, { deposit: ether, expiry: h.now + 50n })
  h.ok(payer(0), 'closeChannel', { channel })
  h.pass(51n)
  h.fails('ChannelClosed', controller, 'settleBatch', plainBatch(h, market, [{ channel, wei: 1n }]))
  assert.deepEqual(h.ok(payer(5), 'reclaim', { channel }), { amount: ether })
  assertMoney(h)
})
