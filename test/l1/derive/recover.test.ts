import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kv } from '../../../core/ports/kv.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { keyOf } from '../../../state/store/tables.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { type Actor, assertSameEntries, batchesOf, dump, nextTransfer, openActor } from './actor.ts'
import { batchTx, createFakeL1, type FakeL1 } from './fakeL1.ts'

/** A node that derived twelve blocks from six batches, the first of them final; all of it in its database. */
async function scene(): Promise<{ l1: FakeL1; node: Actor }> {
  const l1 = createFakeL1()
  l1.mineMany(2)
  const node = await openActor(l1)
  for (let round = 0; round < 6; round++) {
    await node.sync()
    const first = await node.seal([nextTransfer(node, 0)], 6n)
    await node.seal([nextTransfer(node, 0)], 6n)
    l1.mine({ inbox: [batchTx(batchesOf(node.chain, first, first + 1n))] })
  }
  l1.finalize(106n)
  await node.sync()
  return { l1, node }
}

async function copyOf(kv: Kv): Promise<Kv> {
  const copy = createMemoryKv()
  const entries = [...(await dump(kv))]
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
  await copy.batch(
    entries.map(([key, value]) => ({ type: 'put', key: bytes(key), value: bytes(value) })),
    { sync: true },
  )
  return copy
}

const remove = (kv: Kv, key: Uint8Array) => kv.batch([{ type: 'del', key }], { sync: true })

test('safe blocks that damage took are derived again, final ones cannot be', async () => {
  const { l1, node } = await scene()
  const { safe, finalized } = node.chain.heads()
  assert.deepEqual([safe.number, finalized.number], [12n, 8n])
  // Commit records hold the labels of their time: the only entries that may differ.
  const decided = async (kv: Kv) => new Map([...(await dump(kv))].filter(([key]) => !key.startsWith('02')))
  const wanted = await decided(node.kv)
  for (const lost of [12n, 11n, 9n, 8n, 1n]) {
    const kv = await copyOf(node.kv)
    for (let number = lost; number <= 12n; number++) {
      await remove(kv, keyOf('body', number, node.chain.reader.hashByNumber(number)!))
    }
    if (lost <= finalized.number) {
      await assert.rejects(openActor(l1, { kv }), { code: 'entry_missing', severity: 'fatal' })
      continue
    }
    const again = await openActor(l1, { kv })
    assert.equal(again.chain.heads().unsafe.number, lost - 1n)
    const { safe } = again.chain.heads()
    assert.equal(again.follower.tip().safe.hash, safe.hash, 'the label is that of the newest record')
    assert.ok(safe.number < lost)
    await again.sync()
    assertSameEntries(await decided(kv), wanted, `from block ${lost} on`)
    assert.deepEqual((await verifyStore(kv)).findings, [])
  }
})

test('labels that damage took are those of the newest record again', async () => {
  const { l1, node } = await scene()
  await node.seal([nextTransfer(node, 0)], 30n)
  await remove(node.kv, keyOf('heads'))
  const again = await openActor(l1, { kv: node.kv })
  assert.ok(again.chain.recovery !== undefined)
  assert.equal(again.chain.heads().safe.number, 12n)
  assert.equal(again.chain.heads().unsafe.number, 13n)
})

test('a record that is missing or damaged stops the node, which names it', async () => {
  const { l1, node } = await scene()
  const { number } = node.follower.tip().block
  for (const [key, code] of [
    [keyOf('l1', number), 'entry_missing'],
    [keyOf('l1Tip'), 'chain_not_derived'],
  ] as const) {
    const kv = await copyOf(node.kv)
    await remove(kv, key)
    await assert.rejects(openActor(l1, { kv }), { code, severity: 'fatal' })
  }
  const kv = await copyOf(node.kv)
  const value = kv.get(keyOf('l1', number))!.slice()
  value[3]! ^= 1
  await kv.batch([{ type: 'put', key: keyOf('l1', number), value }], { sync: true })
  await assert.rejects(openActor(l1, { kv }), { code: 'entry_damaged', severity: 'fatal' })
})
