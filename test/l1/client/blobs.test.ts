import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { bytesToHex } from '../../../core/hex.ts'
import type { L1Block } from '../../../core/ports/l1.ts'
import type { L1Limits } from '../../../l1/client/limits.ts'
import { type FakeBlock, mine } from './fakeChain.ts'
import { type FakeServer, type Mischief, startFakeServer } from './fakeServer.ts'
import { blobOf, commitmentOf, hashOfBlob, impatient, open, outageOf, sampleChain } from './open.ts'

let chain: readonly FakeBlock[]
before(async () => {
  chain = await sampleChain()
})

const blobsAt = '/eth/v1/beacon/blobs/'
const sidecarsAt = '/eth/v1/beacon/blob_sidecars/'

async function setUp(t: Parameters<typeof open>[0], count = 1, limits: Partial<L1Limits> = {}) {
  const rpc = await startFakeServer(t, chain)
  const beacons: FakeServer[] = []
  for (let made = 0; made < count; made++) beacons.push(await startFakeServer(t, chain))
  const client = await open(t, [rpc.url], { beaconUrls: beacons.map(({ url }) => url), limits })
  const data = await client.source.block(2n)
  const block: L1Block = data!.block
  const hashes = chain[2]!.blobs.map(hashOfBlob)
  const expected = new Map(hashes.map((hash, index) => [hash, chain[2]!.blobs[index]!]))
  const only = (path: string, act: Mischief) => (call: { readonly method: string }) =>
    call.method.startsWith(path) ? act : undefined
  return { ...client, beacons, beacon: beacons[0]!, block, hashes, expected, only }
}

const gone: Mischief = { status: 404, body: '{"code":404,"message":"NOT_FOUND"}' }

test('blobs come by slot, all of them, in one request', async (t) => {
  const { source, beacon, block, hashes, expected } = await setUp(t)
  assert.deepEqual(await source.blobs(block, hashes), expected)
  assert.deepEqual(await source.blobs(block, []), new Map())
  assert.deepEqual(
    beacon.calls.map(({ method }) => method),
    ['/eth/v1/config/spec', '/eth/v1/beacon/genesis', `${blobsAt}2`],
  )
  assert.deepEqual(beacon.calls[2]?.params, hashes)
  // Slots are asked for once.
  assert.deepEqual([...(await source.blobs(block, hashes.slice(1))).keys()], hashes.slice(1))
  assert.equal(beacon.calls.length, 4)
})

test('the blob of somebody else counts if its commitment has the hash', async (t) => {
  const { source, hashes, expected } = await setUp(t)
  const isBlobOf = source.isBlobOf!
  const [first, second] = hashes
  const blob = expected.get(first!)!
  assert.equal(await isBlobOf(blob, first!), true)
  assert.equal(await isBlobOf(blob, second!), false)
  assert.equal(await isBlobOf(blob.with(1, 0x55), first!), false)
  for (const malformed of [new Uint8Array(0), blob.subarray(1), blob.with(0, 0xff)]) {
    assert.equal(await isBlobOf(malformed, first!), false)
  }
})

test('an older node has only blob_sidecars', async (t) => {
  for (const act of [gone, { status: 405 }, { status: 400 }, { status: 501 }] as const) {
    const { source, beacon, block, hashes, expected, only } = await setUp(t)
    beacon.mischief = only(blobsAt, act)
    assert.deepEqual(await source.blobs(block, hashes), expected)
    beacon.mischief = ({ method }) => (method.startsWith(blobsAt) || method.startsWith(sidecarsAt) ? act : undefined)
    await assert.rejects(source.blobs(block, hashes), outageOf('blob_missing'))
  }
})

test('a newer node has no blob_sidecars any more', async (t) => {
  const { source, beacon, block, hashes, expected, only } = await setUp(t)
  beacon.mischief = only(sidecarsAt, { status: 410, body: '{"code":410}' })
  assert.deepEqual(await source.blobs(block, hashes), expected)
  beacon.mischief = ({ method }) =>
    method.startsWith(sidecarsAt) ? { status: 410 } : method.startsWith(blobsAt) ? { result: [] } : undefined
  await assert.rejects(source.blobs(block, hashes), outageOf('blob_missing'))
})

test('no blobs, other blobs, damaged blobs and too few blobs are missing blobs, never fewer blobs', async (t) => {
  const { source, beacon, block, hashes, expected } = await setUp(t, 1, impatient)
  const [first, second] = chain[2]!.blobs.map(bytesToHex)
  const outside = chain[2]!.blobs[0]!.with(0, 0xff)
  const answers: readonly Mischief[] = [
    { result: [] },
    { result: [bytesToHex(blobOf('another')), bytesToHex(blobOf('yet another'))] },
    { result: [first!] },
    { result: [first!, `${second!.slice(0, -2)}01`] },
    { result: [first!, second!.slice(0, -2)] },
    { result: [first!, `${second}00`] },
    { result: [second!, bytesToHex(outside)] },
    { result: [first!, null] },
    { result: [first!, 'garbage', 7, {}] },
    { result: 'text' },
    { status: 200, body: '{}' },
    { status: 200, body: '{"data":' },
    { giant: 2 ** 22 },
    gone,
    'drop',
    'cut',
    'hang',
    { status: 500 },
    { status: 429, headers: { 'retry-after': '0' } },
  ]
  for (const act of answers) {
    beacon.mischief = ({ method }) => (method.includes('blob') ? act : undefined)
    await assert.rejects(source.blobs(block, hashes), outageOf('blob_missing'), JSON.stringify(act).slice(0, 80))
    beacon.mischief = () => undefined
    await new Promise((resolve) => setTimeout(resolve, 70))
    assert.deepEqual(await source.blobs(block, hashes), expected)
  }
})

test('a sidecar that lies about its blob is found out', async (t) => {
  const { source, beacon, block, hashes } = await setUp(t)
  beacon.mischief = ({ method }) => {
    if (method.startsWith(blobsAt)) return gone
    if (!method.startsWith(sidecarsAt)) return undefined
    const other = blobOf('forged')
    return { result: chain[2]!.blobs.map((blob) => ({ blob: bytesToHex(other), kzg_commitment: commitmentOf(blob) })) }
  }
  await assert.rejects(source.blobs(block, hashes), outageOf('blob_missing'))
})

test('what one node lacks another has', async (t) => {
  const { source, beacons, block, hashes, expected } = await setUp(t, 3)
  const [first, second] = chain[2]!.blobs.map(bytesToHex)
  beacons[0]!.mischief = () => 'drop'
  beacons[1]!.mischief = ({ method }) => (method.startsWith(blobsAt) ? { result: [second!] } : undefined)
  // An archive: it knows neither slots nor the older path.
  beacons[2]!.mischief = ({ method }) => {
    if (method.startsWith(sidecarsAt) || !method.startsWith(blobsAt)) return gone
    return method === `${blobsAt}2` ? { result: [first!] } : gone
  }
  assert.deepEqual(await source.blobs(block, hashes), expected)
})

test('an archive that does not tell slots is asked by those of another node, whatever their order', async (t) => {
  const { source, beacons, block, hashes, expected } = await setUp(t, 2)
  beacons[0]!.mischief = ({ method }) => (method === `${sidecarsAt}2` ? undefined : gone)
  // A node that has lost its old blobs.
  beacons[1]!.mischief = ({ method }) => (method.startsWith('/eth/v1/beacon/blob') ? gone : undefined)
  assert.deepEqual(await source.blobs(block, hashes), expected)
})

test('slots are skipped: time decides, not the height', async (t) => {
  const rpc = await startFakeServer(t, chain)
  // The second slot is empty, so that block 1 is in slot 2; the Beacon node counts slots.
  const late = { ...(await mine(chain[0]!, { blobs: [blobOf('late')] })), timestamp: chain[2]!.timestamp }
  const { source } = await open(t, [rpc.url], {
    beaconUrls: [(await startFakeServer(t, [chain[0]!, chain[1]!, late])).url],
  })
  const block = { ...(await source.block(1n))!.block, timestamp: late.timestamp }
  const hash = hashOfBlob(blobOf('late'))
  assert.deepEqual(await source.blobs(block, [hash]), new Map([[hash, blobOf('late')]]))
  // And in an empty slot there is nothing.
  await assert.rejects(source.blobs({ ...block, timestamp: block.timestamp - 12n }, [hash]), outageOf('blob_missing'))
})

test('a wrong idea of slots is given up', async (t) => {
  const { source, beacon, block, hashes, expected } = await setUp(t)
  beacon.mischief = ({ method }) =>
    method === '/eth/v1/beacon/genesis' ? { result: { genesis_time: '1' } } : undefined
  await assert.rejects(source.blobs(block, hashes), outageOf('blob_missing'))
  beacon.mischief = () => undefined
  assert.deepEqual(await source.blobs(block, hashes), expected)
})

test('the length of a slot may come in milliseconds', async (t) => {
  const { source, beacon, block, hashes, expected, only } = await setUp(t)
  beacon.mischief = only('/eth/v1/config/spec', { result: { SLOT_DURATION_MS: '12000' } })
  assert.deepEqual(await source.blobs(block, hashes), expected)
})

test('without a node that tells slots blobs are asked for by the hash of the execution block', async (t) => {
  const { source, beacon, block, hashes, expected } = await setUp(t)
  beacon.mischief = ({ method }) => {
    if (method === `${blobsAt}${chain[2]!.hash}`) return { result: chain[2]!.blobs.map(bytesToHex) }
    return gone
  }
  assert.deepEqual(await source.blobs(block, hashes), expected)
})

test('a beacon node that fails is in the health report with its own trouble', async (t) => {
  const { source, beacon, block, hashes, health } = await setUp(t)
  beacon.mischief = () => ({ status: 403 })
  await assert.rejects(source.blobs(block, hashes), outageOf('blob_missing'))
  assert.equal(health()[1]?.trouble, 'l1_refused')
  assert.equal(health()[0]?.trouble, undefined)
})
