import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDocTree, openDocument } from '../../attribution/kernel/claims.ts'
import type { DocLeaf } from '../../attribution/kernel/leaves.ts'
import type { Opening } from '../../attribution/kernel/merkle.ts'
import { contributionStatus, contributions, versions } from '../../attribution/storage/datanets.ts'
import { basePools } from '../../attribution/storage/settlement.ts'
import { emptyBytes, type Hash } from '../../core/hex.ts'
import { contribute, createDatanet, type Published } from './datasets.ts'
import { assertMoney, createHarness, type Harness } from './harness.ts'
import {
  contributor,
  corpusOfModel,
  createData,
  createMarket,
  createModel,
  curator,
  finalize,
  openChannel,
  payer,
  plainBatch,
  settle,
} from './settlementMarket.ts'

const absent: Opening = { index: 0n, data: emptyBytes, path: [] }
const creditOf = (h: Harness, account: string): bigint => h.ok(payer(0), 'creditOf', { account }).amount!

/** Three documents of 7, 12 and 1 bytes (with separators 8, 13, 1), sold for a sum that does not divide. */
function basics() {
  const h = createHarness()
  const { provider } = createMarket(h)
  const data = createData(h, ['seven b', 'twelve bytes', 'x'], { curatorBps: 0n })
  const model = createModel(h, [data], { label: 'over three' })
  const market = { provider, model, corpus: corpusOfModel(h, model, [data]) }
  const channel = openChannel(h, market)
  const earn = (wei: bigint) => {
    const batch = settle(h, plainBatch(h, market, [{ channel, wei }]))
    finalize(h, batch)
  }
  return { h, data, earn }
}

function claimBaseOf({ version, docTree }: Published, document: number) {
  const { entry, next } = openDocument(docTree, document)
  return { version, document: entry, next: next ?? absent }
}

test('base is owed per byte, separators included; the carry is all that stays', () => {
  const { h, data, earn } = basics()
  earn(10_000n)
  // Margin 4,000, data 2,000, base 1,000: 45 wei for each of 22 bytes, 10 are carried.
  const { version } = data
  assert.deepEqual({ ...basePools.get(h.store, version) }, { perByte: 45n, carry: 10n, pool: 1_000n })
  assert.deepEqual(h.ok(payer(0), 'claimBase', claimBaseOf(data, 0)), { amount: 8n * 45n })
  h.fails('AlreadyClaimed', payer(0), 'claimBase', claimBaseOf(data, 0))
  earn(10_000n)
  assert.deepEqual({ ...h.ok(payer(0), 'basePool', { version }) }, { perByte: 90n, carry: 20n, pool: 1_640n })
  const amounts = [0, 1, 2].map((document) => h.ok(payer(0), 'claimBase', claimBaseOf(data, document)).amount)
  assert.deepEqual(amounts, [8n * 45n, 13n * 90n, 1n * 90n])
  assert.equal(creditOf(h, contributor(0)), 8n * 90n)
  assert.deepEqual({ ...basePools.get(h.store, version) }, { perByte: 90n, carry: 20n, pool: 20n })
  assertMoney(h)
})

test('a base claim opens a document and its neighbour in the version', () => {
  const { h, data, earn } = basics()
  h.fails('AlreadyClaimed', payer(0), 'claimBase', claimBaseOf(data, 0))
  earn(10_000n)
  const good = claimBaseOf(data, 0)
  const refuse = (error: string, changes: object) => h.fails(error, payer(0), 'claimBase', { ...good, ...changes })
  const unknown = `0x${'12'.repeat(32)}` as Hash
  assert.deepEqual(refuse('UnknownObject', { version: unknown }), { id: unknown })
  refuse('InvalidOpening', { next: absent })
  refuse('InvalidOpening', { next: data.docTree.open(2) })
  refuse('InvalidOpening', { document: absent })
  refuse('InvalidOpening', { document: { ...good.document, index: 3n } })
  h.fails('InvalidOpening', payer(0), 'claimBase', { ...claimBaseOf(data, 2), next: data.docTree.open(0) })
  const { contribution } = data.documents[0]!
  contributions.set(h.store, { quarantinedAt: h.now }, contribution)
  assert.deepEqual(refuse('Quarantined', {}), { contribution })
  contributions.set(h.store, { quarantinedAt: 0n }, contribution)
  basePools.set(h.store, { pool: 8n * 45n - 1n }, data.version)
  refuse('PoolExceeded', {})
  basePools.set(h.store, { pool: 1_000n }, data.version)
  h.ok(payer(0), 'claimBase', good)
  assertMoney(h)
})

test('what a version earned before it was refuted stays claimable; nothing is added', () => {
  const { h, data, earn } = basics()
  earn(10_000n)
  versions.set(h.store, { refuted: true }, data.version)
  const { burns: before } = h.ok(payer(0), 'invariants')
  earn(10_000n)
  // 200 of the split, 1,000 of the specific part that no ledger pays, 1,000 of the base part.
  assert.equal((h.ok(payer(0), 'invariants').burns! as bigint) - before!, 2_200n)
  assert.equal(basePools.field(h.store, 'perByte', data.version), 45n)
  assert.deepEqual(h.ok(payer(0), 'claimBase', claimBaseOf(data, 1)), { amount: 13n * 45n })
  assertMoney(h)
})

test('base is paid for what a contribution is, not for what an entry of a version says', () => {
  const { h, data, earn } = basics()
  earn(10_000n)
  const [a, b, c] = data.documents as readonly [DocLeaf, DocLeaf, DocLeaf]
  const other = contribute(h, contributor(1), createDatanet(h, curator), 'seven b')
  const { order } = other
  const elsewhere = { ...a, contribution: other.contribution, order }
  const claims = (documents: readonly DocLeaf[], document: number, changes = {}) => {
    const docTree = createDocTree(documents)
    versions.set(h.store, { docRoot: docTree.root, documents: BigInt(documents.length), ...changes }, data.version)
    return claimBaseOf({ ...data, docTree }, document)
  }
  const wrong: readonly (readonly [string, readonly DocLeaf[], number])[] = [
    ['another datanet', [elsewhere, b, c], 0],
    ['another order', [{ ...a, order: a.order + 1n }, b, c], 0],
    ['longer', [a, { ...b, start: b.start + 1 }, c], 0],
    ['shorter', [a, { ...b, start: b.start - 1 }, c], 0],
    ['all of the text', [{ ...c, start: 0 }], 0],
    ['the last, one byte too early', [a, b, { ...c, start: c.start - 1 }], 2],
    ['no contribution at all', [{ ...a, contribution: data.version }, b, c], 0],
  ]
  for (const [what, documents, document] of wrong) {
    const args = claims(documents, document)
    assert.equal(h.call(payer(0), 'claimBase', args).ok, false, what)
    h.fails('InvalidProof', payer(0), 'claimBase', args)
  }
  const right = claims([a, b, c], 0)
  for (const status of [contributionStatus.committed, contributionStatus.duplicate, contributionStatus.expired]) {
    contributions.set(h.store, { status }, a.contribution)
    h.fails('InvalidProof', payer(0), 'claimBase', right)
  }
  contributions.set(h.store, { status: contributionStatus.active, revokedAt: h.now }, a.contribution)
  assert.deepEqual(h.ok(payer(0), 'claimBase', right), { amount: 8n * 45n })
  assert.deepEqual(h.ok(payer(0), 'claimBase', claims([a, b, c], 2)), { amount: 45n })
  assertMoney(h)
})
