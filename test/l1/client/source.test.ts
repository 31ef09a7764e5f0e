import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { inspect } from 'node:util'
import { bytesToHex } from '../../../core/hex.ts'
import type { Json, JsonObject } from '../../../core/json.ts'
import { type FakeBlock, mine } from './fakeChain.ts'
import { type Call, type FakeServer, type Mischief, startFakeServer } from './fakeServer.ts'
import {
  forked,
  hashOfBlob,
  impatient,
  inboxTx,
  l1Spec,
  mockRollup,
  open,
  outageOf,
  sampleChain,
  sender,
} from './open.ts'

let chain: readonly FakeBlock[]
before(async () => {
  chain = await sampleChain()
})

/** Misbehaves on the first calls of a method, then never again. */
function atFirst(server: FakeServer, method: string, ...acts: readonly Mischief[]): void {
  let count = 0
  server.mischief = (call) => (call.method === method ? acts[count++] : undefined)
}

function always(server: FakeServer, method: string, act: Mischief | ((call: Call) => Mischief | undefined)): void {
  server.mischief = (call) => {
    if (call.method !== method) return undefined
    return typeof act === 'function' ? act(call) : act
  }
}

test('a block comes with its deposits, config and inbox, and what is not there yet is undefined', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source, health, lines } = await open(t, [server.url])
  assert.deepEqual(await source.head(), { number: 5n, hash: chain[5]!.hash })
  assert.equal(await source.hashAt(3n), chain[3]!.hash)
  assert.equal(await source.hashAt(6n), undefined)
  assert.equal(await source.block(6n), undefined)
  assert.equal(await source.finalized(), undefined)
  server.finalNumber = 3
  assert.deepEqual(await source.finalized(), { number: 3n, hash: chain[3]!.hash })

  const data = await source.block(2n)
  assert.equal(data?.parentHash, chain[1]!.hash)
  assert.equal(data?.block.hash, chain[2]!.hash)
  assert.equal(data?.block.mixHash, chain[2]!.json.mixHash)
  assert.equal(data?.block.parentBeaconBlockRoot, chain[2]!.json.parentBeaconBlockRoot)
  assert.equal(data?.block.baseFee, 1_000_000_000n)
  assert.deepEqual(
    data?.deposits.map(({ mint, data }) => [mint, bytesToHex(data)]),
    [[5n, '0x09']],
  )
  assert.deepEqual(
    data?.inbox.map(({ from, payload }) => [
      from,
      payload.kind === 'blobs' ? payload.hashes : bytesToHex(payload.data),
    ]),
    [
      [sender, '0x00'],
      [sender, '0x'],
      [sender, chain[2]!.blobs.map(hashOfBlob)],
      [sender, '0x'],
    ],
  )
  assert.equal(lines.length, 0)
  assert.deepEqual(
    health().map(({ failures }) => failures),
    [0, 0],
  )
})

test('a block without anything of ours needs no receipts', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source } = await open(t, [server.url])
  assert.deepEqual((await source.block(1n))?.inbox, [])
  assert.ok(!server.calls.some(({ method }) => method === 'eth_getBlockReceipts'))
  assert.equal((await source.block(4n))?.inbox.length, 1)
  assert.equal(server.calls.filter(({ method }) => method === 'eth_getBlockReceipts').length, 1)
})

test('whatever keeps an answer away for a moment is retried', async (t) => {
  const acts: readonly Mischief[] = [
    'drop',
    'cut',
    'hang',
    { status: 500 },
    { status: 502, body: '<html>' },
    { status: 503, headers: { 'retry-after': '0' } },
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 200, body: '{"jsonrpc"' },
    { status: 200, body: 'null' },
    { status: 200, body: '{"jsonrpc":"2.0","id":77,"result":{}}' },
    { status: 302, headers: { location: '/elsewhere' } },
    { giant: 2 ** 20 },
    { error: { code: -32000, message: 'header not found' } },
    { error: { code: -32603, message: 'internal' } },
    { result: null },
    { result: 'no block' },
  ]
  const expected = await (await open(t, [(await startFakeServer(t, chain)).url])).source.block(2n)
  for (const method of ['eth_getBlockByHash', 'eth_getBlockReceipts']) {
    const server = await startFakeServer(t, chain)
    const { source } = await open(t, [server.url], { limits: impatient })
    for (const act of acts) {
      atFirst(server, method, act)
      assert.deepEqual(await source.block(2n), expected, `${method} ${JSON.stringify(act)}`)
    }
  }
})

test('a node that never gives the answer is an outage with its cause, and nothing is remembered of it', async (t) => {
  const cases: readonly (readonly [Mischief, string])[] = [
    ['drop', 'l1_unreachable'],
    ['cut', 'l1_unreachable'],
    ['hang', 'l1_unreachable'],
    [{ status: 500 }, 'l1_unreachable'],
    [{ status: 401 }, 'l1_refused'],
    [{ status: 404, body: 'nothing here' }, 'l1_bad_answer'],
    [{ giant: 2 ** 24 }, 'l1_bad_answer'],
    [{ status: 200, body: '[' }, 'l1_bad_answer'],
    [{ error: { code: -32603, message: 'internal' } }, 'l1_rpc_error'],
    [{ error: { code: -32005, message: 'limit' } }, 'l1_rate_limited'],
    [{ result: null }, 'l1_missing'],
  ]
  await Promise.all(
    cases.map(async ([act, code]) => {
      const server = await startFakeServer(t, chain)
      const { source } = await open(t, [server.url], { limits: { ...impatient, rounds: 2 } })
      always(server, 'eth_getBlockReceipts', act)
      await assert.rejects(source.block(2n), outageOf(code))
      server.mischief = () => undefined
      await new Promise((resolve) => setTimeout(resolve, code === 'l1_rate_limited' ? 1_050 : 70))
      assert.equal((await source.block(2n))?.inbox.length, 4)
    }),
  )
})

test('an answer that never ends is dropped at its bound', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source } = await open(t, [server.url], { limits: { longTimeoutMs: 60_000, rounds: 1 } })
  always(server, 'eth_getBlockByHash', { giant: 2 ** 40 })
  await assert.rejects(source.block(2n), outageOf('l1_bad_answer'))
})

test('data that is not of the block is never given out, whichever part of it is wrong', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source } = await open(t, [server.url], { limits: { rounds: 1, patience: 1_000 } })
  const { json, receipts } = chain[2]!
  const { transactions } = json
  const wrongBlocks: readonly Json[] = [
    chain[1]!.json,
    // A block of the same height with a true hash of its own.
    (await forked(chain, 2))[2]!.json,
    { ...json, hash: chain[1]!.hash },
    { ...json, number: '0x3' },
    { ...json, baseFeePerGas: '0x1' },
    { ...json, excessBlobGas: '0x0' },
    { ...json, mixHash: json.parentHash! },
    { ...json, transactions: transactions.slice(1) },
    { ...json, transactions: transactions.toReversed() },
    { ...json, transactions: [] },
    { ...json, transactions: transactions.with(0, { ...transactions[0]!, input: '0x01' }) },
    { ...json, transactions: transactions.with(0, { ...transactions[0]!, to: `0x${'00'.repeat(20)}` }) },
  ]
  for (const result of wrongBlocks) {
    always(server, 'eth_getBlockByHash', { result })
    await assert.rejects(source.block(2n), outageOf('l1_bad_answer'))
  }
  const wrongReceipts: readonly Json[] = [
    [],
    receipts.slice(1),
    receipts.slice(0, -1),
    receipts.toReversed(),
    receipts.with(0, receipts[1]!),
    receipts.with(4, { ...receipts[4]!, status: '0x0' }),
    receipts.with(5, { ...receipts[5]!, status: '0x1' }),
    receipts.with(3, { ...receipts[3]!, logs: [] }),
    [...receipts.slice(0, 5), null],
  ]
  for (const result of wrongReceipts) {
    always(server, 'eth_getBlockReceipts', { result })
    await assert.rejects(source.block(2n), outageOf('l1_bad_answer'))
  }
  always(server, 'eth_getBlockByNumber', { result: { ...chain[3]!.json, transactions: [] } })
  await assert.rejects(source.hashAt(2n), outageOf('l1_bad_answer'))
  always(server, 'eth_getBlockByNumber', { result: { ...json, hash: chain[3]!.hash } })
  await assert.rejects(source.head(), outageOf('l1_bad_answer'))
})

test('a log index that a node makes up changes nothing: logs are counted here', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source } = await open(t, [server.url])
  const honest = await source.block(2n)
  const { receipts } = chain[2]!
  const logs = (receipts[3]!.logs as JsonObject[]).map((log) => ({ ...log, logIndex: '0x0' }))
  always(server, 'eth_getBlockReceipts', { result: receipts.with(3, { ...receipts[3]!, logs }) })
  assert.deepEqual(await source.block(2n), honest)
  assert.equal(honest?.deposits.length, 1)
})

test('a transaction of an unknown type holds up its block with its own code, and no other', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source, lines } = await open(t, [server.url], { limits: { rounds: 1 } })
  const { json } = chain[2]!
  const transactions = json.transactions.with(0, { ...json.transactions[0]!, type: '0x5' })
  always(server, 'eth_getBlockByHash', ({ params }) =>
    params[0] === json.hash ? { result: { ...json, transactions } } : undefined,
  )
  await assert.rejects(source.block(2n), outageOf('l1_unsupported'))
  assert.ok(lines.some(({ level, fields }) => level === 'warn' && fields.code === 'l1_unsupported'))
  assert.notEqual(await source.block(1n), undefined)
})

test('where receipts of a block cannot be had together they are asked for one by one', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source, health } = await open(t, [server.url], { limits: { batch: 4 } })
  const expected = await source.block(2n)
  server.calls.length = 0
  server.mischief = ({ method }) =>
    method === 'eth_getBlockReceipts' ? { error: { code: -32601, message: 'no such method' } } : undefined
  for (let round = 0; round < 2; round++) assert.deepEqual(await source.block(2n), expected)
  const count = (name: string) => server.calls.filter(({ method }) => method === name).length
  assert.deepEqual([count('eth_getBlockReceipts'), count('eth_getTransactionReceipt')], [1, 12])
  assert.equal(health()[0]?.failures, 0)
  always(server, 'eth_getTransactionReceipt', { result: null })
  await assert.rejects(source.block(2n), outageOf('l1_bad_answer'))
})

test('a node that takes no batches is asked one by one', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source } = await open(t, [server.url])
  // The first call of every batch fails it, as servers do that refuse batches.
  let requests = server.requests
  let inRequest = 0
  server.mischief = () => {
    inRequest = server.requests === requests ? inRequest + 1 : 1
    requests = server.requests
    return inRequest === 2 ? { status: 200, body: '{"error":{"code":-32600,"message":"no batches"}}' } : undefined
  }
  assert.deepEqual(await source.head(), { number: 5n, hash: chain[5]!.hash })
})

test('at most twenty calls in a request and ten requests at a time', async (t) => {
  const many = await Promise.all(Array.from({ length: 230 }, (_, nonce) => inboxTx(nonce)))
  const big = [chain[0]!, await mine(chain[0], { txs: many })]
  const server = await startFakeServer(t, big)
  const { source } = await open(t, [server.url], { limits: { maxBlockBytes: 2 ** 22, longTimeoutMs: 5_000 } })
  server.delayMs = 20
  let perRequest = 0
  let most = 0
  let request = 0
  server.mischief = ({ method }) => {
    perRequest = server.requests === request ? perRequest + 1 : 1
    request = server.requests
    most = Math.max(most, perRequest)
    return method === 'eth_getBlockReceipts' ? { error: { code: -32601, message: '' } } : undefined
  }
  assert.equal((await source.block(1n))?.inbox.length, 230)
  assert.equal(most, 20)
  assert.equal(server.mostAtOnce, 10)
})

test('a head that goes back, and another chain at a height, are told as they are', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source } = await open(t, [server.url])
  assert.equal((await source.head()).number, 5n)
  server.blocks = chain.slice(0, 3)
  assert.deepEqual(await source.head(), { number: 2n, hash: chain[2]!.hash })
  assert.equal(await source.hashAt(4n), undefined)
  const fork = await forked(chain, 3)
  server.blocks = fork
  assert.equal(await source.hashAt(4n), fork[4]!.hash)
  assert.notEqual(fork[4]!.hash, chain[4]!.hash)
  assert.equal((await source.block(4n))?.parentHash, fork[3]!.hash)
})

test('the wrong chain is fatal at the start and an outage later, until it is the right one again', async (t) => {
  const server = await startFakeServer(t, chain)
  server.chainId = 1n
  await assert.rejects(open(t, [server.url]), outageOf('l1_wrong_chain', 'fatal'))
  server.chainId = 900n
  const { source, lines } = await open(t, [server.url], { limits: { rounds: 1 } })
  server.chainId = 1n
  await assert.rejects(source.head(), outageOf('l1_wrong_chain'))
  await assert.rejects(source.block(2n), outageOf('l1_wrong_chain'))
  assert.equal(lines.filter(({ fields }) => fields.code === 'l1_wrong_chain').length, 1)
  server.chainId = 900n
  assert.equal((await source.head()).number, 5n)
  assert.equal(lines.at(-1)?.text, 'L1 node answers again')
})

test('a node that is away at the start, or comes back as another chain, is found out', async (t) => {
  const server = await startFakeServer(t, chain)
  server.mischief = () => 'drop'
  const { source, lines } = await open(t, [server.url], { limits: { rounds: 1 } })
  await assert.rejects(source.head(), outageOf('l1_unreachable'))
  server.mischief = () => undefined
  server.chainId = 5n
  await assert.rejects(source.hashAt(1n), outageOf('l1_wrong_chain'))
  server.chainId = 900n
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(await source.hashAt(1n), chain[1]!.hash)
  assert.deepEqual(
    lines.map(({ fields }) => fields.code),
    ['l1_wrong_chain', 'l1_wrong_chain'],
  )
})

test('a node that asks for patience is left alone that long', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source } = await open(t, [server.url])
  always(server, 'eth_getBlockByNumber', { status: 429, headers: { 'retry-after': '3600' } })
  await assert.rejects(source.hashAt(1n), outageOf('l1_rate_limited'))
  const { requests } = server
  server.mischief = () => undefined
  await assert.rejects(source.hashAt(1n), outageOf('l1_rate_limited'))
  assert.equal(server.requests, requests)
})

test('an outage is one line in the log, its end another', async (t) => {
  const server = await startFakeServer(t, chain)
  const { source, lines, health } = await open(t, [server.url])
  server.mischief = () => 'drop'
  for (let round = 0; round < 5; round++) await assert.rejects(source.hashAt(1n), outageOf('l1_unreachable'))
  assert.equal(health()[0]?.trouble, 'l1_unreachable')
  server.mischief = () => undefined
  await new Promise((resolve) => setTimeout(resolve, 70))
  assert.equal(await source.hashAt(1n), chain[1]!.hash)
  assert.deepEqual(
    lines.map(({ text }) => text),
    ['L1 node fails', 'L1 node answers again'],
  )
  assert.deepEqual(Object.keys(lines[0]!.fields), ['l1', 'kind', 'code', 'fix'])
})

test('credentials in a URL become a header and are in no line and no error', async (t) => {
  const server = await startFakeServer(t, chain)
  const url = server.url.replace('http://', 'http://user:s%20cret@')
  const { source, health, lines } = await open(t, [`${url}/`], { limits: { rounds: 4 } })
  assert.equal((await source.head()).number, 5n)
  assert.equal(server.headers.at(-1)?.authorization, `Basic ${Buffer.from('user:s cret').toString('base64')}`)
  server.mischief = () => 'drop'
  await assert.rejects(source.head(), (error: Error) => !error.message.includes('cret'))
  assert.ok(lines.length > 0 && !inspect([lines, health()], { depth: 9 }).includes('cret'))
  for (const wrong of ['', 'localhost:8545', 'ws://localhost', 'nonsense']) {
    await assert.rejects(open(t, [wrong]), outageOf('l1_bad_url', 'fatal'))
  }
})

test('a request ends with its signal', async (t) => {
  const server = await startFakeServer(t, chain)
  server.mischief = ({ method }) => (method === 'eth_chainId' ? undefined : 'hang')
  const { openL1Client } = await import('../../../l1/client/client.ts')
  const { systemClock } = await import('../../../core/ports/systemClock.ts')
  const stop = new AbortController()
  const drop = () => {}
  const { source } = await openL1Client({
    rpcUrls: [server.url],
    beaconUrls: [],
    spec: { ...l1Spec, rollup: mockRollup },
    kzg: { commitment: async () => new Uint8Array(48) },
    clock: systemClock,
    log: { debug: drop, info: drop, warn: drop },
    signal: stop.signal,
  })
  const startMs = performance.now()
  setTimeout(() => stop.abort(), 20)
  await assert.rejects(source.hashAt(1n), outageOf('l1_unreachable'))
  assert.ok(performance.now() - startMs < 5_000)
})
