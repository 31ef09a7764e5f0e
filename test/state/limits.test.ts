import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyCodeHash } from '../../core/account.ts'
import { envelope } from '../../core/txEnvelope.ts'
import { createWorld } from '../../state/world.ts'
import { code, deploy, op, push, store } from './evmCode.ts'
import { executed, openTestBlock } from './execution.ts'
import { addressOf, createMemoryState, slotOf } from './memoryReader.ts'
import { deposit, ether, senders, transaction } from './testChain.ts'

// Balances stay below 2^256 and nonces below 2^64, which is what the trie can hold.

const holder = addressOf(0xc0de)
const full = addressOf(0xf011)
const maxBalance = 2n ** 256n - 1n
const maxNonce = 2n ** 64n - 1n

test('the world takes no balance and no nonce that an account cannot hold', () => {
  const world = createWorld(createMemoryState({}).reader)
  world.setAccount(holder, { nonce: maxNonce, balance: maxBalance, codeHash: emptyCodeHash })
  for (const fields of [
    { nonce: 0n, balance: maxBalance + 1n },
    { nonce: maxNonce + 1n, balance: 0n },
    { nonce: 0n, balance: -1n },
    { nonce: -1n, balance: 0n },
  ]) {
    assert.throws(() => world.setAccount(holder, { ...fields, codeHash: emptyCodeHash }), /assertion/)
  }
  assert.equal(world.account(holder)?.balance, maxBalance)
})

test('a transfer that its receiver cannot hold halts and moves nothing', async () => {
  const block = openTestBlock({ [full]: { balance: maxBalance - 6n } })
  const before = block.world.account(senders[0]!)!.balance
  const fits = await executed(block, transaction(0, { to: full, value: 6n, gas: 21_000n }))
  assert.equal(fits.succeeded, true)
  const over = await executed(block, transaction(0, { to: full, value: 1n, nonce: 1n }))
  assert.deepEqual([over.succeeded, over.error], [false, { kind: 'halt', reason: 'value overflow' }])
  assert.equal(block.world.account(full)?.balance, maxBalance)
  const fees = (fits.gasUsed + over.gasUsed) * 2n * 10n ** 9n
  assert.equal(block.world.account(senders[0]!)?.balance, before - 6n - fees)
})

test('an account that holds almost everything may send to itself', async () => {
  const block = openTestBlock({ [senders[0]!]: { balance: maxBalance } })
  const result = await executed(block, transaction(0, { to: senders[0]!, value: maxBalance - ether }))
  assert.equal(result.succeeded, true)
  assert.equal(block.world.account(senders[0]!)?.balance, maxBalance - result.gasUsed * 2n * 10n ** 9n)
})

test('a call and a creation with value that the receiver cannot hold fail in their frame', async () => {
  const call = code(push(0), push(0), push(0), push(0), push(1), push(full), push(50_000), 0xf1)
  const block = openTestBlock({
    [full]: { balance: maxBalance },
    [holder]: { nonce: 1n, balance: 5n, code: code(push(9), store(0), call, store(0), op.STOP) },
  })
  const result = await executed(block, transaction(0, { to: holder }))
  assert.equal(result.succeeded, true)
  assert.equal(block.world.storage(holder, slotOf(0n)).length, 0)
  assert.deepEqual([block.world.account(holder)?.balance, block.world.account(full)?.balance], [5n, maxBalance])
})

test('a self-destruct whose beneficiary cannot hold the balance halts', async () => {
  const init = code(push(full), op.SELFDESTRUCT)
  for (const [balance, succeeds] of [
    [maxBalance - 7n, true],
    [maxBalance - 6n, false],
  ] as const) {
    const block = openTestBlock({ [full]: { balance }, [holder]: { nonce: 1n, balance: 7n, code: init } })
    const result = await executed(block, transaction(0, { to: holder }))
    assert.equal(result.succeeded, succeeds)
    assert.equal(block.world.account(full)?.balance, succeeds ? maxBalance : balance)
    assert.equal(block.world.account(holder)?.balance, succeeds ? 0n : 7n)
    if (!succeeds) assert.deepEqual(result.error, { kind: 'halt', reason: 'value overflow' })
  }
})

test('a self-destruct to itself needs no room', async () => {
  const block = openTestBlock({
    [holder]: { nonce: 1n, balance: maxBalance, code: code(op.ADDRESS, op.SELFDESTRUCT) },
  })
  assert.equal((await executed(block, transaction(0, { to: holder }))).succeeded, true)
  assert.equal(block.world.account(holder)?.balance, maxBalance)
})

test('a mint that its receiver cannot hold fills the balance, and the rest counts as destroyed', async () => {
  const block = openTestBlock({ [senders[0]!]: { balance: maxBalance - 5n } })
  for (const [mint, gas, destroyed] of [
    [3n, 100_000n, 0n],
    [3n, 100_000n, 1n],
    [maxBalance, 100_000n, maxBalance],
    // Too little gas to run: the mint holds all the same.
    [7n, 20_000n, 7n],
  ] as const) {
    const tx = deposit({ mint, gas })
    const result = await executed(block, envelope(tx, tx.from))
    assert.deepEqual([result.succeeded, result.destroyed], [gas > 21_000n, destroyed])
  }
  assert.equal(block.world.account(senders[0]!)?.balance, maxBalance)
})

test('the last nonce stays: a deposit still runs', async () => {
  const block = openTestBlock({ [senders[0]!]: { nonce: maxNonce, balance: 1n } })
  const tx = deposit({ value: 1n })
  const result = await executed(block, envelope(tx, tx.from))
  assert.deepEqual([result.succeeded, result.depositNonce], [true, maxNonce])
  assert.equal(block.world.account(senders[0]!)?.nonce, maxNonce)
})

test('a call that needs more than any balance is refused, one that fits runs', async () => {
  const { execution } = openTestBlock({ [holder]: { nonce: maxNonce, code: code(op.STOP) } })
  const message = { from: holder, to: full, gas: 21_000n, data: new Uint8Array(0), checkBalance: false }
  const over = await execution.call({ ...message, value: maxBalance, gasPrice: 10n ** 9n })
  assert.deepEqual(over, { reject: 'insufficient_funds', detail: 'required balance exceeds 256 bits' })
  const fits = await execution.call({ ...message, value: maxBalance, gasPrice: 0n })
  assert(!('reject' in fits) && fits.kind === 'success')
  const created = await execution.call({
    ...message,
    value: 0n,
    gasPrice: 0n,
    to: undefined,
    gas: 100_000n,
    data: deploy(code(op.STOP)),
  })
  assert(!('reject' in created) && created.kind === 'success')
})
