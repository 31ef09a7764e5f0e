import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildClaim, type ClaimOpenings } from '../../attribution/kernel/claims.ts'
import { encodeEntry, type LedgerEntry } from '../../attribution/kernel/leaves.ts'
import { createTree, type Opening, type Tree } from '../../attribution/kernel/merkle.ts'
import { paramNames } from '../../attribution/native/rules.ts'
import { agents } from '../../attribution/storage/agents.ts'
import { balances, batches, earnings } from '../../attribution/storage/settlement.ts'
import { emptyBytes, type Hash, zeroHash } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { assertMoney, court, createHarness, type Harness, timelock } from './harness.ts'
import {
  contributor,
  controller,
  createMarket,
  finalize,
  honestBatch,
  marketTexts,
  openChannel,
  payer,
  plainBatch,
  settle,
} from './settlementMarket.ts'

const absent: Opening = { index: 0n, data: emptyBytes, path: [] }
const creditOf = (h: Harness, account: string): bigint => h.ok(payer(0), 'creditOf', { account }).amount!

/** The argument of `claim` for openings. */
function claimOf(batch: Hash, { previous, first, last, next }: ClaimOpenings) {
  return { batch, previous: previous ?? absent, first, last, next: next ?? absent }
}

/** A market whose two texts were quoted, and a final batch of it. */
function quoted() {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market)
  const [garden, mill] = marketTexts as [string, string]
  const { body, args } = honestBatch(h, market, [
    {
      channel,
      sold: [
        { output: `They say: ${garden}`, price: 3n * ether + 1n },
        { output: `${mill} ${garden}`, price: 2n * ether },
        { output: 'Nothing that anybody wrote.', price: ether },
      ],
    },
  ])
  const batch = settle(h, args)
  const ids = market.data.documents.map(({ contribution }) => contribution) as [Hash, Hash]
  return { h, market, body, batch, ids, claims: ids.map((id) => buildClaim(body, id)!) }
}

test('contributors are credited with exactly what the ledger says; the pool is what nobody claimed', () => {
  const { h, body, batch, ids, claims } = quoted()
  const early = { claims: [claimOf(batch, claims[0]!.openings)] }
  assert.deepEqual(h.fails('WrongStatus', payer(0), 'claim', early), { status: 1n })
  finalize(h, batch)
  assert.equal(batches.field(h.store, 'pool', batch), body.header.credit)
  const outcome = h.call(payer(3), 'claim', { claims: claims.map(({ openings }) => claimOf(batch, openings)) })
  assert(outcome.ok)
  assert.deepEqual(outcome.output, { amount: body.header.credit })
  for (const [index, id] of ids.entries()) {
    const earned = body.entries.filter((each) => each.contribution === id).reduce((sum, { wei }) => sum + wei, 0n)
    assert(earned > 0n)
    assert.equal(creditOf(h, contributor(index)), earned)
    const week = h.now / 10n
    const { ofOwner, total } = h.ok(payer(0), 'earnings', { owner: contributor(index), week })
    assert.deepEqual([ofOwner, total], [earned, body.header.credit])
  }
  const claimedEvents = outcome.events.filter(({ name }) => name === 'SpecificClaimed').map(({ args }) => args)
  assert.deepEqual(
    claimedEvents.map(({ contribution, owner }) => [contribution, owner]),
    ids.map((id, index) => [id, contributor(index)]),
  )
  assert.equal(batches.field(h.store, 'pool', batch), 0n)
  for (const { openings } of claims) {
    assert.deepEqual(h.ok(payer(0), 'isClaimed', { batch, entry: openings.first.index }), { claimed: true })
    h.fails('AlreadyClaimed', payer(0), 'claim', { claims: [claimOf(batch, openings)] })
  }
  assert.deepEqual(h.ok(payer(0), 'isClaimed', { batch, entry: 300n }), { claimed: false })
  assertMoney(h)
})

test('earnings are counted in the week of the claim', () => {
  const { h, batch, claims } = quoted()
  finalize(h, batch)
  h.now += 10n - (h.now % 10n)
  const weeks = claims.map(({ openings }) => {
    h.ok(payer(3), 'claim', { claims: [claimOf(batch, openings)] })
    h.pass(10n)
    return h.now / 10n - 1n
  })
  for (const [index, { wei }] of claims.entries()) {
    assert.equal(earnings.field(h.store, 'wei', weeks[index]!, contributor(index)), wei)
    assert.deepEqual(h.ok(payer(0), 'earnings', { owner: contributor(1 - index), week: weeks[index]! }), {
      ofOwner: 0n,
      total: wei,
    })
  }
})

test('a claim needs the openings of its ledger, complete and of one contribution', () => {
  const { h, batch, claims, body } = quoted()
  finalize(h, batch)
  const [good] = claims.map(({ openings }) => claimOf(batch, openings))
  const { ledger } = body.trees
  const open = (index: number): Opening => (index < 0 || index >= body.entries.length ? absent : ledger.open(index))
  const run = (from: number, to: number) => ({
    batch,
    previous: open(from - 1),
    first: open(from),
    last: open(to),
    next: open(to + 1),
  })
  const refuse = (error: string, changes: object) =>
    h.fails(error, payer(0), 'claim', { claims: [{ ...good!, ...changes }] })
  const first = good!.first
  const unknown = `0x${'12'.repeat(32)}` as Hash
  assert.deepEqual(refuse('UnknownObject', { batch: unknown }), { id: unknown })
  refuse('InvalidOpening', { first: { ...first, data: first.data.map((byte) => byte ^ 1) } })
  refuse('InvalidOpening', { first: { ...first, path: first.path.slice(1) } })
  refuse('InvalidOpening', { first: { ...first, path: [...first.path, first.path[0]!] } })
  refuse('InvalidProof', { first: absent, last: absent })
  // Two contributions in the ledger: each has the other beside it on one side.
  refuse('InvalidProof', good!.next === absent ? { previous: absent } : { next: absent })
  // Absent has one form: index 0, no data, no path.
  const side = good!.next === absent ? 'next' : 'previous'
  refuse('InvalidProof', { [side]: { ...absent, index: 1n } })
  refuse('InvalidProof', { [side]: { ...absent, path: [body.header.ledgerRoot] } })
  refuse('InvalidProof', { [side]: { ...absent, data: Uint8Array.of(0) } })
  const end = body.entries.length - 1
  refuse('InvalidProof', run(0, end))
  const inner = body.entries.findIndex(
    (entry, at) => at > 0 && entry.contribution === body.entries[at - 1]!.contribution,
  )
  assert(inner > 0)
  refuse('InvalidProof', run(inner, inner))
  refuse('InvalidProof', run(inner - 1, inner - 1))
  h.fails('TooMany', payer(0), 'claim', { claims: Array.from({ length: 33 }, () => good!) })
  assert.deepEqual(h.ok(payer(0), 'claim', { claims: [] }), { amount: 0n })
  h.ok(payer(0), 'claim', { claims: [good] })
})

/** A final batch with whatever ledger, which nobody refuted. */
function batchWithLedger(entries: readonly LedgerEntry[], credit: bigint) {
  const h = createHarness()
  const market = createMarket(h)
  const channel = openChannel(h, market)
  const tree = createTree(entries.map(encodeEntry))
  const header = { ledgerRoot: tree.root, entries: tree.count, credit }
  const batch = settle(h, plainBatch(h, market, [{ channel, wei: ether }], header))
  finalize(h, batch)
  return { h, batch, tree, data: market.data }
}

/** Claims entry `index` alone. */
function claimOne(batch: Hash, tree: Tree, index: number) {
  const neighbour = (at: number) => (at < 0 || BigInt(at) >= tree.count ? absent : tree.open(at))
  const entry = tree.open(index)
  return { claims: [{ batch, previous: neighbour(index - 1), first: entry, last: entry, next: neighbour(index + 1) }] }
}

test('a ledger that nobody refuted cannot pay more than its pool, nor anybody who does not exist', () => {
  const ghost = `0x${'12'.repeat(32)}` as Hash
  const { data } = createMarket(createHarness())
  const [honest] = data.documents
  const entries = [
    { contribution: ghost, receipt: 0, tile: 0, wei: 5n, prefix: 0n },
    { contribution: honest!.contribution, receipt: 0, tile: 0, wei: 60n, prefix: 5n },
    { contribution: ghost, receipt: 0, tile: 1, wei: 0n, prefix: 65n },
    { contribution: honest!.contribution, receipt: 0, tile: 1, wei: 41n, prefix: 65n },
  ]
  const { h, batch, tree } = batchWithLedger(entries, 100n)
  assert.deepEqual(h.fails('UnknownObject', payer(0), 'claim', claimOne(batch, tree, 0)), { id: ghost })
  h.ok(payer(0), 'claim', claimOne(batch, tree, 1))
  h.fails('PoolExceeded', payer(0), 'claim', claimOne(batch, tree, 3))
  assert.equal(batches.field(h.store, 'pool', batch), 40n)
  assertMoney(h)
})

test('an entry of no wei is claimed like any other, and counts as no earnings', () => {
  const { data } = createMarket(createHarness())
  const { contribution } = data.documents[0]!
  const { h, batch, tree } = batchWithLedger([{ contribution, receipt: 0, tile: 0, wei: 0n, prefix: 0n }], 0n)
  assert.deepEqual(h.ok(payer(0), 'claim', claimOne(batch, tree, 0)), { amount: 0n })
  h.fails('AlreadyClaimed', payer(0), 'claim', claimOne(batch, tree, 0))
  assert.equal(earnings.field(h.store, 'wei', h.now / 10n, contributor(0)), 0n)
})

test('claimed bits are those of their entry, in whichever word', () => {
  const { data } = createMarket(createHarness())
  const ids = data.documents.map(({ contribution }) => contribution)
  const entries = Array.from({ length: 600 }, (_, index) => ({
    contribution: ids[index % 2]!,
    receipt: index,
    tile: 0,
    wei: 1n,
    prefix: BigInt(index),
  }))
  const { h, batch, tree } = batchWithLedger(entries, 600n)
  const places = [0, 1, 255, 256, 257, 511, 512, 599]
  for (const place of places) h.ok(payer(0), 'claim', claimOne(batch, tree, place))
  const claimed = entries.flatMap((_, place) =>
    h.ok(payer(0), 'isClaimed', { batch, entry: BigInt(place) }).claimed ? [place] : [],
  )
  assert.deepEqual(claimed, places)
  assertMoney(h)
})

test('the owner of this moment is credited: revoked is paid, quarantined waits', () => {
  const { h, batch, ids, claims } = quoted()
  finalize(h, batch)
  h.ok(contributor(0), 'revokeConsent', { contribution: ids[0] })
  h.ok(contributor(0), 'transferContribution', { contribution: ids[0], to: payer(7) })
  h.ok(payer(0), 'claim', { claims: [claimOf(batch, claims[0]!.openings)] })
  assert.equal(creditOf(h, payer(7)), claims[0]!.wei)
  assert.equal(creditOf(h, contributor(0)), 0n)
  h.ok(court, 'quarantineContribution', { contribution: ids[1] })
  const second = { claims: [claimOf(batch, claims[1]!.openings)] }
  assert.deepEqual(h.fails('Quarantined', payer(0), 'claim', second), { contribution: ids[1] })
  h.ok(court, 'liftQuarantine', { contribution: ids[1] })
  h.ok(payer(0), 'claim', second)
  assertMoney(h)
})

test('what nobody claims in time is burned', () => {
  const { h, batch, claims } = quoted()
  assert.deepEqual(h.fails('WrongStatus', payer(0), 'expireBatch', { batch }), { status: 1n })
  finalize(h, batch)
  h.ok(payer(0), 'claim', { claims: [claimOf(batch, claims[0]!.openings)] })
  // A batch keeps the time that it was made final with.
  h.ok(timelock, 'setParam', { param: BigInt(paramNames.indexOf('claimExpirySec')), value: 60n })
  h.pass(3_600n)
  assert.deepEqual(h.fails('TooEarly', payer(0), 'expireBatch', { batch }), { earliest: h.now + 1n })
  h.pass(1n)
  const { burns: before } = h.ok(payer(0), 'invariants')
  assert.deepEqual(h.ok(payer(0), 'expireBatch', { batch }), { burned: claims[1]!.wei })
  assert.equal((h.ok(payer(0), 'invariants').burns! as bigint) - before!, claims[1]!.wei)
  h.fails('AlreadyClaimed', payer(0), 'expireBatch', { batch })
  h.fails('PoolExceeded', payer(0), 'claim', { claims: [claimOf(batch, claims[1]!.openings)] })
  h.fails('UnknownObject', payer(0), 'expireBatch', { batch: `0x${'12'.repeat(32)}` })
  assertMoney(h)
})

test('a reward kept from a slashed author is the repairer’s when its roots stand', () => {
  const { h, batch } = quoted()
  const terms = { controller, metadataHash: zeroHash }
  const agent: Hash = h.ok(payer(8), 'registerAgent', terms, { value: 100n * ether }).agent!
  // As a refutation and a repair leave them: 7 wei of the first author's stake lie in the bonds.
  const margin = batches.field(h.store, 'margin', batch)
  const { stakes, bonds } = balances.get(h.store)
  batches.set(h.store, { set: 1n, author: agent, repairReward: 7n }, batch)
  balances.set(h.store, { stakes: stakes - 7n, bonds: bonds + 7n })
  agents.set(h.store, { openMargin: margin }, agent)
  finalize(h, batch)
  assert.equal(creditOf(h, payer(8)), 7n)
  assert.equal(balances.field(h.store, 'bonds'), bonds)
  assert.equal(batches.field(h.store, 'repairReward', batch), 0n)
  assert.equal(agents.field(h.store, 'openMargin', agent), 0n)
  assertMoney(h)
})
