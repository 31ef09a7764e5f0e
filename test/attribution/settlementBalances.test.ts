import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import { buckets } from '../../attribution/native/money.ts'
import { type Address, type Hash, zeroAddress } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { assertMoney, createHarness, validatorVault } from './harness.ts'
import { createMarket, finalize, openChannel, payer, plainBatch, providerOwner, settle } from './settlementMarket.ts'

/** A provider with 600 wei of credit. */
function credited() {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market)
  const batch = settle(h, plainBatch(h, market, [{ channel, wei: 1_000n }]))
  return { h, market, channel, batch }
}

const creditOf = (h: ReturnType<typeof createHarness>, account: string): bigint =>
  h.ok(payer(0), 'creditOf', { account }).amount!

test('an account withdraws all of its credit, once', () => {
  const { h } = credited()
  const before = h.balance(providerOwner)
  const outcome = h.call(providerOwner, 'withdraw')
  assert(outcome.ok)
  assert.deepEqual(outcome.output, { amount: 600n })
  const args = { account: providerOwner, to: providerOwner, amount: 600n }
  assert.deepEqual(outcome.events, [{ name: 'Withdrawn', address: protocol.settlement, args }])
  assert.equal(h.balance(providerOwner) - before, 600n)
  assert.equal(creditOf(h, providerOwner), 0n)
  h.fails('AlreadyClaimed', providerOwner, 'withdraw')
  assertMoney(h)
})

test('part of a credit goes to another account, new ones included', () => {
  const { h } = credited()
  const to = `0x${'77'.repeat(20)}` as Address
  const refuse = (error: string, args: Readonly<Record<string, unknown>>) =>
    h.fails(error, providerOwner, 'withdrawTo', { to, amount: 1n, ...args })
  refuse('ZeroAmount', { amount: 0n })
  refuse('PoolExceeded', { amount: 601n })
  refuse('AmountTooLarge', { amount: 2n ** 96n })
  refuse('BadRecipient', { to: zeroAddress })
  for (const address of Object.values(protocol)) refuse('BadRecipient', { to: address })
  h.fails('PoolExceeded', payer(3), 'withdrawTo', { to, amount: 1n })
  h.ok(providerOwner, 'withdrawTo', { to, amount: 250n })
  assert.equal(h.balance(to), 250n)
  assert.equal(creditOf(h, providerOwner), 350n)
  assertMoney(h, [to])
})

test('anybody sweeps a credit to its owner and to nobody else', () => {
  const { h, batch } = credited()
  finalize(h, batch)
  const amount = creditOf(h, validatorVault)
  assert.equal(amount, 40n)
  assert.deepEqual(h.ok(payer(3), 'sweepFor', { account: validatorVault }), { amount })
  assert.equal(h.balance(validatorVault), 40n)
  h.fails('AlreadyClaimed', payer(3), 'sweepFor', { account: validatorVault })
  assertMoney(h)
})

test('the books show every bucket, and what came in without a call as donated', () => {
  const { h, market, channel, batch } = credited()
  const open = h.ok(payer(0), 'invariants') as Readonly<Record<string, bigint>>
  const expected = {
    deposits: 1_000n * ether - 1_000n,
    margins: 400n,
    credits: 600n,
    pools: 0n,
    stakes: 100_000n * ether,
    bonds: 20n * ether,
    insurance: 0n,
    burns: 0n,
  }
  const sum = Object.values(expected).reduce((total, wei) => total + wei, 0n)
  assert.deepEqual({ ...open }, { balance: sum, ...expected, donated: 0n })
  finalize(h, batch)
  const { balance, nonce, codeHash } = h.world.account(protocol.settlement)!
  h.world.setAccount(protocol.settlement, { balance: balance + 5n, nonce, codeHash })
  const shown = h.ok(payer(0), 'invariants') as Readonly<Record<string, bigint>>
  assert.equal(shown.donated, 5n)
  assert.equal(shown.balance, sum + 5n)
  assert.equal(
    buckets.reduce((total, bucket) => total + shown[bucket]!, 0n),
    sum,
  )
  // Nobody is paid from a donation.
  h.ok(providerOwner, 'withdraw')
  settle(h, plainBatch(h, market, [{ channel, wei: 10n }]))
  assert.equal(h.ok(payer(0), 'invariants').donated, 5n)
})

test('views of what does not exist: unknown channels and batches are named, the rest reads as zero', () => {
  const h = createHarness()
  const unknown = `0x${'12'.repeat(32)}` as Hash
  assert.deepEqual(h.fails('UnknownObject', payer(0), 'getBatch', { batch: unknown }), { id: unknown })
  assert.deepEqual(h.fails('UnknownObject', payer(0), 'getChannel', { channel: 1n }), {
    id: `0x${'0'.repeat(63)}1`,
  })
  assert.deepEqual(h.ok(payer(0), 'creditOf', { account: payer(0) }), { amount: 0n })
  assert.deepEqual(h.ok(payer(0), 'isClaimed', { batch: unknown, entry: 3n }), { claimed: false })
  assert.deepEqual({ ...h.ok(payer(0), 'basePool', { version: unknown }) }, { perByte: 0n, carry: 0n, pool: 0n })
  assert.deepEqual(h.ok(payer(0), 'earnings', { owner: payer(0), week: 1n }), { ofOwner: 0n, total: 0n })
})
