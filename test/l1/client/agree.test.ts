import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { FakeBlock } from './fakeChain.ts'
import { type FakeServer, startFakeServer } from './fakeServer.ts'
import { forked, impatient, open, outageOf, sampleChain } from './open.ts'

let chain: readonly FakeBlock[]
let fork: readonly FakeBlock[]
before(async () => {
  chain = await sampleChain()
  fork = await forked(chain, 3)
})

const refOf = ({ number, hash }: FakeBlock) => ({ number, hash })
const alarms = (lines: readonly { readonly level: string; readonly fields: Record<string, unknown> }[]) =>
  lines.filter(({ level, fields }) => level === 'warn' && fields.code === 'l1_disagree').length

test('two nodes that agree answer as one', async (t) => {
  const [a, b] = [await startFakeServer(t, chain), await startFakeServer(t, chain)]
  const { source, health } = await open(t, [a.url, b.url])
  assert.deepEqual(await source.head(), refOf(chain[5]!))
  assert.equal(await source.hashAt(4n), chain[4]!.hash)
  assert.equal((await source.block(2n))?.block.hash, chain[2]!.hash)
  assert.deepEqual(
    health().map(({ kind }) => kind),
    ['rpc', 'rpc', 'beacon', 'beacon'],
  )
})

test('a second node that lags holds back the head and nothing else', async (t) => {
  const [a, b] = [await startFakeServer(t, chain), await startFakeServer(t, chain.slice(0, 4))]
  a.finalNumber = 3
  b.finalNumber = 1
  const { source, lines } = await open(t, [a.url, b.url])
  assert.deepEqual(await source.head(), refOf(chain[3]!))
  assert.deepEqual(await source.finalized(), refOf(chain[1]!))
  assert.equal(await source.hashAt(3n), chain[3]!.hash)
  assert.equal(await source.hashAt(4n), undefined)
  assert.equal(await source.block(5n), undefined)
  b.finalNumber = undefined
  assert.equal(await source.finalized(), undefined)
  b.blocks = chain
  assert.deepEqual(await source.head(), refOf(chain[5]!))
  assert.equal(alarms(lines), 0)
})

test('nodes on different forks: no answer where they differ, one alarm, and an end to it', async (t) => {
  const [a, b] = [await startFakeServer(t, chain), await startFakeServer(t, fork)]
  const { source, lines } = await open(t, [a.url, b.url])
  for (let round = 0; round < 3; round++) {
    await assert.rejects(source.hashAt(4n), outageOf('l1_disagree'))
    await assert.rejects(source.block(3n), outageOf('l1_disagree'))
  }
  assert.equal(alarms(lines), 1)
  assert.equal((await source.block(2n))?.block.hash, chain[2]!.hash)
  b.blocks = chain
  assert.equal(await source.hashAt(4n), chain[4]!.hash)
  assert.equal(lines.at(-1)?.text, 'L1 nodes agree again')
})

test('the head is the newest block that nodes agree on', async (t) => {
  const tips = await forked(chain, 5)
  const [a, b] = [await startFakeServer(t, chain), await startFakeServer(t, tips)]
  const { source, lines } = await open(t, [a.url, b.url])
  assert.deepEqual(await source.head(), refOf(chain[4]!))
  assert.equal(alarms(lines), 0)
})

test('chains that have nothing in common have no head', async (t) => {
  const other = await forked(chain, 0)
  const [a, b] = [await startFakeServer(t, chain), await startFakeServer(t, other)]
  const { source, lines } = await open(t, [a.url, b.url])
  await assert.rejects(source.head(), outageOf('l1_disagree'))
  assert.equal(alarms(lines), 1)
})

test('nodes that call different blocks of a height final contradict each other', async (t) => {
  const [a, b] = [await startFakeServer(t, chain), await startFakeServer(t, fork)]
  a.finalNumber = 4
  b.finalNumber = 5
  const { source } = await open(t, [a.url, b.url])
  await assert.rejects(source.finalized(), outageOf('l1_disagree'))
})

test('one of two nodes alone decides nothing', async (t) => {
  const [a, b] = [await startFakeServer(t, chain), await startFakeServer(t, chain)]
  const { source } = await open(t, [a.url, b.url])
  b.mischief = () => 'drop'
  await assert.rejects(source.head(), outageOf('l1_unreachable'))
  await assert.rejects(source.hashAt(2n), outageOf('l1_unreachable'))
  await assert.rejects(source.block(2n), outageOf('l1_unreachable'))
  await assert.rejects(source.finalized(), outageOf('l1_unreachable'))
})

test('two of three nodes decide while the third is away, and none while it contradicts them', async (t) => {
  const servers: FakeServer[] = []
  for (let count = 0; count < 3; count++) servers.push(await startFakeServer(t, chain))
  const { source } = await open(
    t,
    servers.map(({ url }) => url),
    { limits: impatient },
  )
  servers[0]!.mischief = () => 'hang'
  assert.deepEqual(await source.head(), refOf(chain[5]!))
  assert.equal((await source.block(2n))?.inbox.length, 4)
  servers[0]!.mischief = () => undefined
  servers[2]!.blocks = fork
  await new Promise((resolve) => setTimeout(resolve, 70))
  await assert.rejects(source.hashAt(4n), outageOf('l1_disagree'))
  servers[2]!.blocks = chain.slice(0, 3)
  assert.equal(await source.hashAt(4n), chain[4]!.hash)
  assert.deepEqual(await source.head(), refOf(chain[5]!))
})

test('a node that hangs is soon asked for little', async (t) => {
  const servers: FakeServer[] = []
  for (let count = 0; count < 3; count++) servers.push(await startFakeServer(t, chain))
  const limits = { timeoutMs: 100, maxBackoffMs: 5_000, backoffMs: 1_000 }
  const { source } = await open(
    t,
    servers.map(({ url }) => url),
    { limits },
  )
  servers[1]!.mischief = () => 'hang'
  while ((await source.hashAt(1n)) !== undefined && servers[1]!.calls.length < 5) await source.head()
  const startMs = performance.now()
  for (let round = 0; round < 10; round++) await source.hashAt(1n)
  assert.ok(performance.now() - startMs < 1_000, 'ten questions in less time than ten timeouts')
})

test('what is in a block may come from any node: bad data of one is replaced by another', async (t) => {
  const [a, b] = [await startFakeServer(t, chain), await startFakeServer(t, chain)]
  const { source, health } = await open(t, [a.url, b.url])
  const honest = await source.block(2n)
  a.mischief = ({ method }) =>
    method === 'eth_getBlockReceipts' ? { result: chain[2]!.receipts.toReversed() } : undefined
  assert.deepEqual(await source.block(2n), honest)
  a.mischief = ({ method }) => (method === 'eth_getBlockByHash' ? { result: chain[3]!.json } : undefined)
  assert.deepEqual(await source.block(2n), honest)
  assert.equal(health()[1]?.failures, 0)
})
