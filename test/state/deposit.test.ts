import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToBigint } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import type { DepositTx } from '../../core/tx.ts'
import { createAddress } from '../../core/txEnvelope.ts'
import { code, deploy, op, push, revert, store } from './evmCode.ts'
import { addressOf, slotOf } from './memoryReader.ts'
import { createTestChain, deposit, ether, inputsOf, receiptsOf, rules, transaction } from './testChain.ts'

const poor = addressOf(0x9001)
const holder = addressOf(0xc0de)

async function run(accounts: Record<string, { code: Uint8Array }>, ...deposits: DepositTx[]) {
  const chain = await createTestChain(accounts)
  const before = chain.supply()
  const built = await chain.seal([], { inputs: inputsOf({ deposits }) })
  return { chain, receipts: receiptsOf(built), minted: chain.supply() - before }
}

test('a deposit mints, moves value and pays no fee', async () => {
  const { chain, receipts, minted } = await run(
    {},
    deposit({ from: poor, to: addressOf(0x9002), mint: 10n, value: 4n }),
  )
  assert.equal(chain.balance(poor), 6n)
  assert.equal(chain.balance(addressOf(0x9002)), 4n)
  assert.equal(minted, 10n)
  const [receipt] = receipts
  assert.deepEqual(
    [receipt?.type, receipt?.succeeded, receipt?.gasUsed, receipt?.depositNonce],
    [0x7e, true, 21_000n, 0n],
  )
  assert.equal(chain.state().account(poor)?.nonce, 1n)
  assert.equal(chain.balance(predeploys.baseFeeVault), 0n)
  assert.equal(chain.balance(predeploys.sequencerFeeVault), 0n)
})

test('the receipt of a deposit carries the nonce from before, also after other transactions', async () => {
  const { receipts } = await run({}, deposit(), deposit({ gas: 60_000n }))
  assert.deepEqual(
    receipts.map(({ depositNonce }) => depositNonce),
    [0n, 1n],
  )
})

test('value above the balance: the mint stays, the nonce counts, all gas is used, status 0', async () => {
  const { chain, receipts, minted } = await run(
    {},
    deposit({ from: poor, to: holder, mint: 5n, value: 6n, gas: 77_000n }),
  )
  assert.equal(chain.balance(poor), 5n)
  assert.equal(chain.balance(holder), 0n)
  assert.equal(chain.state().account(poor)?.nonce, 1n)
  assert.equal(minted, 5n)
  const [receipt] = receipts
  assert.deepEqual([receipt?.succeeded, receipt?.gasUsed, receipt?.depositNonce], [false, 77_000n, 0n])
})

test('too little gas for the data, or init code that is too large, fails in the same way', async () => {
  const short = deposit({ from: poor, mint: 5n, gas: 20_999n })
  const floor = deposit({ from: poor, data: new Uint8Array(1_000).fill(1), gas: 21_000n + 16_000n })
  const large = deposit({ from: poor, to: undefined, data: new Uint8Array(49_153), gas: 3_000_000n })
  const { chain, receipts } = await run({}, short, floor, large)
  assert.deepEqual(
    receipts.map(({ succeeded, gasUsed }) => [succeeded, gasUsed]),
    [short, floor, large].map(({ gas }) => [false, gas]),
  )
  assert.equal(chain.state().account(poor)?.nonce, 3n)
  assert.equal(chain.balance(poor), 5n)
})

test('an EVM failure keeps the mint and undoes the value', async () => {
  const { chain, receipts } = await run(
    { [holder]: { code: code(push(1), store(0), revert) } },
    deposit({ from: poor, to: holder, mint: 5n, value: 5n }),
  )
  assert.equal(receipts[0]?.succeeded, false)
  assert(receipts[0] !== undefined && receipts[0].gasUsed < 100_000n)
  assert.equal(chain.balance(poor), 5n)
  assert.equal(chain.state().account(poor)?.nonce, 1n)
})

test('a creation deploys at the address of the deposit nonce', async () => {
  const runtime = code(op.CALLER, store(0), op.STOP)
  const create = deposit({ from: poor, to: undefined, mint: 3n, value: 3n, data: deploy(runtime) })
  const { chain, receipts } = await run({}, deposit({ from: poor }), create)
  assert.equal(receipts[1]?.succeeded, true)
  const created = createAddress(poor, 1n)
  assert.equal(chain.balance(created), 3n)
  assert.deepEqual(chain.state().code(chain.state().account(created)?.codeHash as never), runtime)
})

test('a deposit may use more gas than a transaction may have, and its gas price reads as 0', async () => {
  const probe = code(op.GASPRICE, push(1), op.ADD, store(0), op.STOP)
  const { chain, receipts } = await run({ [holder]: { code: probe } }, deposit({ to: holder, gas: 20_000_000n }))
  assert.equal(receipts[0]?.succeeded, true)
  assert.equal(bytesToBigint(chain.state().storage(holder, slotOf(0n))), 1n)
})

test('a sender with code may deposit: its address is an alias of an L1 contract, or the code a delegation', async () => {
  const { receipts } = await run({ [holder]: { code: code(op.STOP) } }, deposit({ from: holder, mint: 1n, value: 1n }))
  assert.equal(receipts[0]?.succeeded, true)
})

test('storage refunds lower the gas a deposit uses', async () => {
  const chain = await createTestChain({
    [holder]: { code: code(push(0), store(0), op.STOP), storage: { [slotOf(0n)]: 1n } },
  })
  const built = await chain.seal([], { inputs: inputsOf({ deposits: [deposit({ to: holder })] }) })
  assert.equal(receiptsOf(built)[0]?.gasUsed, 21_000n + 5_000n + 6n - 4_800n)
})

test('deposits come before user transactions and see each other', async () => {
  const chain = await createTestChain()
  const target = addressOf(0x77)
  const built = await chain.seal([transaction(1, { to: target, value: 1n })], {
    inputs: inputsOf({ deposits: [deposit({ from: poor, to: poor, mint: ether })] }),
    devDeposits: [deposit({ from: poor, to: target, value: ether })],
    rules: { ...rules, impersonation: true },
  })
  assert.deepEqual(
    built.block.transactions.map(({ tx }) => tx.type),
    [0x7e, 0x7e, 0x7e, 2],
  )
  assert.equal(chain.balance(target), ether + 1n)
})

test('deposits that do not fit the gas limit are an error of derivation, not a block', async () => {
  const chain = await createTestChain()
  const large = deposit({ gas: 29_990_000n, to: holder })
  await assert.rejects(chain.build([], { inputs: inputsOf({ deposits: [large] }) }), /does not fit/)
})
