import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, bytesToHex, type Hash } from '../../core/hex.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { type Chain, openChain, type SealedBlock } from '../../state/chain.ts'
import { openState } from '../../state/reader.ts'
import { logsOfBlock } from '../../state/store/logIndex.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { storeStats } from '../../state/store/stats.ts'
import { tables, wholeTable } from '../../state/store/tables.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { accountOf, rules, slotOf, syntheticBlock, syntheticGenesis } from './synthetic.ts'

const genesis = syntheticGenesis()
const open = (kv: Kv) => openChain({ kv, genesis, rules })

function nextBlock(chain: Chain, salt = ''): SealedBlock {
  const base = { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }
  return syntheticBlock(base, { salt })
}

async function extend(chain: Chain, count: number, salt = ''): Promise<SealedBlock[]> {
  const sealed: SealedBlock[] = []
  for (let index = 0; index < count; index++) {
    const block = nextBlock(chain, salt)
    await chain.append(block)
    sealed.push(block)
  }
  return sealed
}

async function assertClean(kv: Kv): Promise<void> {
  assert.deepEqual((await verifyStore(kv)).findings, [])
}

async function keysOf(kv: Kv, table: keyof typeof tables): Promise<string[]> {
  const keys: string[] = []
  for await (const [key] of kv.entries(wholeTable(table))) keys.push(bytesToHex(key))
  return keys
}

test('creates genesis in an empty database and finds it again', async () => {
  const kv = createMemoryKv()
  const first = await open(kv)
  assert.equal(first.heads().unsafe.hash, genesis.block.hash)
  assert.equal(first.heads().finalized.hash, genesis.block.hash)
  assert.equal(first.state().account(accountOf(3))?.balance, 10n ** 18n)
  assert.deepEqual(first.state().storage(accountOf(3), slotOf(1)), Uint8Array.of(7))
  await assertClean(kv)
  const second = await open(kv)
  assert.deepEqual(second.heads(), first.heads())
  assert.equal(second.recovery, undefined)
})

test('gives back every block, receipt, place and log it was given', async () => {
  const kv = createMemoryKv()
  const blocks = await extend(await open(kv), 30)
  const { reader } = await open(kv)
  const logs = new Map<Address, unknown[]>()
  for (const { block, receipts } of blocks) {
    const { number } = block.header
    assert.equal(reader.hashByNumber(number), block.hash)
    assert.deepEqual(reader.headerByHash(block.hash), block.header)
    assert.deepEqual(reader.blockByHash(block.hash), block)
    assert.deepEqual(reader.receiptsByHash(block.hash), receipts)
    assert.equal(reader.commitRecord(number)?.stateRoot, block.header.stateRoot)
    for (const [index, { hash }] of block.transactions.entries()) {
      assert.deepEqual(reader.txPlace(hash), { number, index })
    }
    for (const log of logsOfBlock(block, receipts)) {
      logs.set(log.address, [...(logs.get(log.address) ?? []), log])
    }
  }
  assert.ok(logs.size > 3)
  for (const [address, expected] of logs) {
    assert.deepEqual(await Array.fromAsync(reader.logsByAddress({ address, from: 0n, to: 100n })), expected)
    const part = (expected as { blockNumber: bigint }[]).filter(
      ({ blockNumber }) => blockNumber >= 5n && blockNumber <= 9n,
    )
    assert.deepEqual(await Array.fromAsync(reader.logsByAddress({ address, from: 5n, to: 9n })), part)
  }
  const withLogs = blocks.filter(({ receipts }) => receipts.some(({ logs }) => logs.length > 0))
  assert.ok(withLogs.length < blocks.length)
  assert.deepEqual(
    await Array.fromAsync(reader.blooms({ from: 0n, to: 100n })),
    withLogs.map(({ block }) => ({ number: block.header.number, bloom: block.header.logsBloom })),
  )
  await assertClean(kv)
})

test('counts entries and bytes of every table', async () => {
  const kv = createMemoryKv()
  const blocks = await extend(await open(kv), 12)
  const rows = new Map((await storeStats(kv)).map(({ table, entries, bytes }) => [table, { entries, bytes }]))
  const txs = blocks.flatMap(({ block }) => block.transactions)
  const logs = blocks.flatMap(({ receipts }) => receipts.flatMap(({ logs }) => logs))
  assert.deepEqual([...rows.keys()], Object.keys(tables))
  assert.deepEqual(rows.get('meta'), { entries: 1, bytes: 1 + 45 + 4 })
  assert.equal(rows.get('header')?.entries, 13)
  assert.deepEqual(rows.get('tx'), { entries: txs.length, bytes: txs.length * (33 + 12 + 4) })
  assert.equal(rows.get('log')?.entries, logs.length)
  assert.equal(rows.get('side')?.entries, 0)
  let total = 0
  for await (const _ of kv.entries({ gte: new Uint8Array(0), lt: Uint8Array.of(0xff) })) total++
  assert.equal(
    [...rows.values()].reduce((sum, { entries }) => sum + entries, 0),
    total,
  )
})

test('every table has a prefix of its own', () => {
  const prefixes = Object.values(tables).map(({ prefix }) => prefix)
  assert.equal(new Set(prefixes).size, prefixes.length)
})

test('answers undefined for what is not stored', async () => {
  const { reader } = await open(createMemoryKv())
  const hash = accountHash(1)
  assert.equal(reader.headerByHash(hash), undefined)
  assert.equal(reader.blockByHash(hash), undefined)
  assert.equal(reader.receiptsByHash(hash), undefined)
  assert.equal(reader.txPlace(hash), undefined)
  assert.equal(reader.hashByNumber(1n), undefined)
  assert.equal(reader.commitRecord(1n), undefined)
})

test('the state of the head and of older blocks is what the tries say', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const roots: Hash[] = []
  for (let index = 0; index < 18; index++) {
    const stale = chain.state()
    readAll(stale)
    const before = readAll(openState(chain.reader.readNode, chain.reader.readCode, chain.header().stateRoot))
    await extend(chain, 1)
    assert.deepEqual(
      readAll(chain.state()),
      readAll(openState(chain.reader.readNode, chain.reader.readCode, chain.header().stateRoot)),
    )
    assert.deepEqual(readAll(stale), before, 'a reader of an older head sees the older state')
    if (index === 12) await chain.rewind(10n)
    roots.push(chain.header().stateRoot)
  }
  for (const root of roots.slice(0, 3))
    assert.deepEqual(readAll(chain.state(root)), readAll((await open(kv)).state(root)))
})

test('refuses a block that is not the child of the head', async () => {
  const chain = await open(createMemoryKv())
  const [first] = await extend(chain, 1)
  const second = nextBlock(chain)
  await assert.rejects(chain.append(first!), /append out of order/)
  await chain.rewind(0n)
  await assert.rejects(chain.append(second), /append out of order/)
  await extend(chain, 1, 'other')
  await assert.rejects(chain.append(second), /append to another parent/)
  assert.equal(chain.heads().unsafe.number, 1n)
})

test('rewinding drops the canonical entries and returns user transactions, oldest first', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const kept = await extend(chain, 5)
  const before = { tx: await keysOf(kv, 'tx'), log: await keysOf(kv, 'log'), bloom: await keysOf(kv, 'bloom') }
  const dropped = await extend(chain, 5)
  const users = dropped.flatMap(({ block }) => block.transactions.filter(({ tx }) => tx.type !== 0x7e))
  assert.ok(users.length > 0)
  assert.deepEqual(await chain.rewind(5n), users)
  assert.equal(chain.heads().unsafe.hash, kept.at(-1)?.block.hash)
  assert.deepEqual(
    { tx: await keysOf(kv, 'tx'), log: await keysOf(kv, 'log'), bloom: await keysOf(kv, 'bloom') },
    before,
  )
  assert.equal(chain.reader.hashByNumber(6n), undefined)
  assert.deepEqual(chain.reader.blockByHash(dropped[0]!.block.hash), dropped[0]!.block, 'still readable by hash')
  await assertClean(kv)
  await extend(chain, 4, 'other branch')
  assert.deepEqual((await open(kv)).heads(), chain.heads())
  await assertClean(kv)
})

test('a rewind to the head changes nothing, and a dropped block can come back', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const [, second] = await extend(chain, 2)
  assert.deepEqual(await chain.rewind(2n), [])
  await chain.rewind(1n)
  await chain.append(second!)
  assert.deepEqual(await keysOf(kv, 'side'), [])
  await assertClean(kv)
})

test('finalizing forgets blocks that left the chain at or below that height', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const old = await extend(chain, 4)
  await chain.rewind(1n)
  const fresh = await extend(chain, 4, 'other')
  const at = (index: number) => ({ number: fresh[index]!.block.header.number, hash: fresh[index]!.block.hash })
  await chain.label({ safe: at(1), finalized: at(1) })
  assert.equal(chain.reader.blockByHash(old[1]!.block.hash), undefined)
  assert.equal(chain.reader.blockByHash(old[2]!.block.hash), undefined)
  assert.notEqual(chain.reader.blockByHash(old[3]!.block.hash), undefined)
  await assertClean(kv)
})

test('an append that finalizes forgets the blocks that left the chain at these heights, in its batch', async () => {
  const kv = createMemoryKv()
  let batches = 0
  const chain = await open({
    ...kv,
    batch(ops, options) {
      batches++
      return kv.batch(ops, options)
    },
  })
  const old = await extend(chain, 4)
  await chain.rewind(0n)
  const fresh = await extend(chain, 4, 'other')
  const at = (index: number) => ({ number: BigInt(index + 1), hash: fresh[index]!.block.hash })
  const isKept = () => old.map(({ block }) => chain.reader.headerByHash(block.hash) !== undefined)
  batches = 0
  await chain.append(nextBlock(chain), { safe: at(1), finalized: at(0) })
  assert.deepEqual(isKept(), [false, true, true, true])
  await chain.append(nextBlock(chain), { safe: at(2), finalized: at(2) })
  assert.deepEqual(isKept(), [false, false, false, true])
  await chain.append(nextBlock(chain))
  assert.equal(batches, 3)
  assert.equal((await keysOf(kv, 'side')).length, 1)
  await assertClean(kv)
})

test('labels move in the batch of an append, under the same rules', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const [first, second] = await extend(chain, 2)
  const ref = ({ block }: SealedBlock) => ({ number: block.header.number, hash: block.hash })
  await chain.append(nextBlock(chain), { safe: ref(second!), finalized: ref(first!) })
  const { safe, finalized } = (await open(kv)).heads()
  assert.deepEqual([safe, finalized], [ref(second!), ref(first!)])
  await assert.rejects(chain.append(nextBlock(chain), { safe: { ...ref(first!), number: 2n } }), /not canonical/)
  assert.equal(chain.heads().unsafe.number, 3n)
  await chain.append(nextBlock(chain))
})

test('labels follow finalized <= safe <= unsafe and survive a restart', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const blocks = await extend(chain, 6)
  const at = (number: number) => ({ number: BigInt(number), hash: blocks[number - 1]!.block.hash })
  await chain.label({ safe: at(4) })
  await chain.label({ finalized: at(2) })
  await chain.label({ safe: at(3) })
  assert.deepEqual((await open(kv)).heads(), { unsafe: at(6), safe: at(3), finalized: at(2) })
  await assert.rejects(chain.label({ finalized: at(4) }), /at most safe/)
  await assert.rejects(chain.label({ finalized: at(1) }), /never goes back/)
  await assert.rejects(chain.label({ safe: { number: 3n, hash: at(4).hash } }), /not canonical/)
  await assert.rejects(chain.rewind(1n), /below finalized/)
  await chain.rewind(2n)
  assert.deepEqual(chain.heads(), { unsafe: at(2), safe: at(2), finalized: at(2) })
  await chain.rewind(1n, { belowFinalized: true })
  assert.deepEqual(chain.heads(), { unsafe: at(1), safe: at(1), finalized: at(1) })
  assert.deepEqual((await open(kv)).heads(), chain.heads())
})

test('runs concurrent writes one after another', async () => {
  const kv = createMemoryKv()
  const planner = await open(createMemoryKv())
  const blocks = await extend(planner, 8)
  const chain = await open(kv)
  await Promise.all(blocks.map((block) => chain.append(block)))
  assert.deepEqual(chain.heads(), planner.heads())
  await assertClean(kv)
})

test('refuses every write after one has failed', async () => {
  const kv = createMemoryKv()
  let isBroken = false
  const chain = await open({
    ...kv,
    batch: async (ops, options) => {
      if (isBroken) throw new Error('input/output error')
      await kv.batch(ops, options)
    },
  })
  const block = nextBlock(chain)
  isBroken = true
  await assert.rejects(chain.append(block), { code: 'db_write', severity: 'fatal' })
  isBroken = false
  await assert.rejects(chain.append(block), { code: 'db_write', severity: 'fatal' })
  await assert.rejects(chain.label({}), { code: 'db_write' })
  assert.equal(chain.heads().unsafe.number, 0n)
})

test('takes no writes after it is closed, and closes after those it has', async () => {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const block = nextBlock(chain)
  const appended = chain.append(block)
  await chain.close()
  await appended
  assert.equal((await open(kv)).heads().unsafe.hash, block.block.hash)
  await assert.rejects(chain.rewind(0n), { code: 'chain_closed' })
})

/** What a reader says about everything the synthetic chain may touch. */
function readAll(state: ReturnType<Chain['state']>): unknown[] {
  return Array.from({ length: 64 }, (_, index) => {
    const address = accountOf(index)
    const account = state.account(address)
    const slots = Array.from({ length: 16 }, (_, slot) => bytesToHex(state.storage(address, slotOf(slot))))
    return [account, slots, account === undefined ? undefined : bytesToHex(state.code(account.codeHash))]
  })
}

function accountHash(index: number): Hash {
  return slotOf(100 + index)
}
