import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyBytes } from '../../core/hex.ts'
import { impersonate } from '../../core/impersonate.ts'
import { envelope } from '../../core/txEnvelope.ts'
import {
  chainId,
  createTestChain,
  deposit,
  ether,
  genesisTime,
  inputsOf,
  rules,
  senders,
  transaction,
} from './testChain.ts'

const chain = await createTestChain()
const transfer = (sender: number, nonce = 0n, fields = {}) =>
  transaction(sender, { nonce, gas: 21_000n, to: senders[9], value: 1n, ...fields })

const { payload } = chain

test('good transactions make the block that building makes of them', async () => {
  const txs = [transfer(0), transfer(1), transfer(0, 1n)]
  const { sealed, depositOnly } = await payload(txs.map(({ raw }) => raw))
  const built = await chain.build(txs)
  assert.equal(depositOnly, false)
  assert.equal(sealed.block.hash, built.block.hash)
  assert.deepEqual(sealed.receipts, built.receipts)
  assert.deepEqual([...sealed.nodes.keys()].sort(), [...built.nodes.keys()].sort())
  const verified = await chain.verify(sealed.block)
  assert.ok(!('reject' in verified))
})

const setup = inputsOf({ deposits: [deposit({ mint: 3n * ether, value: ether })] })

/** Why a transaction cannot be part of a block; each beside two good ones. */
const bad: Readonly<Record<string, Uint8Array>> = {
  'no bytes': emptyBytes,
  garbage: Uint8Array.of(2, 1, 2, 3),
  'an unknown type': Uint8Array.of(5, 0xc0),
  'a blob transaction': Uint8Array.of(3, 0xc0),
  'a byte too much': Uint8Array.of(...transfer(2).raw, 0),
  'a deposit': envelope(deposit(), senders[0]!).raw,
  'another chain': transaction(2, { chainId: chainId + 1n, gas: 21_000n, to: senders[1] }).raw,
  'a nonce that was used': transfer(0).raw,
  'a nonce gap': transfer(2, 1n).raw,
  'no funds': transfer(2, 0n, { value: 10_000n * ether }).raw,
  'a low fee': transfer(2, 0n, { maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }).raw,
  'too little gas': transfer(2, 0n, { gas: 20_999n }).raw,
  'more gas than the block has': transfer(2, 0n, { gas: 30_000_000n }).raw,
  impersonation: impersonate({ ...transfer(2).tx, type: 2 } as never, senders[2]!).raw,
}

for (const [name, raw] of Object.entries(bad)) {
  test(`one transaction that cannot be executed takes all of them with it: ${name}`, async () => {
    const txs = [transfer(0).raw, raw, transfer(1).raw]
    const { sealed, depositOnly } = await payload(txs, { inputs: setup })
    const bare = await chain.build([], { inputs: setup })
    assert.equal(depositOnly, true)
    assert.equal(sealed.block.hash, bare.block.hash)
    assert.equal(sealed.block.transactions.length, 2)
  })
}

test('a block may have exactly as many bytes of transactions as the rules say', async () => {
  const txs = [transfer(0), transfer(1)].map(({ raw }) => raw)
  const bytes = txs[0]!.length + txs[1]!.length
  assert.equal((await payload(txs, { rules: { ...rules, maxBlockTxBytes: bytes } })).depositOnly, false)
  assert.equal((await payload(txs, { rules: { ...rules, maxBlockTxBytes: bytes - 1 } })).depositOnly, true)
})

test('a block that is too large with its transactions has none, and deposits alone are never too large', async () => {
  const data = new Uint8Array(1_000).fill(1)
  const txs = [transfer(0, 0n, { gas: 100_000n, data }).raw]
  assert.equal((await payload(txs, { rules: { ...rules, maxBlockBytes: 2_700 } })).depositOnly, false)
  const { sealed, depositOnly } = await payload(txs, { rules: { ...rules, maxBlockBytes: 1_900 } })
  assert.equal(depositOnly, true)
  assert.equal(sealed.block.transactions.length, 1)
  assert.equal((await payload([], { rules: { ...rules, maxBlockBytes: 10 } })).depositOnly, false)
})

test('deposits come first, and what they give can be spent in the same block', async () => {
  const poor = 55
  const drained = transfer(poor, 0n, { value: 1_001n * ether })
  const inputs = inputsOf({ deposits: [deposit({ to: senders[poor], mint: 5n * ether, value: 5n * ether })] })
  assert.equal((await payload([drained.raw])).depositOnly, true)
  const { sealed, depositOnly } = await payload([drained.raw], { inputs })
  assert.equal(depositOnly, false)
  assert.deepEqual(
    sealed.block.transactions.map(({ tx }) => tx.type),
    [0x7e, 0x7e, 2],
  )
})

test('a fork that is not known halts before the block, a time that breaks the rules is a bug of the caller', async () => {
  const outdated = { ...rules, unknownFork: { name: 'later', timestamp: genesisTime + 5n } }
  assert.equal((await payload([], { rules: outdated, timestamp: genesisTime + 4n })).depositOnly, false)
  await assert.rejects(payload([], { rules: outdated, timestamp: genesisTime + 5n }), {
    code: 'fork_unknown',
    severity: 'fatal',
  })
  await assert.rejects(payload([], { timestamp: genesisTime - 1n }), /assertion failed: block time/)
  await assert.rejects(payload([], { timestamp: genesisTime + 1_801n }), /assertion failed: block time/)
})

test('deposits that do not fit are a bug of the caller', async () => {
  const inputs = inputsOf({ deposits: [deposit({ gas: 30_000_000n })] })
  await assert.rejects(payload([], { inputs }), /does not fit/)
})
