import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import { type Address, zeroHash } from '../../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { createAddress } from '../../core/txEnvelope.ts'
import { assertConserved, balanceChange } from '../../state/conservation.ts'
import type { BlockEnv } from '../../state/engine.ts'
import { createWorld } from '../../state/world.ts'
import { callTo, code, deploy, memory, op, push, revert } from './evmCode.ts'
import { addressOf } from './memoryReader.ts'
import { createTestChain, genesisTime, gwei, transaction } from './testChain.ts'

const coinbase = addressOf(0xfee)
const env: BlockEnv = {
  number: 1n,
  timestamp: genesisTime,
  coinbase,
  gasLimit: 30_000_000n,
  baseFee: gwei,
  mixHash: zeroHash,
  parentHash: zeroHash,
  parentBeaconBlockRoot: zeroHash,
}

/** Executes transactions and gives the wei each destroyed; the sum must be what the balances lost. */
async function destroyed(accounts: Parameters<typeof createTestChain>[0], ...txs: TxEnvelope<SignedTx>[]) {
  const chain = await createTestChain(accounts)
  const world = createWorld(chain.state())
  const execution = chain.engine.openBlock(world, env)
  const burns: bigint[] = []
  for (const tx of txs) {
    const result = await execution.executeTx(tx)
    assert(!('reject' in result))
    burns.push(result.destroyed)
  }
  execution.close()
  const sum = burns.reduce((total, wei) => total + wei, 0n)
  assert.equal(balanceChange(world.finish()), -sum)
  return burns
}

const toSelf = code(op.ADDRESS, op.SELFDESTRUCT)
const holder = addressOf(0xc0de)

test('a contract that self-destructs to itself while it is created destroys its balance', async () => {
  assert.deepEqual(await destroyed({}, transaction(0, { value: 7n, data: toSelf })), [7n])
})

test('what a doomed contract receives afterwards goes too', async () => {
  // A factory (the creation itself) makes a child with 5 wei that destroys itself, then sends it 4 more.
  const child = toSelf
  const factory = code(memory(`0x${Buffer.from(child).toString('hex')}`), push(child.length), push(32 - child.length))
  const run = code(factory, push(5), op.CREATE)
  const send = code(push(0), push(0), push(0), push(0), push(4), 0x85, push(100_000), 0xf1)
  assert.deepEqual(await destroyed({}, transaction(0, { value: 20n, data: code(run, send, op.STOP) })), [9n])
})

test('a self-destruct to another account destroys nothing, neither does one of an old contract to itself', async () => {
  const toOther = code(push(coinbase), op.SELFDESTRUCT)
  assert.deepEqual(
    await destroyed(
      { [holder]: { nonce: 1n, balance: 50n, code: toSelf } },
      transaction(0, { value: 7n, data: toOther }),
      transaction(1, { to: holder, value: 7n }),
    ),
    [0n, 0n],
  )
})

test('a burn in a frame that reverts did not happen', async () => {
  const child = code(toSelf)
  const make = code(memory(`0x${Buffer.from(child).toString('hex')}`), push(child.length), push(32 - child.length))
  const factory = code(make, push(5), op.CREATE, revert)
  const accounts = { [holder]: { nonce: 1n, balance: 50n, code: factory } }
  const outer = code(callTo('call', holder), op.STOP)
  assert.deepEqual(await destroyed(accounts, transaction(0, { data: outer })), [0n])
  assert.deepEqual(await destroyed(accounts, transaction(0, { to: holder, value: 1n })), [0n])
})

test('a contract deployed and destroyed twice in one transaction burns each time what it has', async () => {
  const initcode = deploy(toSelf)
  const make = code(
    memory(`0x${Buffer.from(initcode).toString('hex')}`),
    push(initcode.length),
    push(32 - initcode.length),
  )
  const send = (wei: number) => code(push(0), push(0), push(0), push(0), push(wei), 0x85, push(100_000), 0xf1, op.POP)
  const twice = code(make, push(0), op.CREATE, send(2), send(3), op.STOP)
  assert.deepEqual(await destroyed({}, transaction(0, { value: 20n, data: twice })), [5n])
})

test('an old contract keeps what it sends to itself', async () => {
  const created = createAddress(transaction(0).from, 0n)
  const accounts = {
    [holder]: { nonce: 1n, balance: 50n, code: code(callTo('call', created, { value: 2n }), op.STOP) },
  }
  const kill = deploy(toSelf)
  assert.deepEqual(
    await destroyed(accounts, transaction(0, { value: 9n, data: kill }), transaction(1, { to: holder })),
    [0n, 0n],
  )
})

test('the check tells a wei too much or too little', () => {
  const change = (before: bigint, after: bigint) => ({
    before: { nonce: 0n, balance: before, codeHash: emptyCodeHash, storageRoot: emptyTrieRoot },
    after: { nonce: 0n, balance: after, codeHash: emptyCodeHash },
    wiped: false,
    storage: new Map(),
  })
  const accounts = new Map<Address, ReturnType<typeof change>>([
    [addressOf(1), change(10n, 4n)],
    [addressOf(2), change(0n, 9n)],
  ])
  const diff = { accounts, code: new Map() }
  assert.equal(balanceChange(diff), 3n)
  assertConserved(diff, { minted: 5n, destroyed: 2n })
  assert.throws(() => assertConserved(diff, { minted: 5n, destroyed: 1n }), /balances changed by 3/)
  assert.throws(() => assertConserved(diff, { minted: 2n, destroyed: 0n }))
})
