import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Hex } from '../../core/hex.ts'
import { ask, type DevNode, request, startDevNode } from './devNode.ts'
import { deployProbe, probeCall } from './probe.ts'
import { connectWs, type WsClient } from './wsClient.ts'

type Head = { readonly number: Hex; readonly hash: Hex; readonly parentHash: Hex }
type Log = { readonly topics: Hex[]; readonly removed: boolean; readonly blockHash: Hex }

let node: DevNode
let from: string
let probe: Hex
let ws: WsClient
before(async () => {
  node = await startDevNode()
  from = node.accounts[0]!.address
  probe = await deployProbe(node.url, from)
  ws = await connectWs(node.wsUrl)
})
after(async () => {
  assert.deepEqual(node.errors, [])
  await ws.close()
  await node.close()
})

const ping = (value: bigint) =>
  request(node.url, 'eth_sendTransaction', [{ from, to: probe, data: probeCall('ping', value, '0x') }])

describe('WebSocket', () => {
  test('answers like HTTP, batches and notifications included', async () => {
    assert.equal(await ws.request('eth_chainId'), '0x7a69')
    ws.send('[{"jsonrpc":"2.0","id":1,"method":"net_version"},{"jsonrpc":"2.0","method":"net_version"}]')
    assert.deepEqual(await ws.next(), [{ jsonrpc: '2.0', id: 1, result: '31337' }])
    ws.send('{"jsonrpc":"2.0","method":"net_version"}')
    ws.send('{')
    assert.deepEqual(await ws.next(), { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } })
  })

  test('subscriptions need one', async () => {
    const { error } = await ask(node.url, 'eth_subscribe', ['newHeads'])
    assert.equal(error?.code, -32601)
    assert.match(error?.message ?? '', /notifications not supported/)
  })

  test('a message over the limit ends the connection', async () => {
    const other = await connectWs(node.wsUrl)
    other.send(`"${' '.repeat(1 << 20)}"`)
    assert.equal((await other.closed).code, 1009)
  })
})

describe('subscriptions', () => {
  test('newHeads come after everything of the block is readable', async () => {
    const id = await ws.request('eth_subscribe', ['newHeads'])
    for (let i = 0; i < 3; i++) {
      const hash = await ping(BigInt(i))
      const head = await ws.event<Head>(id)
      const receipt = await ws.request<{ blockHash: Hex; logs: unknown[] }>('eth_getTransactionReceipt', [hash])
      assert.equal(receipt.blockHash, head.hash)
      assert.equal((await ws.request<unknown[]>('eth_getLogs', [{ blockHash: head.hash }])).length, 1)
      assert.notEqual(await ws.request('eth_getBalance', [from, { blockHash: head.hash }]), '0x0')
      const block = await ws.request<Head>('eth_getBlockByHash', [head.hash, false])
      assert.equal(block.parentHash, head.parentHash)
    }
    assert.equal(await ws.request('eth_unsubscribe', [id]), true)
    await assert.rejects(ws.request('eth_unsubscribe', [id]), /subscription not found/)
  })

  test('blocks mined at once are all announced, in order', async () => {
    const id = await ws.request('eth_subscribe', ['newHeads'])
    const start = BigInt(await ws.request('eth_blockNumber'))
    await ws.request('hardhat_mine', ['0x14'])
    for (let number = start + 1n; number <= start + 20n; number++) {
      assert.equal(BigInt((await ws.event<Head>(id)).number), number)
    }
    await ws.request('eth_unsubscribe', [id])
  })

  test('logs match the filter, and come again as removed when their block leaves the chain', async () => {
    const id = await ws.request('eth_subscribe', ['logs', { address: probe }])
    const none = await ws.request('eth_subscribe', ['logs', { address: `0x${'13'.repeat(20)}` }])
    const heads = await ws.request('eth_subscribe', ['newHeads'])
    const snapshot = await ws.request('evm_snapshot')
    await ping(1n)
    await ping(2n)
    const seen = [await ws.event<Log>(id), await ws.event<Log>(id)]
    assert.deepEqual(
      seen.map(({ topics }) => BigInt(topics[2]!)),
      [1n, 2n],
    )
    const before = [await ws.event<Head>(heads), await ws.event<Head>(heads)]
    await ws.request('evm_revert', [snapshot])
    const removed = [await ws.event<Log>(id), await ws.event<Log>(id)]
    assert.deepEqual(
      removed.map(({ topics, removed }) => [BigInt(topics[2]!), removed]),
      [
        [2n, true],
        [1n, true],
      ],
    )
    assert.equal(removed[1]?.blockHash, seen[0]?.blockHash)
    await ping(3n)
    assert.equal(BigInt((await ws.event<Log>(id)).topics[2]!), 3n)
    const head = await ws.event<Head>(heads)
    assert.equal(head.number, before[0]?.number, 'the new block has the height of the first that left')
    for (const subscription of [id, none, heads]) await ws.request('eth_unsubscribe', [subscription])
  })

  test('newPendingTransactions are hashes, or whole with true', async () => {
    const hashes = await ws.request('eth_subscribe', ['newPendingTransactions'])
    const whole = await ws.request('eth_subscribe', ['newPendingTransactions', true])
    const hash = await ping(4n)
    assert.equal(await ws.event(hashes), hash)
    const tx = await ws.event<{ hash: string; blockHash: null; from: string }>(whole)
    assert.deepEqual([tx.hash, tx.blockHash, tx.from], [hash, null, from])
    for (const subscription of [hashes, whole]) await ws.request('eth_unsubscribe', [subscription])
  })

  test('the answer with the id comes before the first event, also in a batch', async () => {
    const other = await connectWs(node.wsUrl)
    const calls = [
      { jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] },
      { jsonrpc: '2.0', id: 2, method: 'evm_mine' },
    ]
    other.send(JSON.stringify(calls))
    const [subscribed] = (await other.next()) as { result: string }[]
    assert.ok((await other.event<Head>(subscribed?.result ?? '')).number)
    await other.close()
  })

  test('unknown kinds, bad filters and too many are refused', async () => {
    await assert.rejects(ws.request('eth_subscribe', ['nothing']), /-32601 no such subscription/)
    await assert.rejects(ws.request('eth_subscribe', ['constructor']), /-32601 no such subscription/)
    await assert.rejects(ws.request('eth_subscribe', ['logs', { address: 'x' }]), /-32602/)
    const other = await connectWs(node.wsUrl)
    for (let i = 0; i < 128; i++) await other.request('eth_subscribe', ['syncing'])
    await assert.rejects(other.request('eth_subscribe', ['syncing']), /-32000 too many subscriptions: at most 128/)
    await other.close()
  })

  test('others’ subscriptions cannot be ended', async () => {
    const other = await connectWs(node.wsUrl)
    const id = await other.request('eth_subscribe', ['syncing'])
    await assert.rejects(ws.request('eth_unsubscribe', [id]), /subscription not found/)
    await other.close()
  })
})

test('a block announced to nobody is known as one that left when it is reverted', async () => {
  const own = await startDevNode()
  const client = await connectWs(own.wsUrl)
  try {
    const [sender, to] = own.accounts.map(({ address }) => address)
    const mine = (value: string) => client.request('eth_sendTransaction', [{ from: sender, to, value }])
    const snapshot = await client.request('evm_snapshot')
    const first = await client.request('eth_subscribe', ['newHeads'])
    await mine('0x1')
    const head = await client.event<Head>(first)
    await client.request('evm_revert', [snapshot])
    await client.request('eth_unsubscribe', [first])
    const again = await client.request('evm_snapshot')
    await mine('0x2')
    // A read sees it mined.
    await client.request('eth_blockNumber')
    const second = await client.request('eth_subscribe', ['newHeads'])
    await client.request('evm_revert', [again])
    await mine('0x3')
    const next = await Promise.race([client.event<Head>(second), wait(5000)])
    assert.equal(next?.number, head.number, 'the block of the same height is announced')
    assert.equal((await client.request<Head>('eth_getBlockByNumber', ['latest', false])).hash, next?.hash)
  } finally {
    await client.close()
    await own.close()
  }
})

test('a reader that takes nothing is cut off', async () => {
  const own = await startDevNode({ wsBufferBytes: 64 * 1024 })
  try {
    const { hostname, port } = new URL(own.url)
    const socket = connect(Number(port), hostname)
    const handshake = ['GET / HTTP/1.1', `Host: ${hostname}`, 'Connection: Upgrade', 'Upgrade: websocket']
    const rest = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', '']
    socket.write([...handshake, ...rest].join('\r\n'))
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    const text = Buffer.from(
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', true] }),
    )
    const frame = Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), text])
    assert.ok(text.length < 126)
    for (let i = 0; i < 20_000 && !socket.destroyed; i++) {
      socket.write(frame)
      if (i % 500 === 0) await wait(1)
    }
    socket.resume()
    await closed
  } finally {
    await own.close()
  }
})

test('a dead connection is found by its missing pong', async () => {
  const own = await startDevNode({ wsPingMs: 30 })
  try {
    const alive = await connectWs(own.wsUrl)
    await wait(150)
    assert.equal(await alive.request('eth_chainId'), '0x7a69', 'a client that answers pings stays')
    await alive.close()
    const { hostname, port } = new URL(own.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `GET / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
  } finally {
    await own.close()
  }
})
