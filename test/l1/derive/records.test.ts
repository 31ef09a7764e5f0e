import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Address, Hash } from '../../../core/hex.ts'
import { bytesToHex } from '../../../core/hex.ts'
import type { DepositTx } from '../../../core/tx.ts'
import { type BatchInfo, decodeBatchInfo, encodeBatchInfo } from '../../../l1/derive/batchInfo.ts'
import { decodeRecord, encodeRecord, type L1Record } from '../../../l1/derive/record.ts'
import type { L1Source } from '../../../l1/source.ts'
import { withArchive } from '../../../l1/store/archive.ts'
import { blobOp, createL1Store, foldOps, forgetRecordOps, tipOp, undoOps } from '../../../l1/store/records.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { batchKey, keyOf } from '../../../state/store/tables.ts'
import { check } from '../../core/random.ts'
import { origin } from './fakeL1.ts'
import { config, epochOf, hashOf, safeAt } from './fixtures.ts'

const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true })
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytesToHex(bytes) as Hash)
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => bytesToHex(bytes) as Address)
const u64 = fc.bigInt(0n, 2n ** 64n - 1n)
const u256 = fc.bigInt(0n, 2n ** 256n - 1n)
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const ref = plain({ number: u64, hash })

const deposit: fc.Arbitrary<DepositTx> = plain({
  type: fc.constant(0x7e as const),
  sourceHash: hash,
  from: address,
  to: fc.option(address, { nil: undefined }),
  mint: u256,
  value: u256,
  gas: u64,
  isSystemTx: fc.boolean(),
  data: fc.uint8Array({ maxLength: 100 }),
})
const record: fc.Arbitrary<L1Record> = plain({
  block: plain({
    number: u64,
    hash,
    timestamp: u64,
    baseFee: u256,
    blobBaseFee: u256,
    mixHash: hash,
    parentBeaconBlockRoot: hash,
  }),
  parentHash: hash,
  deposits: fc.array(deposit, { maxLength: 4 }),
  config: plain({
    system: plain({
      batcherHash: hash,
      gasLimit: u64,
      eip1559Denominator: u32,
      eip1559Elasticity: u32,
      daFeeScalar: u32,
    }),
    unsafeSigner: address,
  }),
  safe: plain({ number: u64, hash, timestamp: u64, origin: ref, sequenceNumber: u64 }),
})
const info: fc.Arbitrary<BatchInfo> = plain({
  l1Number: u64,
  txHash: hash,
  kind: fc.constantFrom('blobs' as const, 'calldata' as const),
  payloadBytes: u32,
  blobs: u32,
  channelBytes: u32,
  inflatedBytes: u32,
  blocks: fc.option(fc.tuple(u64, u64), { nil: undefined }),
  transactions: u32,
  costWei: u256,
  feesWei: u256,
}).map(({ blocks, ...fields }) => ({ ...fields, firstBlock: blocks?.[0], lastBlock: blocks?.[1] }))

test('a record and what a batch was come back from their bytes, and from nothing shorter or longer', (t) => {
  check(
    t,
    fc.property(record, (value) => {
      const bytes = encodeRecord(value)
      assert.deepEqual(decodeRecord(bytes), value)
      assert.equal(decodeRecord(bytes.subarray(0, -1)), undefined)
      assert.equal(decodeRecord(Uint8Array.of(...bytes, 0)), undefined)
    }),
  )
  check(
    t,
    fc.property(info, (value) => {
      const bytes = encodeBatchInfo(value)
      assert.deepEqual(decodeBatchInfo(bytes), value)
      assert.equal(decodeBatchInfo(bytes.subarray(0, -1)), undefined)
    }),
  )
})

test('bytes that are no record decode to nothing, whatever they are', (t) => {
  const near = fc.tuple(record, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([value, at, flip]) => {
    const bytes = encodeRecord(value)
    bytes[at % bytes.length]! ^= flip
    return bytes
  })
  check(
    t,
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), near), (bytes) => {
      const decoded = decodeRecord(bytes)
      if (decoded !== undefined) assert.deepEqual(encodeRecord(decoded), bytes)
      decodeBatchInfo(bytes)
    }),
    { numRuns: 1_000 },
  )
})

function recordAt(number: bigint): L1Record {
  return { ...epochOf(number, [21_000n]), parentHash: hashOf(number - 1n), config, safe: safeAt(number) }
}

function infoAt(l1Number: bigint, blobs: number): BatchInfo {
  const sizes = { payloadBytes: 100, channelBytes: 76, inflatedBytes: 300, transactions: 0 }
  const blocks = { firstBlock: undefined, lastBlock: undefined }
  return { l1Number, txHash: hashOf(l1Number), kind: 'blobs', blobs, ...sizes, ...blocks, costWei: 1n, feesWei: 0n }
}

test('the store answers records, the newest one, batches in both orders, and blobs', async () => {
  const kv = createMemoryKv()
  const store = createL1Store(kv)
  assert.equal(store.newest(), undefined)
  const write = (ops: Parameters<typeof kv.batch>[0]) => kv.batch(ops, { sync: true })
  for (const number of [101n, 102n, 103n]) {
    await write(foldOps(recordAt(number), [infoAt(number, 1), infoAt(number, 2)]))
  }
  const tip = { tip: { number: 103n, hash: hashOf(103n) }, finalized: { number: 101n, hash: hashOf(101n) } }
  await write([tipOp(tip), blobOp(hashOf(5n), new Uint8Array(131_072).fill(3))])
  assert.deepEqual(store.tip(), tip)
  assert.deepEqual(store.newest(), recordAt(103n))
  assert.deepEqual(store.record(102n), recordAt(102n))
  assert.equal(store.record(104n), undefined)
  const places = async (range: Parameters<typeof store.batches>[0]) => {
    const found: (readonly [bigint, number])[] = []
    for await (const { l1Number, blobs } of store.batches(range)) found.push([l1Number, blobs])
    return found
  }
  assert.deepEqual(await places({ from: 102n, to: 103n }), [
    [102n, 1],
    [102n, 2],
    [103n, 1],
    [103n, 2],
  ])
  assert.deepEqual(await places({ from: 0n, to: 103n, reverse: true, limit: 3 }), [
    [103n, 2],
    [103n, 1],
    [102n, 2],
  ])
  assert.equal(store.blob(hashOf(5n))?.[131_071], 3)
  assert.equal(store.blob(hashOf(6n)), undefined)

  await write(await undoOps(kv, { from: 103n, to: 110n }))
  assert.equal(store.record(103n), undefined)
  assert.equal((await places({ from: 0n, to: 200n })).length, 4)
  await write(forgetRecordOps({ from: 101n, to: 101n }))
  assert.equal(store.record(101n), undefined)
  assert.equal((await places({ from: 101n, to: 101n })).length, 2)
})

test('a damaged entry is never answered', async () => {
  const kv = createMemoryKv()
  const store = createL1Store(kv)
  await kv.batch([...foldOps(recordAt(101n), [infoAt(101n, 1)]), blobOp(hashOf(1n), new Uint8Array(10))], {
    sync: true,
  })
  const reads = [
    [keyOf('l1', 101n), () => store.record(101n)],
    [keyOf('blob', hashOf(1n)), () => store.blob(hashOf(1n))],
    [batchKey(101n, 0), () => Array.fromAsync(store.batches({ from: 101n, to: 101n }))],
  ] as const
  for (const [key, read] of reads) {
    const value = kv.get(key)!.slice()
    value[0]! ^= 1
    await kv.batch([{ type: 'put', key, value }], { sync: true })
    await assert.rejects(async () => read(), { code: 'entry_damaged', severity: 'fatal' })
  }
})

test('blobs come from the archive first, and those that L1 gave are in it before they are used', async () => {
  const kv = createMemoryKv()
  const store = createL1Store(kv)
  const asked: (readonly Hash[])[] = []
  const source = {
    async blobs(_, hashes) {
      asked.push(hashes)
      return new Map(hashes.map((hash) => [hash, Uint8Array.of(Number(BigInt(hash) & 0xffn))]))
    },
  } as Partial<L1Source> as L1Source
  let writes = 0
  const archived = withArchive(source, store, (ops) => {
    writes++
    return kv.batch(ops, { sync: true })
  })
  const [a, b, c] = [hashOf(1n), hashOf(2n), hashOf(3n)]
  assert.equal((await archived.blobs(origin, [a, b])).size, 2)
  assert.deepEqual([...(await archived.blobs(origin, [a, c])).keys()].sort(), [a, c].sort())
  assert.equal((await archived.blobs(origin, [c, b, a])).size, 3)
  assert.deepEqual(asked, [[a, b], [c]])
  assert.equal(writes, 2)
  const failing = withArchive(source, store, async () => assert.fail('no disk'))
  await assert.rejects(failing.blobs(origin, [hashOf(9n)]), /no disk/)
})
