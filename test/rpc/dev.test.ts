import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createTestClient, http, verifyMessage } from 'viem'
import type { Hex } from '../../core/hex.ts'
import { ask, type DevNode, request, startDevNode } from './devNode.ts'

let node: DevNode
let from: string
before(async () => {
  node = await startDevNode()
  from = node.accounts[0]!.address
})
after(async () => {
  assert.deepEqual(node.errors, [])
  await node.close()
})

const get = <T = string>(method: string, ...params: readonly unknown[]) => request<T>(node.url, method, params)
const head = async () => BigInt(await get('eth_blockNumber'))
const time = async () => BigInt((await get<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false)).timestamp)
const stranger = `0x${'5a'.repeat(20)}`

test('blocks on demand', async () => {
  const start = await head()
  assert.equal(await get('evm_mine'), '0x0')
  assert.equal(await get('hardhat_mine'), true)
  assert.equal(await get('anvil_mine', '0x3', 10), true)
  assert.equal(await get('evm_mine', { blocks: 2 }), '0x0')
  assert.equal(await head(), start + 7n)
})

test('safe and finalized follow the head at a fixed depth, and wait after a revert', async () => {
  const label = async (tag: string) => BigInt((await get<{ number: Hex }>('eth_getBlockByNumber', tag, false)).number)
  const distances = async () => {
    const newest = await head()
    return [newest - (await label('safe')), newest - (await label('finalized'))]
  }
  await get('hardhat_mine', '0x46')
  assert.deepEqual(await distances(), [32n, 64n])
  const snapshot = await get('evm_snapshot')
  await get('hardhat_mine', '0x28')
  assert.equal(await get('evm_revert', snapshot), true)
  assert.deepEqual(await distances(), [0n, 24n])
  await get('hardhat_mine', '0x29')
  assert.deepEqual(await distances(), [32n, 64n])
})

test('time on demand', async () => {
  const now = await time()
  await get('evm_mine', Number(now) + 500)
  assert.equal(await time(), now + 500n)
  await get('evm_setNextBlockTimestamp', `0x${(now + 1000n).toString(16)}`)
  await get('evm_mine')
  assert.equal(await time(), now + 1000n)
  const { error } = await ask(node.url, 'evm_setNextBlockTimestamp', [Number(now)])
  assert.deepEqual([error?.code, /timestamp/.test(error?.message ?? '')], [-32000, true])
  assert.equal(typeof (await get<unknown>('evm_increaseTime', 3600)), 'number')
  await get('evm_mine')
  assert.ok((await time()) >= now + 4600n)
})

test('time that the protocol could not reckon with is refused, and the chain lives on', async () => {
  const refused = async (method: string, ...params: unknown[]) => {
    const { error } = await ask(node.url, method, params)
    assert.deepEqual([error?.code, /too far ahead/.test(error?.message ?? '')], [-32602, true], method)
  }
  const start = await head()
  const snapshot = await get('evm_snapshot')
  for (const sec of ['0x8000000001', '0xffffffffffffffff', '0x10000000000000000', `0x${'f'.repeat(64)}`]) {
    await refused('evm_setNextBlockTimestamp', sec)
    await refused('evm_increaseTime', sec)
    await refused('evm_mine', sec)
    await refused('evm_mine', { blocks: 1, timestamp: sec })
    await refused('hardhat_mine', '0x2', sec)
  }
  await refused('hardhat_mine', '0x5', '0x2000000000')
  assert.equal(await head(), start)
  await get('evm_mine', 2 ** 39)
  await get('evm_mine')
  await get('hardhat_mine', '0x3', 0)
  await get('eth_sendTransaction', { from, to: stranger, value: '0x1' })
  assert.deepEqual([await head(), await time()], [start + 6n, 2n ** 39n])
  assert.equal(await get('evm_revert', snapshot), true)
  assert.equal(await head(), start)
})

test('estimates run at the time that the next block has', async () => {
  // PUSH8 deadline, TIMESTAMP, GT, PUSH1 17, JUMPI, REVERT(0, 0), JUMPDEST, STOP
  const deadline = (await time()) + 50_000n
  const check = `67${deadline.toString(16).padStart(16, '0')}4211601157${'5f5ffd'}${'5b'}00`
  const data = `0x61${(check.length / 2).toString(16).padStart(4, '0')}80600a5f395ff3${check}`
  const created = await get<string>('eth_sendTransaction', { from, data, gas: '0x30d40' })
  const { contractAddress: to } = await get<{ contractAddress: string }>('eth_getTransactionReceipt', created)
  assert.equal((await ask(node.url, 'eth_estimateGas', [{ from, to }])).error?.code, 3)
  await get('evm_increaseTime', 60_000)
  assert.match(await get('eth_estimateGas', { from, to }), /^0x/)
  const hash = await get('eth_sendTransaction', { from, to })
  assert.equal((await get<{ status: string }>('eth_getTransactionReceipt', hash)).status, '0x1')
})

test('automine off: transactions wait for evm_mine', async () => {
  await get('evm_setAutomine', false)
  assert.deepEqual([await get('hardhat_getAutomine'), await get('anvil_getAutomine')], [false, false])
  const start = await head()
  const hashes: string[] = []
  for (let i = 0; i < 3; i++) hashes.push(await get('eth_sendTransaction', { from, to: stranger, value: '0x1' }))
  assert.equal(await head(), start)
  assert.deepEqual(await get('txpool_status'), { pending: '0x3', queued: '0x0' })
  await get('evm_mine')
  const { transactions } = await get<{ transactions: string[] }>('eth_getBlockByNumber', 'latest', false)
  assert.deepEqual(transactions.slice(1), hashes)
  await get('evm_setAutomine', true)
  assert.equal(await get('hardhat_getAutomine'), true)
})

test('interval mining', async () => {
  const start = await head()
  await get('evm_setIntervalMining', 100)
  while ((await head()) < start + 3n) await wait(5)
  await get('evm_setIntervalMining', 0)
  const stopped = await head()
  await wait(220)
  assert.ok((await head()) <= stopped + 1n)
})

test('an interval in seconds where milliseconds are meant is refused with what to do instead', async () => {
  const start = await head()
  const anvilTester = createTestClient({ mode: 'anvil', transport: http(node.url) })
  await assert.rejects(anvilTester.setIntervalMining({ interval: 5 }), /milliseconds, 0 or at least 100/)
  const { error } = await ask(node.url, 'evm_setIntervalMining', [[99, 5000]])
  assert.equal(error?.code, -32602)
  assert.match(JSON.stringify(error?.data), /anvil_setIntervalMining/)
  await wait(150)
  assert.equal(await head(), start)
  const hardhatTester = createTestClient({ mode: 'hardhat', transport: http(node.url) })
  await hardhatTester.setIntervalMining({ interval: 1 })
  await hardhatTester.setIntervalMining({ interval: 0 })
  assert.equal(await get<unknown>('anvil_setIntervalMining', 1), null)
  await wait(600)
  assert.equal(await head(), start, 'a second is not over')
  while ((await head()) === start) await wait(20)
  await anvilTester.setIntervalMining({ interval: 0 })
})

test('snapshots nest, and a used one is gone with all later ones', async () => {
  const start = await head()
  const outer = await get('evm_snapshot')
  await get('evm_mine')
  const inner = await get('evm_snapshot')
  await get('evm_mine')
  assert.equal(await get('evm_revert', inner), true)
  assert.equal(await head(), start + 1n)
  assert.equal(await get('evm_revert', inner), false)
  const late = await get('evm_snapshot')
  assert.equal(await get('evm_revert', outer), true)
  assert.equal(await head(), start)
  assert.equal(await get('evm_revert', late), false)
})

test('balances', async () => {
  for (const name of ['hardhat_setBalance', 'anvil_setBalance', 'evm_setAccountBalance']) {
    for (const wei of ['0xde0b6b3a7640000', '0x0', '0x5']) {
      assert.equal(await get(name, stranger, wei), true)
      assert.equal(await get('eth_getBalance', stranger, 'latest'), wei, name)
    }
  }
  const large = `0x${'f'.repeat(32)}`
  await get('hardhat_setBalance', stranger, large)
  const { error } = await ask(node.url, 'hardhat_setBalance', [stranger, `0x${'f'.repeat(64)}`])
  assert.deepEqual([error?.code, /at most 2\^192 wei/.test(error?.message ?? '')], [-32602, true])
  assert.equal(await get('eth_getBalance', stranger, 'latest'), large)
  const books = await ask(node.url, 'hardhat_setBalance', [`0x${'0a03'.padStart(40, '0')}`, '0x5'])
  assert.deepEqual([books.error?.code, /the protocol's accounts/.test(books.error?.message ?? '')], [-32602, true])
})

test('impersonated accounts send without a key, for as long as they are', async () => {
  const whale = `0x${'6b'.repeat(20)}`
  const send = () => ask(node.url, 'eth_sendTransaction', [{ from: whale, to: stranger, value: '0x7' }])
  await get('anvil_setBalance', whale, '0xde0b6b3a7640000')
  assert.match((await send()).error?.message ?? '', /unknown account/)
  await get('hardhat_impersonateAccount', whale)
  const hash = (await send()).result as string
  const receipt = await get<{ from: string; status: string }>('eth_getTransactionReceipt', hash)
  assert.deepEqual([receipt.from, receipt.status], [whale, '0x1'])
  const tx = await get<{ from: string; nonce: string }>('eth_getTransactionByHash', hash)
  assert.deepEqual([tx.from, tx.nonce], [whale, '0x0'])
  assert.equal(await get('hardhat_stopImpersonatingAccount', whale), true)
  assert.match((await send()).error?.message ?? '', /unknown account/)
  await get('anvil_autoImpersonateAccount', true)
  assert.equal((await send()).error, undefined)
  // What the protocol holds is many people's: it moves by the protocol's functions alone.
  const purse = { from: `0x${'0a03'.padStart(40, '0')}`, to: stranger, value: '0x0' }
  assert.match((await ask(node.url, 'eth_sendTransaction', [purse])).error?.message ?? '', /the protocol's accounts/)
  await get('anvil_autoImpersonateAccount', false)
  assert.match((await send()).error?.message ?? '', /unknown account/)
})

test('one account can send many transactions at once', async () => {
  const sender = node.accounts[8]!.address
  const sends = Array.from({ length: 25 }, () =>
    get('eth_sendTransaction', { from: sender, to: stranger, value: '0x1' }),
  )
  assert.equal(new Set(await Promise.all(sends)).size, 25)
  assert.equal(await get('eth_getTransactionCount', sender, 'latest'), '0x19')
})

test('a contract can be impersonated', async () => {
  const passer = '0x4200000000000000000000000000000000000016'
  await get('anvil_setBalance', passer, '0xde0b6b3a7640000')
  await get('anvil_impersonateAccount', passer)
  const hash = await get('eth_sendTransaction', { from: passer, to: stranger, value: '0x1' })
  assert.equal((await get<{ status: string }>('eth_getTransactionReceipt', hash)).status, '0x1')
})

test('messages are signed as wallets sign them', async () => {
  const message = `0x${Buffer.from('hello').toString('hex')}`
  const address = from as Hex
  for (const signature of [await get('eth_sign', from, message), await get('personal_sign', message, from)]) {
    assert.ok(await verifyMessage({ address, message: 'hello', signature: signature as Hex }))
  }
  assert.match((await ask(node.url, 'eth_sign', [stranger, message])).error?.message ?? '', /unknown account/)
})

test("a member named `bad` of a caller's object means nothing", async () => {
  const typed = {
    types: { EIP712Domain: [{ name: 'name', type: 'string' }], Note: [{ name: 'bad', type: 'string' }] },
    domain: { name: 'test' },
    primaryType: 'Note',
    message: { bad: 'a note' },
  }
  const signature = await get('eth_signTypedData_v4', from, typed)
  assert.match(signature, /^0x[0-9a-f]{130}$/)
  assert.equal(await get('eth_signTypedData_v4', from, { ...typed, bad: 'a sentence' }), signature)
})

test('tools can tell what the node is', async () => {
  const metadata = await get<{
    chainId: number
    latestBlockNumber: number
    clientVersion: string
    instanceId: string
  }>('hardhat_metadata')
  assert.deepEqual([metadata.chainId, BigInt(metadata.latestBlockNumber)], [31337, await head()])
  assert.doesNotMatch(metadata.clientVersion, /anvil|ganache/i)
  const { instanceId } = metadata
  assert.match(instanceId, /^0x[0-9a-f]{64}$/)
  assert.equal((await get<typeof metadata>('anvil_metadata')).instanceId, instanceId)
  const other = await startDevNode()
  try {
    assert.notEqual((await request<typeof metadata>(other.url, 'hardhat_metadata')).instanceId, instanceId)
  } finally {
    await other.close()
  }
  const info = await get<{ environment: { chainId: number } }>('anvil_nodeInfo')
  assert.equal(info.environment.chainId, 31337)
})

test('a transaction is seen by every read that follows it', async () => {
  for (let i = 0; i < 30; i++) {
    const before = await head()
    const hash = await get('eth_sendTransaction', { from, to: stranger, value: '0x1' })
    const reads = [
      get('eth_blockNumber'),
      get('eth_getTransactionReceipt', hash),
      get('eth_getTransactionCount', from, 'latest'),
    ]
    const [number, receipt, nonce] = await Promise.all(reads)
    assert.equal(BigInt(number!), before + 1n)
    assert.notEqual(receipt, null)
    assert.equal(nonce, await get('eth_getTransactionCount', from, 'pending'))
  }
})
