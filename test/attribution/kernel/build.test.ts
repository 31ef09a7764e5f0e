import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BodyContent, type BodyReceipt, buildBody, commitBody } from '../../../attribution/kernel/body.ts'
import { type ClaimedBody, claimBody, factsOf } from '../../../attribution/kernel/build/claimed.ts'
import { headOf, knowCorpus, openVersion } from '../../../attribution/kernel/build/corpus.ts'
import { findFault } from '../../../attribution/kernel/build/refute.ts'
import { findHeaviestFault, weighFault } from '../../../attribution/kernel/build/weight.ts'
import type { LedgerEntry, ReceiptLeaf, TileLeaf } from '../../../attribution/kernel/leaves.ts'
import { receiptsOf } from './bodies.ts'
import { corpusOf } from './span/corpora.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const passage = 'the quick brown fox jumps over a lazy dog'
const other = 'pack my box with five dozen liquor jugs now'

// Two datanets: the second copies a document of the first. Three receipts, the last one private.
const plainCorpus = corpusOf([[passage, other], [passage]], [1, 3, 2])
const contents = plainCorpus.map(openVersion)
const corpus = knowCorpus(contents.map(headOf), contents)
const rates = { marginBps: 2_000n, dataBps: 5_000n, specificBps: 5_000n, chainId: 1612n }
const sold = (...outputs: string[]) => outputs.map((output) => ({ output: bytes(output), price: 10n ** 18n }))
const state = { sequence: 4n, cumulative: 7n }
const body = buildBody({
  ...rates,
  corpus: plainCorpus,
  channels: [
    receiptsOf({ channel: 3n, isPrivate: false, ...state, sold: sold(`He said: ${passage}.`, `${other}, ${passage}`) }),
    receiptsOf({ channel: 5n, isPrivate: true, ...state, sold: sold(passage) }),
  ],
})
const content: BodyContent = { ...body, margin: body.header.margin, credit: body.header.credit }
const factsAbout = (made: typeof body) =>
  factsOf({ ...made, updates: body.updates }, { ...rates, isPrivate: (channel) => channel === 5n })

type Lie = (content: BodyContent) => Partial<BodyContent>

const onReceipt =
  (at: number, change: (receipt: BodyReceipt) => Partial<BodyReceipt>): Lie =>
  () => ({ receipts: body.receipts.map((each, index) => (index === at ? { ...each, ...change(each) } : each)) })
const onLeaf = (at: number, change: Partial<ReceiptLeaf>): Lie =>
  onReceipt(at, ({ leaf }) => ({ leaf: { ...leaf, ...change } }))
const onTile = (at: number, change: (tile: TileLeaf) => Partial<TileLeaf>): Lie =>
  onReceipt(at, ({ tiles: [tile, ...rest] }) => ({ tiles: [{ ...tile!, ...change(tile!) }, ...rest] }))
const onEntries =
  (change: (entries: readonly LedgerEntry[]) => readonly LedgerEntry[]): Lie =>
  () => ({ entries: change(body.entries) })

const lies: readonly (readonly [what: string, name: string, lie: Lie])[] = [
  ['a first receipt with margin before it', 'refuteReceiptEnds', onLeaf(0, { marginBefore: 1n })],
  ['a running margin', 'refuteReceiptLink', onLeaf(1, { marginBefore: 1n })],
  ['a gap in the sequence', 'refuteReceiptLink', onLeaf(1, { sequence: 9n })],
  ['a sequence of 0', 'refuteReceiptLeaf', onLeaf(0, { sequence: 0n })],
  ['another price than was signed', 'refuteChannelStart', onLeaf(2, { price: 1n })],
  ['the receipt of a channel that is not updated', 'refuteMissingChannel', onLeaf(2, { channel: 9n })],
  ['tiles of a private receipt', 'refuteReceiptLeaf', onReceipt(2, () => ({ tiles: body.receipts[0]!.tiles }))],
  ['a running credit', 'refuteRunningCredit', onLeaf(1, { creditBefore: 0n })],
  ['a total credit', 'refuteRunningCredit', () => ({ credit: 0n })],
  ['a tile inside a word', 'refuteTileBoundary', onTile(0, ({ start }) => ({ start: start + 1 }))],
  ['a tile of 31 bytes', 'refuteTileShape', onTile(0, () => ({ length: 31 }))],
  ['paid bytes', 'refuteTileShape', onTile(0, ({ paidEnd }) => ({ paidEnd: paidEnd + 1 }))],
  [
    'a holder elsewhere in its document',
    'refuteHolderBytes',
    onTile(0, () => ({ length: 37, paidEnd: 37, holders: [{ document: 0, offset: 4 }] })),
  ],
  ['a document too short', 'refuteHolderDocument', onTile(0, () => ({ holders: [{ document: 0, offset: 1 }] }))],
  ['no such document', 'refuteHolderDocument', onTile(0, () => ({ holders: [{ document: 2, offset: 0 }] }))],
  ['the copy as payee', 'refutePayee', onTile(0, () => ({ corpusIndex: 1 }))],
  ['no tiles', 'refuteMissingTile', onReceipt(0, () => ({ tiles: [] }))],
  ['a ledger out of order', 'refuteLedgerLink', onEntries((entries) => [...entries].reverse())],
  ['a first prefix', 'refuteLedgerLink', onEntries(([first, ...rest]) => [{ ...first!, prefix: 1n }, ...rest])],
  ['a shorter ledger', 'refuteLedgerEnds', onEntries((entries) => entries.slice(0, -1))],
  ['an empty ledger', 'refuteMissingEntry', onEntries(() => [])],
  [
    'an entry of no receipt',
    'refuteEntry',
    onEntries((entries) => entries.with(-1, { ...entries.at(-1)!, receipt: 3 })),
  ],
]

test('nothing is wrong with an honest body', () => {
  assert.deepEqual(
    body.receipts.map(({ tiles }) => tiles.length),
    [1, 2, 0],
  )
  assert.equal(body.entries.length, 3)
  assert.equal(findFault(claimBody(body), corpus, factsAbout(body)), undefined)
})

for (const [what, name, lie] of lies) {
  test(`${what}: ${name}`, () => {
    const made = commitBody({ ...content, ...lie(content) })
    const found = findFault(claimBody(made), corpus, factsAbout(made))
    assert.ok(
      found !== undefined && 'name' in found,
      `nothing to prove: ${found && JSON.stringify(Object.keys(found))}`,
    )
    assert.equal(found.name, name)
  })
}

test('a fault is shown before anything is asked for', () => {
  const made = commitBody({ ...content, ...onLeaf(1, { marginBefore: 1n })(content) })
  const { receipts, entries } = claimBody(made)
  const hidden: ClaimedBody = {
    receipts: receipts.map((receipt) => ({ ...receipt, output: undefined, tiles: undefined })),
    entries,
  }
  const name = (claimed: ClaimedBody) => {
    const found = findFault(claimed, corpus, factsAbout(made))
    return found && ('name' in found ? found.name : found.demand.name)
  }
  assert.equal(name(hidden), 'refuteReceiptLink')
  const honest = claimBody(body)
  const silent = honest.receipts.map((receipt) => ({ ...receipt, output: undefined }))
  assert.deepEqual(findFault({ ...honest, receipts: silent }, corpus, factsAbout(body)), {
    demand: { name: 'demandReceipt', args: { receipt: 0n } },
  })
})

test('the heaviest fault weighs as the batch, one in a trace as its receipt', () => {
  const made = commitBody({ ...content, ...onReceipt(0, () => ({ tiles: [] }))(content) })
  const facts = factsAbout(made)
  const first = findFault(claimBody(made), corpus, facts)
  assert.ok(first !== undefined && 'name' in first)
  // A fifth of 1 OPEN is margin, a quarter of it specific; three receipts.
  assert.equal(weighFault(first, facts), 5n * 10n ** 16n)
  const heaviest = findHeaviestFault(claimBody(made), corpus, facts)!
  assert.equal(heaviest.name, 'refuteRunningCredit')
  assert.equal(weighFault(heaviest, facts), 15n * 10n ** 16n)
  assert.equal(findHeaviestFault(claimBody(body), corpus, factsAbout(body)), undefined)
})
