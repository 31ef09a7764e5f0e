import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Body } from '../../../attribution/kernel/body.ts'
import { answerHolder } from '../../../attribution/kernel/build/demand.ts'
import type { TileLeaf } from '../../../attribution/kernel/leaves.ts'
import { emptyRoot } from '../../../attribution/kernel/merkle.ts'
import { createSaltedTree, saltsOf } from '../../../attribution/kernel/text.ts'
import { versions } from '../../../attribution/storage/datanets.ts'
import type { Address, Hash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { ether } from '../../state/testChain.ts'
import { createChecked, creditOf } from '../checked.ts'
import { bytesOf, type Published } from '../datasets.ts'
import { controller, packUpdates, settle } from '../settlementMarket.ts'
import { undone } from '../tracesScene.ts'
import {
  anyone,
  attacker,
  audit,
  auditor,
  bystander,
  convict,
  createNet,
  known,
  margin,
  openShop,
  price,
  retell,
  sell,
  settleBody,
  specific,
  victim,
} from './trade.ts'

// Attacks of a provider that does not tell the truth about what it sold. Each is what the lie would move if nobody
// looked, and what it costs when somebody does.

const saying = 'Whoever waters the garden before the sun is up will see it green in August, said the miller'
const copied = `They copied this: ${saying}!`
const other = 'The ledger of the mill was kept by the youngest daughter, in blue ink and without a mistake'
const output = `${saying}. ${'Nobody ever wrote these words down before. '.repeat(5)}${other}, they say.`

const h = createChecked()
const data = createNet(h, victim, [
  [victim, saying],
  [attacker, copied],
  [bystander, other],
])
const shop = openShop(h, [data])
const sold = sell(h, shop, [output])
const tiles = sold.body.receipts[0]!.tiles
const [first, second] = tiles as readonly [TileLeaf, TileLeaf]
const offsetOf = (passage: string) => Buffer.from((shop.corpus[0] as Published).text).indexOf(passage)

/** What a body's ledger gives the contributions of an account. */
function creditOfLedger({ entries }: Body, owner: Address): bigint {
  const own = [victim, attacker, bystander].indexOf(owner as typeof victim)
  const { contribution } = data.documents[own]!
  return entries.reduce((sum, entry) => sum + (entry.contribution === contribution ? entry.wei : 0n), 0n)
}

type Lie = {
  readonly name: string
  readonly tell: () => readonly TileLeaf[]
  /** The call that ends it. */
  readonly call: string
  /** What it would move to the attacker's contribution, in parts of the output's length. */
  readonly bytes: number
}

const length = output.length
const [paidFirst, paidSecond] = [first.length, second.length]

const lies: readonly Lie[] = [
  { name: 'hiding a tile', tell: () => [first], call: 'refuteMissingTile', bytes: 0 },
  { name: 'hiding all tiles', tell: () => [], call: 'refuteMissingTile', bytes: 0 },
  {
    name: 'shortening a tile',
    tell: () => [
      { ...first, length: 40, paidEnd: 40 },
      { ...second, paidEnd: 40 + paidSecond },
    ],
    call: 'refuteLongerTile',
    bytes: 0,
  },
  {
    name: 'inventing a tile of the own text',
    tell: () => {
      const holders = [{ document: 1, offset: offsetOf('They copied this') }]
      const invented: TileLeaf = { start: 93, length: 86, common: 0, paidEnd: paidFirst + 86, corpusIndex: 0, holders }
      return [first, invented, { ...second, paidEnd: paidFirst + 86 + paidSecond }]
    },
    call: 'refuteHolderBytes',
    bytes: 86,
  },
  { name: 'reordering tiles', tell: () => [second, first], call: 'refuteTileShape', bytes: 0 },
  {
    name: 'naming the own later copy as the payee',
    tell: () => [{ ...first, holders: first.holders.slice(1) }, second],
    call: 'refutePayee',
    bytes: first.length,
  },
  {
    name: 'calling a tile common that is not',
    tell: () => {
      const holders = Array.from({ length: 11 }, (_, at) => first.holders[at % 2]!)
      return [
        { ...first, common: 1, paidEnd: 0, holders },
        { ...second, paidEnd: paidSecond },
      ]
    },
    call: 'refuteTileShape',
    bytes: 0,
  },
  {
    name: 'counting more paid bytes than the tiles have',
    tell: () => [
      { ...first, paidEnd: first.length + 1 },
      { ...second, paidEnd: first.length + 1 + paidSecond },
    ],
    call: 'refuteTileShape',
    bytes: 0,
  },
]

test('the honest trace pays the first of two who have a text, and who wrote the other', () => {
  assert.deepEqual([paidFirst, paidSecond], [saying.length, other.length])
  const said = (bytes: number) => (specific * BigInt(bytes)) / BigInt(length)
  assert.equal(creditOfLedger(sold.body, victim), said(paidFirst))
  assert.equal(creditOfLedger(sold.body, attacker), 0n)
  assert.equal(creditOfLedger(sold.body, bystander), said(paidFirst + paidSecond) - said(paidFirst))
})

for (const { name, tell, call, bytes } of lies)
  test(`${name} moves ${bytes === 0 ? '0 wei' : `the part of ${bytes} bytes`} to the liar and costs it ten times the part`, () =>
    undone(h, () => {
      const body = retell(shop.corpus, sold.body, () => ({ tiles: tell() }))
      const moved = creditOfLedger(body, attacker)
      assert(moved - (specific * BigInt(bytes)) / BigInt(length) <= 1n && moved <= specific)
      const batch = settleBody(h, sold, body)
      assert.deepEqual(convict(h, shop, batch, body), { call, lost: 10n * specific, paid: 2n * specific })
      assert.equal(creditOf(h, attacker), 0n)
    }))

test('substituting an output for one that quotes the own text is shown by the payer’s head: 0 wei, ten times the part lost', () =>
  undone(h, () => {
    const bytes = bytesOf(copied)
    const salts = saltsOf(bytesOf('any'), bytes.length)
    const leaf = { outputRoot: createSaltedTree(bytes, salts).root, outputLength: bytes.length }
    const holders = [{ document: 1, offset: offsetOf('They copied this') }]
    const tile: TileLeaf = {
      start: 0,
      length: bytes.length,
      common: 0,
      paidEnd: bytes.length,
      corpusIndex: 0,
      holders,
    }
    const body = retell(shop.corpus, sold.body, () => ({ leaf, output: { bytes, salts }, tiles: [tile] }))
    assert.equal(creditOfLedger(body, attacker), specific)
    const batch = settleBody(h, sold, body)
    const verdict = convict(h, shop, batch, body)
    assert.deepEqual(verdict, { call: 'refuteChannelStart', lost: 10n * specific, paid: 2n * specific })
  }))

test('omitting a receipt does not settle, and telling another twice in its place is shown', () =>
  undone(h, () => {
    const both = sell(h, shop, [output, 'A second answer that quotes nobody at all.'])
    const { args } = both
    const fewer = { ...both.body.header, receiptCount: 1n }
    h.fails('SumMismatch', controller, 'settleBatch', {
      ...args,
      header: { ...args.header, receipts: fewer.receiptCount },
    })
    const twice = retell(shop.corpus, both.body, (_, at) => {
      const { leaf, output, tiles } = both.body.receipts[1]!
      return at === 0 ? { leaf, output, tiles } : {}
    })
    const batch = settleBody(h, both, twice)
    const { lost, paid } = convict(h, shop, batch, twice)
    // Faults of the receipts weigh as the batch, here of two sales.
    assert.deepEqual([lost, paid], [20n * specific, 4n * specific])
  }))

test('declaring everything compute: the model, not the provider, says what is margin, and at least a tenth is', () =>
  undone(h, () => {
    const credit = creditOf(h, '0x0000000000000000000000000000000000000000' as Address)
    assert.equal(credit, 0n)
    const batch = settleBody(h, sold, sold.body)
    const { margin: kept } = h.ok(anyone, 'getBatch', { batch }).value as unknown as { margin: bigint }
    assert.equal(kept, margin)
    assert.throws(() => openShop(h, [data], { marginBps: 999n, label: 'less' }), /InvalidSpec/)
    const least = openShop(h, [data], { marginBps: 1_000n, label: 'least' })
    const cheap = sell(h, least, [output])
    const of = h.ok(anyone, 'getBatch', { batch: settle(h, cheap.args) }).value as unknown as { margin: bigint }
    assert.equal(of.margin, price / 10n)
  }))

test('withholding the ledger ends like a lie: ten times the part is lost, the asker has the bond back and a fifth', () =>
  undone(h, () => {
    const body = { ...sold.body, header: { ...sold.body.header, ledgerRoot: keccakHash(bytesOf('nobody knows')) } }
    const batch = settleBody(h, sold, body)
    const bond = 40_000n * 40n * h.baseFee
    const before = h.balance(auditor)
    const demand: Hash = h.ok(auditor, 'demandLedger', { batch, start: 0n, count: 2n }, { value: bond }).demand!
    h.pass(60n)
    h.fails('TooEarly', anyone, 'expireDemand', { demand })
    // The window is over, the demand is not: the batch cannot become final.
    h.pass(1n)
    h.fails('OpenDemands', anyone, 'finalizeBatch', { batch })
    h.ok(anyone, 'expireDemand', { demand })
    const { stake } = h.ok(anyone, 'getAgent', { agent: shop.provider }).value as unknown as { stake: bigint }
    assert.equal(stake, 100_000n * ether - 10n * specific)
    h.ok(auditor, 'withdraw')
    assert.equal(h.balance(auditor) - before, 2n * specific)
  }))

test('an empty output has no tiles to pay for: whoever is told one with tiles shows it', () =>
  undone(h, () => {
    const empty = sell(h, shop, [''])
    assert.equal(audit(h, shop.corpus, empty.body), undefined)
    assert.equal(empty.body.receipts[0]!.leaf.traceRoot, emptyRoot)
    assert.equal(empty.body.header.credit, 0n)
    const body = retell(shop.corpus, empty.body, () => ({ tiles: [first] }))
    assert.equal(creditOfLedger(body, attacker), 0n)
    const batch = settleBody(h, empty, body)
    assert.deepEqual(convict(h, shop, batch, body), {
      call: 'refuteReceiptLeaf',
      lost: 10n * specific,
      paid: 2n * specific,
    })
  }))

test('tiles that begin and end beside the borders of chunks can be shown missing and shown too short', () => {
  for (const before of [253, 254, 255, 256, 257, 511, 512])
    undone(h, () => {
      const text = `${'.'.repeat(before)}${saying}${'.'.repeat(420 - saying.length)}`
      const edge = sell(h, shop, [text])
      const [tile] = edge.body.receipts[0]!.tiles
      assert.equal(tile?.start, before)
      assert.equal(audit(h, shop.corpus, edge.body), undefined)
      const told = [[], [{ ...tile!, length: tile!.length - 7, paidEnd: tile!.length - 7 }]]
      for (const [at, call] of ['refuteMissingTile', 'refuteLongerTile'].entries())
        undone(h, () => {
          const body = retell(shop.corpus, edge.body, () => ({ tiles: told[at]! }))
          assert.equal(convict(h, shop, settleBody(h, edge, body), body).call, call)
        })
    })
})

test('texts and documents that end beside the borders of chunks can be traced, asked for and proven', () => {
  for (const size of [255, 256, 257, 512])
    undone(h, () => {
      // The first document ends, or the text does, at a border.
      const head = `${'-'.repeat(size - saying.length - 1)} ${saying}`
      const net = createNet(h, victim, [
        [victim, head],
        [bystander, `${'+'.repeat(766 - size - other.length)} ${other}`],
      ])
      const edge = openShop(h, [net], { label: `of ${size}` })
      const bought = sell(h, edge, [`${saying}; ${other}`])
      assert.equal(audit(h, edge.corpus, bought.body), undefined)
      assert.deepEqual(
        bought.body.receipts[0]!.tiles.map((tile) => tile.length),
        [saying.length, other.length],
      )
      undone(h, () => {
        const batch = settleBody(h, bought, bought.body)
        for (const tile of [0, 1]) {
          const ask = { batch, receipt: 0n, tile: BigInt(tile), holder: 0n }
          h.ok(auditor, 'demandHolder', ask, { value: 40_000n * 40n * h.baseFee })
          const answer = answerHolder(bought.body, known(edge.corpus), { receipt: 0, tile, holder: 0 })
          h.ok(anyone, 'answerHolder', { batch, ...answer })
        }
      })
      const body = retell(edge.corpus, bought.body, ({ tiles }) => ({ tiles: tiles.slice(0, 1) }))
      assert.equal(convict(h, edge, settleBody(h, bought, body), body).call, 'refuteMissingTile')
    })
})

test('closing or refuting a version after a sale makes no honest batch false and no lie right', () => {
  for (const flag of [{ closed: true }, { refuted: true }])
    undone(h, () => {
      versions.set(h.store, flag, data.version)
      assert.equal(audit(h, shop.corpus, sold.body), undefined)
      const body = retell(shop.corpus, sold.body, () => ({ tiles: [] }))
      assert.equal(convict(h, shop, settleBody(h, sold, body), body).lost, 10n * specific)
    })
})

test('a voucher for another head, sum or sequence is no payer’s: 0 wei', () =>
  undone(h, () => {
    const [update] = sold.body.updates
    const { channel, afterSequence: sequence, afterCumulative: cumulative, afterHead: head } = update!
    const thief = new Uint8Array(32).fill(7)
    const forged = packUpdates(h, [{ channel, sequence, cumulative, head }], thief)
    h.fails('InvalidSignature', controller, 'settleBatch', { ...sold.args, updates: forged })
    const more = Uint8Array.from(sold.args.updates)
    more[22]! ^= 1
    const outcome = h.call(controller, 'settleBatch', { ...sold.args, updates: more })
    assert(!outcome.ok && ['InvalidSignature', 'InsufficientChannel'].includes(outcome.error))
  }))
