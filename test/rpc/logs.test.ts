import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { keccak256, pad, stringToBytes, toHex } from 'viem'
import type { Address, Hash, Hex } from '../../core/hex.ts'
import { devLimits } from '../../rpc/limits.ts'
import { queryLogs } from '../../rpc/logs/query.ts'
import { createView } from '../../rpc/view.ts'
import { ask, type DevNode, post, request, startDevNode } from './devNode.ts'
import { deployProbe, probeCall } from './probe.ts'

type Log = {
  readonly address: Hex
  readonly topics: Hex[]
  readonly blockNumber: Hex
  readonly logIndex: Hex
  readonly removed: boolean
}

const topic = keccak256(stringToBytes('Ping(address,uint256,bytes)'))
const number = (value: bigint) => pad(toHex(value))

let node: DevNode
let from: string
let probes: readonly Hex[]
let first: bigint
before(async () => {
  node = await startDevNode({ logResults: 50, logRange: 100n, filters: 8, filterBacklog: 60 })
  from = node.accounts[0]!.address
  probes = [await deployProbe(node.url, from), await deployProbe(node.url, from)]
  first = BigInt(await request(node.url, 'eth_blockNumber')) + 1n
  // Blocks `first` to `first + 5`: each probe in turn, numbers 0 to 5.
  for (let i = 0; i < 6; i++) await ping(i % 2, BigInt(i))
})
after(async () => {
  assert.deepEqual(node.errors, [])
  await node.close()
})

async function ping(probe: number, value: bigint, data: Hex = '0x'): Promise<string> {
  return await request(node.url, 'eth_sendTransaction', [
    { from, to: probes[probe], data: probeCall('ping', value, data) },
  ])
}

const logs = (filter: object) => request<Log[]>(node.url, 'eth_getLogs', [filter])
const numbers = (found: readonly Log[]) => found.map(({ topics }) => BigInt(topics[2]!))
const all = () => ({ fromBlock: toHex(first), toBlock: toHex(first + 5n) })

describe('eth_getLogs', () => {
  test('finds by address, by topics, by both and by nothing, always in chain order', async () => {
    assert.deepEqual(numbers(await logs(all())), [0n, 1n, 2n, 3n, 4n, 5n])
    assert.deepEqual(numbers(await logs({ ...all(), address: probes[0] })), [0n, 2n, 4n])
    assert.deepEqual(numbers(await logs({ ...all(), address: probes.toReversed() })), [0n, 1n, 2n, 3n, 4n, 5n])
    assert.deepEqual(numbers(await logs({ ...all(), topics: [topic, null, number(3n)] })), [3n])
    assert.deepEqual(numbers(await logs({ ...all(), topics: [null, pad(from as Hex), [number(1n), number(4n)]] })), [
      1n,
      4n,
    ])
    assert.deepEqual(
      numbers(await logs({ ...all(), address: probes[1], topics: [[topic], [], [number(1n), number(4n)]] })),
      [1n],
    )
    assert.deepEqual(await logs({ ...all(), topics: [number(9n)] }), [])
    assert.deepEqual(await logs({ ...all(), topics: [topic, null, null, null] }), [], 'more positions than topics')
    assert.deepEqual(await logs({ ...all(), address: `0x${'12'.repeat(20)}` }), [])
  })

  test('takes tags, a block hash, and the latest block by default', async () => {
    await ping(0, 100n)
    assert.deepEqual(numbers(await logs({})), [100n])
    assert.deepEqual(
      numbers(await logs({ fromBlock: 'earliest', toBlock: 'latest', topics: [null, null, number(5n)] })),
      [5n],
    )
    const { hash } = await request<{ hash: Hex }>(node.url, 'eth_getBlockByNumber', [toHex(first + 2n), false])
    assert.deepEqual(numbers(await logs({ blockHash: hash })), [2n])
    assert.deepEqual(await logs({ blockHash: hash, address: probes[1] }), [])
  })

  test('an entry is the same as in the receipt', async () => {
    const hash = await ping(1, 7n, '0xdeadbeef')
    const { logs: expected } = await request<{ logs: Log[] }>(node.url, 'eth_getTransactionReceipt', [hash])
    assert.deepEqual(await logs({ address: probes[1] }), expected)
    assert.deepEqual(await logs({ topics: [topic] }), expected)
    const raw = JSON.stringify(await logs({}))
    assert.equal(raw, JSON.stringify(expected), 'with the members in the same order')
  })

  test('refuses too many results and says which range works', async () => {
    const start = BigInt(await request(node.url, 'eth_blockNumber')) + 1n
    for (let i = 0; i < 3; i++) {
      await request(node.url, 'eth_sendTransaction', [{ from, to: probes[0], data: probeCall('pings', 20n) }])
    }
    for (const filter of [{ address: probes[0] }, { address: probes }, { topics: [topic] }, {}]) {
      const range = { fromBlock: toHex(start), toBlock: 'latest' }
      const { error } = await ask(node.url, 'eth_getLogs', [{ ...filter, ...range }])
      assert.equal(error?.code, -32602)
      assert.equal(error?.message, `query exceeds max results 50, retry with the range ${start}-${start + 1n}`)
      const data = error?.data as { readonly hint: object } | undefined
      assert.equal((await logs({ ...filter, ...data?.hint })).length, 40)
    }
  })

  test('refuses too many blocks and says which range works', async () => {
    await request(node.url, 'hardhat_mine', ['0x80'])
    const { error } = await ask(node.url, 'eth_getLogs', [{ fromBlock: '0x1', toBlock: 'latest', address: probes[0] }])
    assert.equal(error?.code, -32602)
    assert.equal(error?.message, 'query exceeds max block range 100, retry with the range 1-100')
    assert.deepEqual(error?.data, { hint: { fromBlock: '0x1', toBlock: '0x64' } })
  })
})

describe('filters', () => {
  const changes = (id: string) => request<unknown[]>(node.url, 'eth_getFilterChanges', [id])

  test('a log filter collects what is new and matches', async () => {
    const id = await request(node.url, 'eth_newFilter', [{ address: probes[0], topics: [topic] }])
    assert.deepEqual(await changes(id), [])
    await ping(0, 1n)
    await ping(1, 2n)
    await ping(0, 3n)
    assert.deepEqual(numbers((await changes(id)) as Log[]), [1n, 3n])
    assert.deepEqual(await changes(id), [])
    assert.equal(await request(node.url, 'eth_uninstallFilter', [id]), true)
    assert.equal(await request(node.url, 'eth_uninstallFilter', [id]), false)
    assert.deepEqual((await ask(node.url, 'eth_getFilterChanges', [id])).error, {
      code: -32000,
      message: 'filter not found',
    })
  })

  test('eth_getFilterLogs answers the whole range of the filter', async () => {
    const range = { fromBlock: toHex(first), toBlock: toHex(first + 3n), address: probes[1] }
    const id = await request(node.url, 'eth_newFilter', [range])
    assert.deepEqual(numbers(await request<Log[]>(node.url, 'eth_getFilterLogs', [id])), [1n, 3n])
    await ping(1, 50n)
    assert.deepEqual(await changes(id), [], 'the range ended before')
    await request(node.url, 'eth_uninstallFilter', [id])
  })

  test('block and transaction filters collect hashes', async () => {
    const blocks = await request(node.url, 'eth_newBlockFilter')
    const pending = await request(node.url, 'eth_newPendingTransactionFilter')
    const whole = await request(node.url, 'eth_newPendingTransactionFilter', [true])
    const hash = await ping(0, 9n)
    const [tx] = (await changes(whole)) as { hash: string; from: string }[]
    assert.deepEqual([tx?.hash, tx?.from], [hash, from])
    const { hash: block } = await request<{ hash: string }>(node.url, 'eth_getBlockByNumber', ['latest', false])
    assert.deepEqual(await changes(blocks), [block])
    assert.deepEqual(await changes(pending), [hash])
    assert.equal((await ask(node.url, 'eth_getFilterLogs', [blocks])).error?.message, 'filter not found')
    for (const id of [blocks, pending, whole]) await request(node.url, 'eth_uninstallFilter', [id])
  })

  test('a block that leaves the chain takes its logs back', async () => {
    const id = await request(node.url, 'eth_newFilter', [{ address: probes }])
    const snapshot = await request(node.url, 'evm_snapshot')
    await ping(0, 21n)
    await ping(1, 22n)
    assert.deepEqual(numbers((await changes(id)) as Log[]), [21n, 22n])
    await request(node.url, 'evm_revert', [snapshot])
    await ping(0, 23n)
    const found = (await changes(id)) as Log[]
    assert.deepEqual(numbers(found), [22n, 21n, 23n])
    assert.deepEqual(
      found.map(({ removed }) => removed),
      [true, true, false],
    )
    await request(node.url, 'eth_uninstallFilter', [id])
  })

  test('there is a bound on filters', async () => {
    const ids: string[] = []
    for (let i = 0; i < 8; i++) ids.push(await request(node.url, 'eth_newBlockFilter'))
    assert.equal((await ask(node.url, 'eth_newBlockFilter')).error?.code, -32000)
    for (const id of ids) await request(node.url, 'eth_uninstallFilter', [id])
    assert.equal((await ask(node.url, 'eth_newBlockFilter')).error, undefined)
  })

  test('a filter nobody reads is removed rather than losing entries', async () => {
    const id = await request(node.url, 'eth_newFilter', [{ address: probes[0] }])
    for (let i = 0; i < 4; i++) {
      await request(node.url, 'eth_sendTransaction', [{ from, to: probes[0], data: probeCall('pings', 20n) }])
    }
    assert.equal((await ask(node.url, 'eth_getFilterChanges', [id])).error?.message, 'filter not found')
  })
})

test('filters expire when nobody polls them', async () => {
  let nowMs = 0
  const own = await startDevNode({ filterTtlMs: 1000 }, { nowMs: () => nowMs })
  try {
    const [kept, idle] = [await request(own.url, 'eth_newBlockFilter'), await request(own.url, 'eth_newBlockFilter')]
    nowMs = 900
    assert.deepEqual(await request(own.url, 'eth_getFilterChanges', [kept]), [])
    nowMs = 1800
    assert.deepEqual(await request(own.url, 'eth_getFilterChanges', [kept]), [])
    assert.equal((await ask(own.url, 'eth_getFilterChanges', [idle])).error?.message, 'filter not found')
  } finally {
    await own.close()
  }
})

describe('sizes', () => {
  /** Room for two logs of 3,000 bytes. */
  const responseBytes = 16_000
  let own: DevNode
  let from: string
  let probe: Hex
  before(async () => {
    own = await startDevNode({ responseBytes, filtersPerIp: 2 }, { trustProxy: true })
    from = own.accounts[0]!.address
    probe = await deployProbe(own.url, from)
  })
  after(async () => {
    assert.deepEqual(own.errors, [])
    await own.close()
  })

  async function ping(value: bigint, bytes = 3000): Promise<void> {
    const data = probeCall('ping', value, `0x${'ab'.repeat(bytes)}`)
    await request(own.url, 'eth_sendTransaction', [{ from, to: probe, data }])
    // A read sees it mined.
    await request(own.url, 'eth_blockNumber')
  }

  test('logs past the room for an answer are refused before their text is made, with the range that works', async () => {
    const start = BigInt(await request(own.url, 'eth_blockNumber')) + 1n
    for (let i = 0n; i < 4n; i++) await ping(i)
    const context = { view: createView(own.reader), limits: { ...devLimits, responseBytes } }
    for (const addresses of [[probe as Address], []]) {
      const get = (from: bigint, to: bigint) =>
        queryLogs(context, {
          filter: { addresses, topics: [] },
          range: { from: { number: from }, to: { number: to } },
        })
      const hint = { fromBlock: toHex(start), toBlock: toHex(start + 1n) }
      const message = `query exceeds max response size ${responseBytes}, retry with the range ${start}-${start + 1n}`
      assert.deepEqual(await get(start, start + 3n), { rpcError: { code: -32602, message, data: { hint } } })
      const found = await get(start, start + 1n)
      assert.ok('rawJson' in found)
      assert.deepEqual(numbers(JSON.parse(found.rawJson) as Log[]), [0n, 1n])
    }
  })

  test('one block with logs past the room for an answer is refused: there is nothing to retry with', async () => {
    await ping(0n, 8000)
    const number = BigInt(await request(own.url, 'eth_blockNumber'))
    const { hash } = await request<{ hash: Hash }>(own.url, 'eth_getBlockByNumber', ['latest', false])
    const context = { view: createView(own.reader), limits: { ...devLimits, responseBytes } }
    const refused = { rpcError: { code: -32003, message: 'response too large' } }
    for (const addresses of [[probe as Address], []]) {
      const filter = { addresses, topics: [] }
      assert.deepEqual(await queryLogs(context, { filter, range: { from: { number }, to: { number } } }), refused)
      assert.deepEqual(await queryLogs(context, { filter, range: { blockHash: hash } }), refused)
      const other = { addresses, topics: [[`0x${'00'.repeat(32)}` as Hash]] }
      assert.deepEqual(await queryLogs(context, { filter: other, range: { blockHash: hash } }), { rawJson: '[]' })
    }
  })

  const changes = (id: string, name: unknown = id) => ({
    jsonrpc: '2.0',
    id: name,
    method: 'eth_getFilterChanges',
    params: [id],
  })
  const poll = (id: string) => request<Log[]>(own.url, 'eth_getFilterChanges', [id])
  const newFilter = () => request(own.url, 'eth_newFilter', [{ address: probe }])
  const uninstall = (id: string) => request(own.url, 'eth_uninstallFilter', [id])

  test('changes past the room for an answer come with the next polls', async () => {
    const id = await newFilter()
    for (let i = 0n; i < 5n; i++) await ping(i)
    const parts = [await poll(id), await poll(id), await poll(id), await poll(id)]
    assert.deepEqual(parts.map(numbers), [[0n, 1n], [2n, 3n], [4n], []])
    await uninstall(id)
  })

  test('changes that do not fit into a batch are kept, as are those that nobody waits for', async () => {
    const [first, second] = [await newFilter(), await newFilter()]
    for (let i = 0n; i < 3n; i++) await ping(i)
    await post(own.url, JSON.stringify({ ...changes(first), id: undefined }))
    const response = await post(own.url, JSON.stringify([changes(first, 1), changes(second, 2), changes(second, 3)]))
    const answers = (await response.json()) as { result?: Log[]; error?: { code: number } }[]
    assert.deepEqual(
      answers.map(({ result, error }) => (result === undefined ? error?.code : numbers(result))),
      [[0n, 1n], -32003, -32003],
    )
    // An id takes of the room too, however long it is.
    const long = await post(own.url, JSON.stringify(changes(second, 'x'.repeat(8000))))
    const { result } = (await long.json()) as { result: Log[] }
    assert.deepEqual(numbers(result), [0n])
    assert.deepEqual(
      (await poll(first)).map(({ topics }) => BigInt(topics[2]!)),
      [2n],
    )
    assert.deepEqual(numbers(await poll(second)), [1n, 2n])
    for (const id of [first, second]) await uninstall(id)
  })

  test('an entry that fits into no answer ends its filter', async () => {
    const id = await newFilter()
    await ping(0n, 8000)
    assert.equal((await ask(own.url, 'eth_getFilterChanges', [id])).error?.message, 'filter not found')
  })

  test('one address has a share of the filters', async () => {
    const install = async (ip: string) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_newBlockFilter' })
      const response = await post(own.url, body, { 'x-forwarded-for': ip })
      return (await response.json()) as { result?: string; error?: { code: number; message: string } }
    }
    const installed = [await install('203.0.113.1'), await install('203.0.113.1')].map(({ result }) => result!)
    const { error } = await install('203.0.113.1')
    assert.deepEqual([error?.code, error?.message], [-32000, 'too many filters'])
    installed.push((await install('203.0.113.2')).result!)
    await uninstall(installed[0]!)
    installed.push((await install('203.0.113.1')).result!)
    assert.equal((await install('203.0.113.1')).error?.code, -32000)
    for (let i = 0; i < 3; i++) installed.push((await install('127.0.0.1')).result!)
    for (const id of installed.slice(1)) assert.equal(await uninstall(id), true)
  })
})

test('a filter with too many unread bytes is removed rather than losing entries', async () => {
  const own = await startDevNode({ filterBacklogBytes: 150 })
  try {
    const id = await request(own.url, 'eth_newBlockFilter')
    await request(own.url, 'hardhat_mine', ['0x2'])
    assert.equal((await request<string[]>(own.url, 'eth_getFilterChanges', [id])).length, 2)
    await request(own.url, 'hardhat_mine', ['0x2'])
    assert.equal(
      (await request<string[]>(own.url, 'eth_getFilterChanges', [id])).length,
      2,
      'only what is unread counts',
    )
    await request(own.url, 'hardhat_mine', ['0x3'])
    assert.equal((await ask(own.url, 'eth_getFilterChanges', [id])).error?.message, 'filter not found')
  } finally {
    await own.close()
  }
})
