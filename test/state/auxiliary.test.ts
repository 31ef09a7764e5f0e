import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kv, KvOp } from '../../core/ports/kv.ts'
import { openChain } from '../../state/chain.ts'
import { getSealed, putSealed } from '../../state/store/entry.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { auxiliaryTables, batchKey, keyOf, numberIn, rangeOf } from '../../state/store/tables.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { createFaultKv } from '../crash/faultKv.ts'
import { rules, syntheticBlock, syntheticGenesis } from './synthetic.ts'

const open = (kv: Kv) => openChain({ kv, genesis: syntheticGenesis(), rules })
const text = new TextEncoder()
const put = (number: bigint): KvOp => putSealed(keyOf('l1', number), text.encode(`record ${number}`))
const next = (chain: Awaited<ReturnType<typeof open>>) =>
  syntheticBlock({ parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode })

test('labels and writes of derivation are one batch: both happen or neither', async () => {
  for (const mode of ['before', 'after'] as const) {
    const kv = createMemoryKv()
    const chain = await open(createFaultKv(kv, { failAt: 3, mode }))
    const sealed = next(chain)
    await chain.append(sealed)
    const safe = { number: 1n, hash: sealed.block.hash }
    await assert.rejects(chain.label({ safe }, [put(7n)]), { code: 'db_write' })
    const { safe: found } = (await open(kv)).heads()
    assert.equal(found.number, mode === 'after' ? 1n : 0n)
    assert.equal(getSealed(kv, keyOf('l1', 7n)) !== undefined, mode === 'after')
  }
})

test('a block and what is written beside it are one batch; what is kept of the block alone goes with it', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const sealed = next(chain)
  const key = keyOf('seal', sealed.block.hash)
  await assert.rejects(chain.append(sealed, {}, [{ type: 'del', key: keyOf('heads') }]), /not beside it/)
  await chain.append(sealed, {}, [putSealed(key, text.encode('seal'))])
  await chain.rewind(0n)
  assert.ok(getSealed(kv, key), 'until a block of its height is final')
  const other = syntheticBlock(
    { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode },
    { salt: 'other' },
  )
  const at = { number: 1n, hash: other.block.hash }
  await chain.append(other)
  await chain.label({ safe: at, finalized: at })
  assert.equal(getSealed(kv, key), undefined)
  assert.deepEqual((await verifyStore(kv)).findings, [])
})

test('no write beside the chain reaches its own tables', async () => {
  const chain = await open(createMemoryKv())
  const inside: KvOp = { type: 'del', key: keyOf('heads') }
  await assert.rejects(chain.write([put(1n), inside]), /not beside it/)
  await assert.rejects(chain.label({}, [inside]), /not beside it/)
  await chain.write([put(1n)])
  assert.ok(chain.kv.get(keyOf('l1', 1n)))
  await chain.close()
  await assert.rejects(chain.write([put(2n)]), { code: 'chain_closed' })
})

test('verification finds damage in every table of derivation', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const hash = chain.heads().unsafe.hash
  const keys = {
    l1: keyOf('l1', 3n),
    blob: keyOf('blob', hash),
    batch: batchKey(3n, 1),
    l1Tip: keyOf('l1Tip'),
    seal: keyOf('seal', hash),
    evidence: keyOf('evidence', 3n, hash),
    attested: keyOf('attested'),
  }
  assert.deepEqual(Object.keys(keys), [...auxiliaryTables])
  await chain.write(Object.values(keys).map((key) => putSealed(key, text.encode('value'))))
  assert.deepEqual((await verifyStore(kv)).findings, [])
  for (const [table, key] of Object.entries(keys)) {
    const value = kv.get(key)!.slice()
    value[1]! ^= 1
    await kv.batch([{ type: 'put', key, value }], { sync: true })
    const { findings } = await verifyStore(kv)
    assert.ok(findings.length === 1 && findings[0]!.detail.includes(`: ${table} `), table)
    value[1]! ^= 1
    await kv.batch([{ type: 'put', key, value }], { sync: true })
  }
})

test('batches of one L1 block sort by index, and after those of earlier ones', async () => {
  const chain = await open(createMemoryKv())
  const places = [
    [2n, 300],
    [1n, 70_000],
    [2n, 1],
  ] as const
  await chain.write(places.map(([number, index]) => putSealed(batchKey(number, index), text.encode(`${index}`))))
  const found: bigint[] = []
  for await (const [key] of chain.kv.entries(rangeOf('batch', { from: 1n, to: 2n }))) {
    found.push(numberIn(key) * 100_000n + BigInt(new DataView(key.buffer, key.byteOffset).getUint32(9)))
  }
  assert.deepEqual(found, [170_000n, 200_001n, 200_300n])
})
