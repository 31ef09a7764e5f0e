import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KvOp } from '../../../core/ports/kv.ts'
import { encodeRecord, type L1Record } from '../../../l1/derive/record.ts'
import { createL1Store, tipOp } from '../../../l1/store/records.ts'
import { verifyRecords } from '../../../l1/store/verify.ts'
import { putSealed } from '../../../state/store/entry.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { keyOf } from '../../../state/store/tables.ts'
import { batchesOf, nextTransfer, openActor } from './actor.ts'
import { batchTx, createFakeL1 } from './fakeL1.ts'
import { hashOf } from './fixtures.ts'

const l1 = createFakeL1()
l1.mineMany(3)
const node = await openActor(l1)
for (let round = 0; round < 3; round++) {
  await node.sync()
  const number = await node.seal([nextTransfer(node, 0)], 12n)
  l1.mine({ inbox: [batchTx(batchesOf(node.chain, number, number))] })
}
await node.sync()
const { kv } = node
const store = createL1Store(kv)
const { tip, finalized } = store.tip()!
const record = store.record(104n)!

const put = (changed: L1Record, number = 104n): KvOp => putSealed(keyOf('l1', number), encodeRecord(changed))
const { safe } = record

/** What is wrong, and the finding that says so. */
const faults: Readonly<Record<string, readonly [KvOp, RegExp]>> = {
  'a record is missing': [{ type: 'del', key: keyOf('l1', 104n) }, /L1 block 105: the one before is of L1 block 103/],
  'a record is damaged': [
    { type: 'put', key: keyOf('l1', 104n), value: new Uint8Array(50) },
    /^l1 0x200000000000000068 is no record/,
  ],
  'a record is of another block': [put(record, 105n), /is no record of that L1 block/],
  'a record has another parent': [put({ ...record, parentHash: hashOf(1n) }), /104: it is not the child/],
  'a safe head is not on the chain': [
    put({ ...record, safe: { ...safe, hash: hashOf(1n) } }),
    /104: its safe head, block 1, is not on the chain/,
  ],
  'a safe head goes back': [
    put({ ...record, safe: { ...safe, number: 3n, hash: node.chain.reader.hashByNumber(3n)! } }),
    /105: its safe head is before/,
  ],
  'an origin is in the future': [
    put({ ...record, safe: { ...safe, origin: { ...safe.origin, number: 105n } } }),
    /104: the origin of its safe head comes after it/,
  ],
  'the tip is missing': [{ type: 'del', key: keyOf('l1Tip') }, /only together/],
  'the tip is another': [tipOp({ tip: { ...tip, hash: hashOf(1n) }, finalized }), /is not that of L1 block 106/],
  'what is final has no record': [tipOp({ tip, finalized: { ...finalized, number: 90n } }), /90, which is final/],
}

test('the records of a derived chain are in order, and so are those of one that was never derived', async () => {
  assert.deepEqual(await verifyRecords(kv), [])
  assert.deepEqual(await verifyRecords(createMemoryKv()), [])
})

for (const [name, [op, pattern]] of Object.entries(faults)) {
  test(`verification finds it when ${name}`, async () => {
    const value = kv.get(op.key)
    await kv.batch([op], { sync: true })
    const details = (await verifyRecords(kv)).map(({ detail }) => detail)
    assert.ok(
      details.some((detail) => pattern.test(detail)),
      `${details}`,
    )
    await kv.batch([value === undefined ? { type: 'del', key: op.key } : { type: 'put', key: op.key, value }], {
      sync: true,
    })
    assert.deepEqual(await verifyRecords(kv), [])
  })
}

test('verification finds a safe label that is not the newest record’s', async () => {
  const { number, hash } = store.record(105n)!.safe
  await node.chain.label({ safe: { number, hash } })
  assert.match((await verifyRecords(kv))[0]!.detail, /the safe label is not/)
})
