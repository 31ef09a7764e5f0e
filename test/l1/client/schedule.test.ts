import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Json } from '../../../core/json.ts'
import { toQuantity } from '../../../core/json.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import type { BlobFork } from '../../../genesis/spec.ts'
import { blobBaseFee } from '../../../l1/blobFee.ts'
import { openL1Client } from '../../../l1/client/client.ts'
import { excessBlobGas, type FakeBlock, mine } from './fakeChain.ts'
import { type FakeServer, startFakeServer } from './fakeServer.ts'
import { forked, type LogLine, l1Spec, open, outageOf, sampleChain } from './open.ts'

let chain: readonly FakeBlock[]
before(async () => {
  chain = await sampleChain()
})

const ours = l1Spec.blobSchedule[0]!.updateFraction
const another = ours + 1n

const fork = (timestamp: bigint, fraction: bigint): Json => ({
  activationTime: Number(timestamp),
  blobSchedule: { baseFeeUpdateFraction: Number(fraction), max: 9, target: 6 },
})

async function served(t: Parameters<typeof open>[0], config?: Json): Promise<FakeServer> {
  const server = await startFakeServer(t, chain)
  server.config = config
  return server
}

test('a node with the schedule of the spec lets blocks through, with the fee that follows from it', async (t) => {
  const server = await served(t, { current: fork(0n, ours), next: null, last: null })
  const { source, lines } = await open(t, [server.url])
  const fee = (await source.block(2n))?.block.blobBaseFee
  assert.equal(fee, blobBaseFee(excessBlobGas, chain[2]!.timestamp, l1Spec.blobSchedule))
  await source.block(3n)
  assert.equal(server.calls.filter(({ method }) => method === 'eth_config').length, 1)
  assert.deepEqual(lines, [])
})

test('another schedule stops derivation', async (t) => {
  const server = await served(t, { current: fork(0n, another), next: null, last: null })
  const { source } = await open(t, [server.url])
  await assert.rejects(source.block(2n), outageOf('l1_blob_schedule', 'fatal'))
  // Quantities instead of numbers are understood.
  server.config = {
    current: { activationTime: '0x0', blobSchedule: { baseFeeUpdateFraction: toQuantity(another) } },
    next: null,
  }
  await assert.rejects(source.block(2n), outageOf('l1_blob_schedule', 'fatal'))
})

test('a change that the spec does not know is announced when it is heard of, and stops the first block after it', async (t) => {
  const time = chain[3]!.timestamp
  const server = await served(t, { current: fork(0n, ours), next: fork(time, another), last: null })
  const { source, lines } = await open(t, [server.url])
  assert.notEqual(await source.block(1n), undefined)
  assert.notEqual(await source.block(2n), undefined)
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields.code]),
    [['warn', 'l1_blob_schedule']],
  )
  await assert.rejects(source.block(3n), outageOf('l1_blob_schedule', 'fatal'))
  // Old blocks stay right when the node is beyond the change.
  server.config = { current: fork(time, another), next: null, last: null }
  assert.notEqual(await source.block(2n), undefined)
  await assert.rejects(source.block(4n), outageOf('l1_blob_schedule', 'fatal'))
})

test('a change that both know is passed, and one that only the spec knows stops', async (t) => {
  const time = chain[3]!.timestamp
  const blobSchedule: readonly BlobFork[] = [...l1Spec.blobSchedule, { timestamp: time, updateFraction: another }]
  const server = await served(t, { current: fork(0n, ours), next: fork(time, another), last: null })
  const { source } = await open(t, [server.url], { spec: { ...l1Spec, blobSchedule } })
  const fees = [(await source.block(2n))?.block.blobBaseFee, (await source.block(3n))?.block.blobBaseFee]
  assert.deepEqual(
    fees,
    [chain[2]!, chain[3]!].map(({ timestamp }) => blobBaseFee(excessBlobGas, timestamp, blobSchedule)),
  )
  assert.notEqual(fees[0], fees[1])
  server.config = { current: fork(0n, ours), next: null, last: null }
  const late = await open(t, [server.url], { spec: { ...l1Spec, blobSchedule } })
  assert.notEqual(await late.source.block(2n), undefined)
  await assert.rejects(late.source.block(3n), outageOf('l1_blob_schedule', 'fatal'))
})

test('nodes that tell different schedules are no proof: derivation waits', async (t) => {
  const a = await served(t, { current: fork(0n, ours), next: null, last: null })
  const b = await served(t, { current: fork(0n, another), next: null, last: null })
  const { source } = await open(t, [a.url, b.url])
  await assert.rejects(source.block(2n), outageOf('l1_disagree'))
  b.config = a.config
  assert.notEqual(await source.block(2n), undefined)
})

/** A client at the time of the chain: blocks are young. */
async function atChainTime(t: Parameters<typeof open>[0], server: FakeServer) {
  const stop = new AbortController()
  t.after(() => stop.abort())
  const lines: LogLine[] = []
  const write = (level: string) => (fields: object, text: string) =>
    void lines.push({ level, fields: fields as Record<string, unknown>, text })
  const clock = createManualClock(Number(chain[5]!.timestamp) * 1_000)
  const log = { debug: () => {}, info: write('info'), warn: write('warn') }
  const { source } = await openL1Client({
    rpcUrls: [server.url],
    beaconUrls: [],
    spec: l1Spec,
    kzg: { commitment: async () => new Uint8Array(48) },
    clock,
    log,
    signal: stop.signal,
  })
  return { source, lines, clock }
}

test('a node without eth_config is believed by its fee history', async (t) => {
  const server = await served(t)
  server.blobFee = ({ timestamp }) => blobBaseFee(excessBlobGas, timestamp, l1Spec.blobSchedule)
  const { source, lines, clock } = await atChainTime(t, server)
  assert.notEqual(await source.block(2n), undefined)
  assert.deepEqual(lines, [])
  server.blobFee = () => 3n
  await assert.rejects(source.block(3n), outageOf('l1_blob_schedule', 'fatal'))
  // Some nodes give fees of old blocks by the schedule of today.
  await clock.advance(7_200_000)
  assert.notEqual(await source.block(3n), undefined)
})

test('the fee of another block of that height, which L1 has by now, is no other schedule', async (t) => {
  const server = await served(t)
  const fork = await forked(chain, 3)
  const fee = blobBaseFee(excessBlobGas, chain[3]!.timestamp, l1Spec.blobSchedule)
  server.blobFee = (block) => (chain.includes(block) ? fee : fee + 1n)
  const { source } = await atChainTime(t, server)
  server.mischief = ({ method }) => {
    if (method === 'eth_feeHistory') server.blocks = fork
    return undefined
  }
  await assert.rejects(source.block(3n), outageOf('l1_disagree'))
  // The block that is there now has another fee indeed.
  await assert.rejects(source.block(3n), outageOf('l1_blob_schedule', 'fatal'))
})

test('nodes that tell nothing of blob fees are one warning', async (t) => {
  const server = await served(t)
  const { source, lines } = await atChainTime(t, server)
  assert.notEqual(await source.block(2n), undefined)
  assert.notEqual(await source.block(3n), undefined)
  assert.equal(lines.length, 1)
  // Zero is what nodes say that do not know.
  server.blobFee = () => 0n
  assert.notEqual(await source.block(4n), undefined)
})

test('a head that stands still is one warning, its end one line', async (t) => {
  const server = await served(t)
  const { source, lines, clock } = await atChainTime(t, server)
  await source.head()
  assert.equal(lines.length, 0)
  await clock.advance(3_600_000)
  await source.head()
  await source.head()
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields.code]),
    [['warn', 'l1_stale']],
  )
  server.blocks = [...chain, await mine({ ...chain[5]!, number: 305n })]
  await source.head()
  assert.equal(lines.at(-1)?.text, 'L1 goes on')
})
