import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Block, decodeBlock, encodeBlock } from '../../core/block.ts'
import { type Header, headerHash } from '../../core/header.ts'
import { zeroHash } from '../../core/hex.ts'
import { l1AttributesDeposit } from '../../core/l1Attributes.ts'
import type { DepositTx, SignedTx, TxEnvelope } from '../../core/tx.ts'
import { envelope } from '../../core/txEnvelope.ts'
import { type BlockRejectCode, blockRejects } from '../../state/sealed.ts'
import type { VerifyOptions } from '../../state/verify.ts'
import { callTo, code, deploy, memory, op, push, revert, store } from './evmCode.ts'
import { addressOf } from './memoryReader.ts'
import {
  config,
  createTestChain,
  deposit,
  genesisTime,
  gwei,
  inputsOf,
  rules,
  senders,
  transaction,
} from './testChain.ts'

const holder = addressOf(0xc0de)
const seed = 4242

function remade(
  block: Block,
  changes: Partial<Header>,
  transactions: readonly TxEnvelope[] = block.transactions,
): Block {
  const header = { ...block.header, ...changes }
  return { header, hash: headerHash(header), transactions }
}

test('every header field and every rule of the body is checked', async () => {
  const chain = await createTestChain()
  await chain.seal([], { timestamp: genesisTime + 100n })
  const inputs = inputsOf({ deposits: [deposit({ mint: 1n })] })
  const candidates = [0, 1].map((index) => transaction(index, { to: holder, value: 1n, nonce: index === 0 ? 1n : 0n }))
  const { block } = await chain.build(candidates, { inputs, timestamp: genesisTime + 200n })
  const { header, transactions } = block
  const [attributes, l1Deposit, first, second] = transactions as [TxEnvelope, TxEnvelope, TxEnvelope, TxEnvelope]
  const lying = l1AttributesDeposit({ ...inputs, config: { ...config, daFeeScalar: 1 } })
  const long = Array.from({ length: 6 }, (_, index) =>
    transaction(index + 10, { to: holder, data: new Uint8Array(120_000), gas: 3_000_000n }),
  )
  const huge = deposit({ data: new Uint8Array(2 * 1024 * 1024) })
  const greedy = deposit({ gas: 30_000_001n })
  const originAt = (number: bigint) => ({ inputs: { ...inputs, origin: { ...inputs.origin, number } } })
  const giving = (...deposits: DepositTx[]) => ({ inputs: { ...inputs, deposits } })
  const solo = { rules: { ...rules, impersonation: true } }
  const own = envelope(huge, huge.from)

  const cases: [BlockRejectCode, Block, Partial<VerifyOptions>?][] = [
    ['parent_mismatch', remade(block, { parentHash: zeroHash })],
    ['parent_mismatch', remade(block, { number: header.number + 1n })],
    ['header_field', remade(block, { ommersHash: zeroHash })],
    ['header_field', remade(block, { coinbase: holder })],
    ['header_field', remade(block, { difficulty: 1n })],
    ['header_field', remade(block, { gasLimit: header.gasLimit + 1n })],
    ['header_field', remade(block, { nonce: new Uint8Array(8).fill(1) })],
    ['header_field', remade(block, { blobGasUsed: 1n })],
    ['header_field', remade(block, { excessBlobGas: 1n })],
    ['header_field', remade(block, { requestsHash: zeroHash })],
    ['base_fee', remade(block, { baseFeePerGas: header.baseFeePerGas + 1n })],
    ['extra_data', remade(block, { extraData: header.extraData.with(16, 0) })],
    ['state_root', remade(block, { stateRoot: zeroHash })],
    ['transactions_root', remade(block, { transactionsRoot: zeroHash })],
    ['receipts_root', remade(block, { receiptsRoot: zeroHash })],
    ['logs_bloom', remade(block, { logsBloom: header.logsBloom.with(0, 1) })],
    ['gas_used', remade(block, { gasUsed: header.gasUsed + 1n })],
    ['withdrawals_root', remade(block, { withdrawalsRoot: zeroHash })],
    ['timestamp_before_parent', remade(block, { timestamp: genesisTime + 99n })],
    ['timestamp_after_window', remade(block, { timestamp: genesisTime + 1_801n })],
    ['l1_attributes', remade(block, {}, [])],
    ['l1_attributes', remade(block, {}, transactions.slice(1))],
    ['l1_attributes', remade(block, {}, [first, ...transactions])],
    ['l1_attributes', remade(block, {}, [envelope(lying, lying.from), l1Deposit, first])],
    ['l1_attributes', block, { inputs: { ...inputs, sequenceNumber: 1n } }],
    ['l1_attributes', block, { inputs: { ...inputs, config: { ...config, daFeeScalar: 1 } } }],
    ['header_field', block, { inputs: { ...inputs, origin: { ...inputs.origin, mixHash: zeroHash } } }],
    ['header_field', block, { inputs: { ...inputs, origin: { ...inputs.origin, parentBeaconBlockRoot: zeroHash } } }],
    ['origin_step', block, originAt(99n)],
    ['origin_step', block, originAt(357n)],
    ['deposits', remade(block, {}, [attributes, first, l1Deposit, second])],
    ['deposits', remade(block, {}, [attributes, first, l1Deposit, second]), { ...solo, ...giving() }],
    ['deposits', remade(block, {}, [attributes, first, second])],
    ['deposits', remade(block, {}, [attributes, l1Deposit, l1Deposit, first, second])],
    ['deposits', block, giving()],
    ['deposits', block, giving(deposit({ mint: 2n }))],
    ['tx_invalid', remade(block, {}, [attributes, l1Deposit, second, second])],
    ['tx_invalid', remade(block, {}, [attributes, l1Deposit, transaction(2, { nonce: 9n, to: holder })])],
    ['gas_limit', remade(block, {}, [attributes, envelope(greedy, senders[0]!)]), giving(greedy)],
    ['tx_bytes', remade(block, {}, [attributes, l1Deposit, ...long])],
    ['block_bytes', remade(block, {}, [attributes, own]), giving(huge)],
    // A transaction less or more than the header says.
    ['gas_used', remade(block, {}, transactions.slice(0, 3))],
  ]
  for (const [expected, bad, changes] of cases) {
    const result = await chain.verify(bad, changes)
    assert.equal('reject' in result ? result.reject : 'accepted', expected)
  }
  const good = await chain.verify(block)
  assert(!('reject' in good))

  const early = await chain.build([], { timestamp: genesisTime + 100n })
  const future = inputsOf()
  const origin = { ...future.origin, timestamp: genesisTime + 150n }
  const opening = l1AttributesDeposit({ ...future, origin })
  const before = await chain.verify(remade(early.block, {}, [envelope(opening, opening.from)]), {
    inputs: { ...future, origin },
  })
  assert.equal('reject' in before && before.reject, 'timestamp_before_origin')

  const outdated = { ...rules, unknownFork: { name: 'later', timestamp: header.timestamp } }
  const unknown = await chain.verify(block, { inputs, rules: outdated })
  assert.equal('reject' in unknown && unknown.reject, 'fork_unknown')

  const covered = new Set<string>([...cases.map(([reject]) => reject), 'timestamp_before_origin', 'fork_unknown'])
  assert.deepEqual(
    Object.keys(blockRejects).filter((reject) => !covered.has(reject)),
    [],
  )
})

test('a block under another configuration is refused', async () => {
  const chain = await createTestChain()
  const { block } = await chain.build([])
  for (const change of [
    { gasLimit: 8_000_000n },
    { eip1559Denominator: 8 },
    { eip1559Elasticity: 2 },
    { daFeeScalar: 7 },
  ]) {
    const result = await chain.verify(block, { inputs: inputsOf({ config: { ...config, ...change } }) })
    assert('reject' in result)
  }
})

const counter = code(push(0), op.SLOAD, push(1), op.ADD, store(0), push(0), push(0), op.LOG0, op.STOP)
const burner = code(op.ADDRESS, op.SELFDESTRUCT)
const payer = code(callTo('call', addressOf(0xdead), { value: 3n }), op.STOP)
const targets = [1, 2, 3, 4, 5, 6].map((index) => addressOf(0xa000 + index))
const runtimes = [counter, revert, code(op.INVALID), payer, code(memory(5), revert), code(op.STOP)]

/** A candidate of any kind, good or bad. */
const candidate: fc.Arbitrary<TxEnvelope<SignedTx>> = fc
  .record({
    sender: fc.integer({ min: 0, max: 3 }),
    nonce: fc.bigInt(0n, 3n),
    target: fc.constantFrom(...targets, undefined, senders[7]),
    value: fc.oneof(fc.bigInt(0n, 1_000n), fc.constant(10n ** 30n)),
    gas: fc.constantFrom(20_000n, 21_000n, 60_000n, 400_000n, 29_000_000n),
    tip: fc.bigInt(0n, 3n * gwei),
    initcode: fc.constantFrom(burner, deploy(counter), revert, code(callTo('call', targets[0]!), burner)),
  })
  .map(({ sender, nonce, target, value, gas, tip, initcode }) =>
    transaction(sender, {
      nonce,
      ...(target === undefined ? { data: initcode } : { to: target }),
      value,
      gas,
      maxPriorityFeePerGas: tip,
    }),
  )

const someDeposit = fc
  .record({
    sender: fc.integer({ min: 0, max: 3 }),
    to: fc.constantFrom(...targets, senders[6]),
    mint: fc.bigInt(0n, 1_000n),
    value: fc.oneof(fc.bigInt(0n, 1_000n), fc.constant(10n ** 30n)),
    gas: fc.constantFrom(20_000n, 60_000n, 400_000n),
  })
  .map(({ sender, ...fields }) => deposit({ from: senders[sender]!, ...fields }))

test('what is built verifies to the same block, also from its bytes, for any candidates', async (t) => {
  t.diagnostic(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(
      fc.array(candidate, { maxLength: 12 }),
      fc.array(someDeposit, { maxLength: 3 }),
      async (candidates, deposits) => {
        const alloc = Object.fromEntries(
          targets.map((address, index) => [address, { nonce: 1n, balance: 10n, code: runtimes[index]! }]),
        )
        const chain = await createTestChain(alloc)
        const built = await chain.build(candidates, { inputs: inputsOf({ deposits }) })
        const decoded = decodeBlock(encodeBlock(built.block))
        assert(!('reject' in decoded))
        const verified = await chain.verify(decoded)
        assert(!('reject' in verified))
        assert.equal(verified.block.hash, built.block.hash)
        assert.deepEqual(verified.receipts, built.receipts)
        assert.deepEqual(verified.diff, built.diff)
        assert.equal(built.skipped.length + built.block.transactions.length, candidates.length + deposits.length + 1)
      },
    ),
    { seed, numRuns: 60 },
  )
})
