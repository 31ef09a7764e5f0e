import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { type Chain, openChain, type SealedBlock } from '../../state/chain.ts'
import { openState } from '../../state/reader.ts'
import { metaOp } from '../../state/store/blockOps.ts'
import { type BlockReader, createBlockReader } from '../../state/store/blockReader.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { type AuxiliaryTable, keyOf, logKey, type TableName, wholeTable } from '../../state/store/tables.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { accountOf, rules, slotOf, syntheticBlock, syntheticGenesis } from './synthetic.ts'

const genesis = syntheticGenesis()
const open = (kv: Kv) => openChain({ kv, genesis, rules })

async function chainOf(count: number): Promise<{ kv: Kv; chain: Chain; blocks: SealedBlock[] }> {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const blocks: SealedBlock[] = []
  for (let index = 0; index < count; index++) {
    const sealed = syntheticBlock({ parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode })
    await chain.append(sealed)
    blocks.push(sealed)
  }
  return { kv, chain, blocks }
}

async function flip(kv: Kv, key: Uint8Array, at = -3): Promise<void> {
  const value = kv.get(key)?.slice()
  assert.ok(value !== undefined && value.length > 0, 'nothing to damage')
  const place = at < 0 ? Math.max(0, value.length + at) : at
  value[place]! ^= 0x10
  await kv.batch([{ type: 'put', key, value }], { sync: true })
}

async function remove(kv: Kv, key: Uint8Array): Promise<void> {
  assert.ok(kv.get(key) !== undefined, 'nothing to remove')
  await kv.batch([{ type: 'del', key }], { sync: true })
}

/** Entries of the newest block without any of which it is not complete. */
const parts: Readonly<Record<string, (block: SealedBlock) => Uint8Array>> = {
  'commit record': ({ block }) => keyOf('commit', block.header.number),
  'canonical hash': ({ block }) => keyOf('canonical', block.header.number),
  'number of the hash': ({ block }) => keyOf('number', block.hash),
  header: ({ block }) => keyOf('header', block.header.number, block.hash),
  body: ({ block }) => keyOf('body', block.header.number, block.hash),
  senders: ({ block }) => keyOf('senders', block.header.number, block.hash),
  receipts: ({ block }) => keyOf('receipts', block.header.number, block.hash),
  'state root node': ({ block }) => keyOf('node', block.header.stateRoot),
}

for (const [name, keyFor] of Object.entries(parts)) {
  for (const [kind, damage] of Object.entries({ flipped: flip, missing: remove })) {
    test(`starts at the block before one whose ${name} is ${kind}`, async () => {
      const { kv, blocks } = await chainOf(6)
      await damage(kv, keyFor(blocks[5]!))
      const chain = await open(kv)
      assert.equal(chain.heads().unsafe.hash, blocks[4]!.block.hash)
      assert.equal(chain.recovery?.dropped, 1n)
      assert.ok(chain.recovery.findings.length > 0)
      assert.equal(chain.reader.hashByNumber(6n), undefined)
      for (const { hash } of blocks[5]!.block.transactions) assert.equal(chain.reader.txPlace(hash), undefined)
      assert.deepEqual((await verifyStore(kv)).findings, [])
      await chain.append(blocks[5]!)
      const again = await open(kv)
      assert.equal(again.recovery, undefined)
      assert.equal(again.heads().unsafe.hash, blocks[5]!.block.hash)
      assert.deepEqual((await verifyStore(kv)).findings, [])
    })
  }
}

test('takes off several damaged blocks in a row and lowers the labels with the head', async () => {
  const { kv, chain, blocks } = await chainOf(9)
  const at = (index: number) => ({ number: BigInt(index), hash: blocks[index - 1]!.block.hash })
  await chain.label({ safe: at(7), finalized: at(3) })
  for (const number of [5n, 7n, 8n, 9n]) await flip(kv, keyOf('commit', number))
  const reopened = await open(kv)
  assert.deepEqual(reopened.heads(), { unsafe: at(4), safe: at(4), finalized: at(3) })
  assert.equal(reopened.recovery?.dropped, 5n)
})

for (const damage of [flip, remove]) {
  test(`finds the labels again without the heads entry (${damage.name})`, async () => {
    const { kv, chain, blocks } = await chainOf(4)
    const label = { number: 2n, hash: blocks[1]!.block.hash }
    await chain.label({ safe: label, finalized: label })
    const next = syntheticBlock({ parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode })
    await chain.append(next)
    await damage(kv, keyOf('heads'))
    const reopened = await open(kv)
    assert.deepEqual(reopened.heads(), chain.heads())
    assert.equal(reopened.recovery?.findings.length, 1)
  })
}

test('refuses to take off more than 128 blocks, and changes nothing', async () => {
  const { kv } = await chainOf(140)
  for (let number = 5n; number <= 140n; number++) await flip(kv, keyOf('commit', number))
  await assert.rejects(open(kv), (error: Error & { code: string; severity: string; fix: string }) => {
    assert.equal(error.code, 'chain_damaged')
    assert.equal(error.severity, 'fatal')
    assert.match(
      error.message,
      /no complete block within 128 blocks of the newest, 140: damaged database entry: commit 0x02/,
    )
    assert.match(error.fix, /backup/)
    return true
  })
  for (let number = 5n; number <= 140n; number++) await flip(kv, keyOf('commit', number))
  assert.equal((await open(kv)).recovery, undefined)
})

test('takes off whole blocks after one that was lost from their middle', async () => {
  const { kv, blocks } = await chainOf(8)
  const lost = blocks[4]!.block
  await remove(kv, keyOf('commit', 5n))
  await remove(kv, keyOf('canonical', 5n))
  await remove(kv, keyOf('node', lost.header.stateRoot))
  const chain = await open(kv)
  assert.equal(chain.heads().unsafe.hash, blocks[3]!.block.hash)
  assert.equal(chain.recovery?.dropped, 4n)
  assert.deepEqual((await verifyStore(kv)).findings, [])
})

test('never goes back to genesis when genesis itself is damaged', async () => {
  const { kv } = await chainOf(0)
  await flip(kv, keyOf('node', genesis.block.header.stateRoot))
  await assert.rejects(open(kv), { code: 'chain_damaged' })
})

test('refuses a database of another chain, a newer layout, or something else', async () => {
  const { kv } = await chainOf(1)
  const other = syntheticGenesis('another')
  await assert.rejects(openChain({ kv, genesis: other, rules }), (error: Error & { code: string; fix: string }) => {
    assert.equal(error.code, 'wrong_chain')
    assert.match(error.message, /wrong chain in the data directory: it holds chain 31337 with genesis 0x/)
    assert.match(error.fix, /--data-dir/)
    return true
  })
  await assert.rejects(openChain({ kv, genesis, rules: { chainId: 1n } }), { code: 'wrong_chain' })
  const meta = { chainId: rules.chainId, genesisHash: genesis.block.hash, mode: 'archive', schemaVersion: 2 } as const
  await kv.batch([metaOp(meta)], { sync: true })
  await assert.rejects(open(kv), { code: 'schema_newer', severity: 'fatal' })
  await flip(kv, keyOf('meta'))
  await assert.rejects(open(kv), { code: 'entry_damaged' })
  await remove(kv, keyOf('meta'))
  await assert.rejects(open(kv), { code: 'db_foreign' })
  const foreign = createMemoryKv()
  await foreign.batch([{ type: 'put', key: Uint8Array.of(0x7a), value: Uint8Array.of(1) }], { sync: true })
  await assert.rejects(open(foreign), { code: 'db_foreign' })
})

test('verification names every damaged or missing entry of every table, and reads never answer wrongly', async () => {
  const { kv, chain, blocks } = await chainOf(12)
  await chain.label({ safe: { number: 8n, hash: blocks[7]!.block.hash } })
  const { block, receipts } = blocks[4]!
  const last = blocks[11]!
  const { number } = block.header
  const txHash = block.transactions[0]!.hash
  const log = blocks.flatMap(({ block, receipts }) =>
    receipts.flatMap(({ logs }) => logs.map((log) => ({ log, block }))),
  )[0]!
  const logged = logKey(log.log.address, log.block.header.number, 0)
  const code = [...last.diff.code, ...genesis.code].map(([hash]) => hash)[0]!
  const withLogs = blocks.find(({ receipts }) => receipts.some(({ logs }) => logs.length > 0))!
  const leafNode = [...last.nodes.keys()].find((hash) => hash !== last.block.header.stateRoot)!
  const entries: Readonly<Record<Exclude<TableName, 'side' | AuxiliaryTable>, Uint8Array>> = {
    meta: keyOf('meta'),
    heads: keyOf('heads'),
    commit: keyOf('commit', number),
    canonical: keyOf('canonical', number),
    number: keyOf('number', block.hash),
    header: keyOf('header', number, block.hash),
    body: keyOf('body', number, block.hash),
    senders: keyOf('senders', number, block.hash),
    receipts: keyOf('receipts', number, block.hash),
    bloom: keyOf('bloom', withLogs.block.header.number),
    tx: keyOf('tx', txHash),
    log: logged,
    node: keyOf('node', leafNode),
    code: keyOf('code', code),
  }
  assert.ok(receipts.length > 0)
  assert.deepEqual((await verifyStore(kv)).findings, [])
  const reads = readsOf(kv, blocks)
  const answers = await Promise.all(reads.map((read) => read()))
  for (const [table, key] of Object.entries(entries)) {
    const value = kv.get(key)!
    const torn = value.subarray(0, value.length >> 1)
    const flipped = [0, value.length >> 1, value.length - 1].map((at) => {
      const copy = value.slice()
      copy[at]! ^= 0x10
      return copy
    })
    for (const damaged of [...flipped, torn, undefined]) {
      await kv.batch([damaged === undefined ? { type: 'del', key } : { type: 'put', key, value: damaged }], {
        sync: true,
      })
      const { findings } = await verifyStore(kv)
      assert.ok(
        findings.some(({ detail }) => detail.includes(table)),
        `${table}: ${findings.map(({ detail }) => detail)}`,
      )
      for (const [index, read] of reads.entries()) {
        const answer = await read().catch((error: unknown) => {
          assert.ok(error instanceof NodeError && error.severity === 'fatal')
          return undefined
        })
        if (answer !== undefined && !(damaged === undefined && table === 'log'))
          assert.deepEqual(answer, answers[index])
      }
    }
    await kv.batch([{ type: 'put', key, value }], { sync: true })
  }
  assert.deepEqual((await verifyStore(kv)).findings, [])
})

/** Everything a reader answers about some blocks and their state, each from a reader that remembers nothing. */
function readsOf(kv: Kv, blocks: readonly SealedBlock[]): (() => Promise<unknown>)[] {
  const reads: ((reader: BlockReader) => unknown)[] = [(reader) => reader.heads(), (reader) => reader.meta()]
  for (const { block } of blocks) {
    const { number } = block.header
    reads.push((reader) => reader.hashByNumber(number))
    reads.push((reader) => reader.headerByHash(block.hash))
    reads.push((reader) => reader.blockByHash(block.hash))
    reads.push((reader) => reader.receiptsByHash(block.hash))
    reads.push((reader) => reader.commitRecord(number))
    for (const { hash } of block.transactions) reads.push((reader) => reader.txPlace(hash))
  }
  for (let index = 0; index < 64; index++) {
    const address = accountOf(index)
    reads.push((reader) => Array.fromAsync(reader.logsByAddress({ address, from: 0n, to: 99n })))
    const { stateRoot } = blocks.at(-1)!.block.header
    reads.push((reader) => {
      const state = openState(reader.readNode, reader.readCode, stateRoot)
      const account = state.account(address)
      return [account, state.storage(address, slotOf(1)), account && state.code(account.codeHash)]
    })
  }
  return reads.map((read) => async () => read(createBlockReader(kv)))
}

test('verification finds index entries that belong to nothing', async () => {
  const { kv, chain, blocks } = await chainOf(3)
  const block = syntheticBlock({ parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode })
  await chain.append(block)
  const strays = []
  for (const table of ['tx', 'log', 'bloom', 'canonical', 'commit'] as const) {
    for await (const [key, value] of kv.entries(wholeTable(table)))
      strays.push({ type: 'put', key: key.slice(), value } as const)
  }
  await chain.rewind(3n)
  await kv.batch(
    strays.filter(({ key }) => kv.get(key) === undefined),
    { sync: true },
  )
  const { findings } = await verifyStore(kv)
  assert.ok(findings.length >= block.block.transactions.length + 2)
  assert.ok(findings.every(({ code }) => code === 'mismatch'))
  assert.equal(chain.heads().unsafe.hash, blocks[2]!.block.hash)
})

test('verification can start late and can be stopped', async () => {
  const { kv } = await chainOf(5)
  const { blocks, accounts, findings } = await verifyStore(kv, { fromNumber: 4n })
  assert.deepEqual(findings, [])
  assert.equal(blocks, 2)
  assert.ok(accounts > 0)
  await chainOf(1)
  const stopped = new AbortController()
  stopped.abort(new Error('stopped'))
  const { kv: long } = await chainOf(260)
  await assert.rejects(verifyStore(long, { signal: stopped.signal }), /stopped/)
})
