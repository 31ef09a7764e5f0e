import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ledgerRange } from '../../attribution/kernel/build/demand.ts'
import { encodeEntry, encodeTile, type LedgerEntry, type TileLeaf } from '../../attribution/kernel/leaves.ts'
import { specificPart } from '../../attribution/kernel/margin.ts'
import { createTree, rootOf } from '../../attribution/kernel/merkle.ts'
import { saltBytes } from '../../attribution/kernel/text.ts'
import { agents } from '../../attribution/storage/agents.ts'
import { contributionStatus, contributions } from '../../attribution/storage/datanets.ts'
import { batches } from '../../attribution/storage/settlement.ts'
import { bytesToHash, concatBytes, emptyBytes, type Hash } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { argsOf, bonds, creditOf, eventsOf, setParameter } from './checked.ts'
import { providerOwner } from './settlementMarket.ts'
import { cases } from './tracesCases.ts'
import {
  absent,
  challenger,
  commitTo,
  createStage,
  openingsOf,
  prove,
  repairer,
  type Scene,
  settleTale,
  stranger,
  type Tale,
  undone,
} from './tracesScene.ts'

const stage = createStage()
const { h, market } = stage
const bond = 40_000n * 40n * h.baseFee
const spec = specificPart(4_000n * ether, 5_000n, 5_000n)
const held = bonds(h)
const big = 1
const noDocument = { document: { entry: absent, next: absent }, output: [], text: [], content: [] }

type Args = Readonly<Record<string, unknown>>

function scenario(name: string, run: (scene: (lie?: (tale: Tale) => void) => Scene) => void): void {
  test(name, () => undone(h, () => run((lie) => settleTale(stage, lie))))
}

/** What the next demand about a batch costs. */
function bondFor(batch: Hash): bigint {
  return (bond * (8n + batchOf(batch).openDemands)) / 8n
}

/** Asks as the challenger and gives the demand's id. */
function ask(name: string, args: Args): Hash {
  return h.ok(challenger, name, args, { value: bondFor(args.batch as Hash) }).demand!
}

function receiptAnswer({ batch, trees, tale }: Scene, index: number, shown: Partial<Args> = {}): Args {
  const { chunks, tiles } = tale.receipts[index]!
  return {
    batch,
    receipt: trees.receipts.open(index),
    output: concatBytes(...chunks.map((chunk) => chunk.subarray(saltBytes))),
    salts: chunks.map((chunk) => bytesToHash(chunk.subarray(0, saltBytes))),
    tiles: tiles.map((tile) => (tile instanceof Uint8Array ? tile : encodeTile(tile))),
    ...shown,
  }
}

function holderAnswer(scene: Scene, receipt: number, tile: number, holder: number, shown: Partial<Args> = {}): Args {
  const open = openingsOf(scene)
  const { start, length, holders } = scene.tale.receipts[receipt]!.tiles[tile] as TileLeaf
  const { document, offset } = holders[holder]!
  return {
    batch: scene.batch,
    tile: open.tile(receipt, tile),
    holder: BigInt(holder),
    document: open.docRef(big, document),
    output: open.output(receipt, start, start + length),
    text: open.text(big, offset, offset + length),
    content: open.content(big, document, offset, offset + length),
    ...shown,
  }
}

function ledgerAnswer({ batch, trees, tale }: Scene, start: number, count: number): Args {
  const entries = tale.entries.slice(start, start + count).map((entry) => encodeEntry(entry as LedgerEntry))
  return { batch, start: BigInt(start), entries, siblings: trees.ledger.range(start, start + count).siblings }
}

const batchOf = (batch: Hash) => batches.get(h.store, batch)

scenario('every receipt can be shown, the empty one too; of the private one the leaf alone', (settled) => {
  const scene = settled()
  for (let index = 0; index < 4; index++) {
    const demand = ask('demandReceipt', { batch: scene.batch, receipt: BigInt(index) })
    h.fails(
      'DemandExists',
      challenger,
      'demandReceipt',
      { batch: scene.batch, receipt: BigInt(index) },
      { value: 2n * bond },
    )
    h.ok(stranger, 'answerReceipt', receiptAnswer(scene, index))
    const { status, demander } = h.ok(stranger, 'getDemand', { demand }) as unknown as {
      status: bigint
      demander: string
    }
    assert.deepEqual([status, demander], [2n, challenger])
    h.fails('WrongStatus', stranger, 'answerReceipt', receiptAnswer(scene, index))
  }
  ask('demandReceipt', { batch: scene.batch, receipt: 4n })
  const bare = { output: emptyBytes, salts: [], tiles: [] }
  h.fails('InvalidOpening', stranger, 'answerReceipt', receiptAnswer(scene, 4, { ...bare, output: Uint8Array.of(1) }))
  h.ok(stranger, 'answerReceipt', receiptAnswer(scene, 4, bare))
  assert.equal(creditOf(h, challenger), 5n * bond)
  assert.equal(bonds(h), held)
  assert.equal(batchOf(scene.batch).openDemands, 0n)
})

scenario('an answer shows all of a receipt and nothing else', (settled) => {
  const scene = settled()
  ask('demandReceipt', { batch: scene.batch, receipt: 0n })
  const whole = receiptAnswer(scene, 0)
  const { output, salts, tiles } = whole as { output: Uint8Array; salts: Hash[]; tiles: Uint8Array[] }
  const wrong: readonly Args[] = [
    { output: output.subarray(1) },
    { output: concatBytes(output, Uint8Array.of(0)) },
    { output: output.map((byte, at) => (at === 300 ? byte ^ 1 : byte)) },
    { salts: salts.slice(1) },
    { salts: [salts[1], salts[0], salts[2]] },
    { tiles: tiles.slice(1) },
    { tiles: [...tiles, tiles[0]] },
    { tiles: [tiles[1], tiles[0], tiles[2]] },
    { tiles: [emptyBytes, ...tiles.slice(1)] },
    { receipt: scene.trees.receipts.open(1) },
  ]
  for (const change of wrong) {
    const outcome = h.call(stranger, 'answerReceipt', { ...whole, ...change })
    assert(!outcome.ok && outcome.error === ('receipt' in change ? 'UnknownObject' : 'InvalidOpening'))
  }
  h.fails('TooMany', stranger, 'answerReceipt', { ...whole, tiles: Array.from({ length: 257 }, () => tiles[0]) })
  h.ok(stranger, 'answerReceipt', whole)
})

scenario('leaves that cannot be read are no answer', (settled) => {
  const scene = settled((tale) => {
    tale.receipts[0]!.tiles[0] = new Uint8Array(7)
    tale.entries[1] = new Uint8Array(62 - 1)
  })
  ask('demandReceipt', { batch: scene.batch, receipt: 0n })
  h.fails('InvalidOpening', stranger, 'answerReceipt', receiptAnswer(scene, 0))
  ask('demandLedger', { batch: scene.batch, start: 0n, count: 4n })
  const { leaves, siblings } = scene.trees.ledger.range(0, 4)
  h.fails('InvalidOpening', stranger, 'answerLedger', { batch: scene.batch, start: 0n, entries: leaves, siblings })
})

scenario(
  'a holder is shown by its document and the bytes of the tile, in the text and in its contribution',
  (settled) => {
    const scene = settled()
    const { batch } = scene
    for (const [receipt, tile, holder] of [
      [0, 0, 1],
      [0, 2, 0],
      [1, 0, 10],
    ] as const) {
      const asked = { batch, receipt: BigInt(receipt), tile: BigInt(tile), holder: BigInt(holder) }
      ask('demandHolder', asked)
      const answer = holderAnswer(scene, receipt, tile, holder)
      const { output, text, content } = answer as { output: object[]; text: object[]; content: object[] }
      const open = openingsOf(scene)
      for (const change of [
        { document: open.docRef(big, 3) },
        { document: { entry: open.doc(big, 3), next: absent } },
        { output: output.slice(1) },
        { output: [...output, output[0]] },
        { text: text.slice(1) },
        { text: [...text, text[0]] },
        { text: open.text(big, 1024, 1200) },
        { content: [] },
        { content: content.slice(1) },
        { content: [...content, content[0]] },
        { content: [...content, ...text] },
        { content: [...content].reverse().slice(0, content.length - 1) },
        { content: text },
        { content: open.content(big, 3, open.start(big, 3), open.start(big, 3) + 1) },
        noDocument,
      ])
        h.fails('InvalidOpening', stranger, 'answerHolder', { ...answer, ...change })
      h.ok(stranger, 'answerHolder', answer)
    }
    assert.equal(creditOf(h, challenger), 3n * bond)
  },
)

scenario(
  'a holder is not shown by a contribution that is not active, of another order or of another content',
  (settled) => {
    const scene = settled()
    const { batch } = scene
    ask('demandHolder', { batch, receipt: 0n, tile: 0n, holder: 1n })
    const answer = holderAnswer(scene, 0, 0, 1)
    const { holders } = scene.tale.receipts[0]!.tiles[0] as TileLeaf
    const { contribution, order } = scene.published[big]!.documents[holders[1]!.document]!
    const { byteLength, contentRoot } = contributions.get(h.store, contribution)
    for (const change of [
      { status: contributionStatus.committed },
      { status: contributionStatus.duplicate },
      { status: contributionStatus.expired },
      { status: 0n },
      { order: order - 1n },
      { byteLength: byteLength - 1n },
      { contentRoot: batch },
    ]) {
      contributions.set(h.store, change, contribution)
      h.fails('InvalidOpening', stranger, 'answerHolder', answer)
      contributions.set(h.store, { status: contributionStatus.active, order, byteLength, contentRoot }, contribution)
    }
    // What became of its consent since does not matter.
    contributions.set(h.store, { revokedAt: h.now, quarantinedAt: h.now }, contribution)
    h.ok(stranger, 'answerHolder', answer)
  },
)

scenario('that there is no such holder or tile is an answer, so that nobody can be made to show it', (settled) => {
  const scene = settled()
  const { batch } = scene
  const open = openingsOf(scene)
  const named = (receipt: bigint, tile: bigint, holder: bigint) => ({ batch, receipt, tile, holder })
  ask('demandHolder', named(0n, 0n, 2n))
  h.fails('InvalidOpening', stranger, 'answerHolder', holderAnswer(scene, 0, 0, 1, { holder: 2n }))
  h.ok(stranger, 'answerHolder', { batch, tile: open.tile(0, 0), holder: 2n, ...noDocument })
  const top = (at: number) => scene.traces[at]!.top
  // Receipt 0 has three tiles; a wrong number of them is another root.
  ask('demandHolder', named(0n, 3n, 0n))
  const beyond = (receipt: number, tiles: bigint, index: bigint, path: readonly Hash[], data = emptyBytes) => ({
    batch,
    tile: { receipt: open.receipt(receipt), tiles, tile: { index, data, path } },
    holder: 0n,
    ...noDocument,
  })
  h.fails('InvalidOpening', stranger, 'answerHolder', beyond(0, 2n, 3n, [top(0)]))
  h.fails('InvalidOpening', stranger, 'answerHolder', beyond(0, 3n, 3n, []))
  h.fails('InvalidOpening', stranger, 'answerHolder', beyond(0, 3n, 3n, [top(0), top(0)]))
  h.fails('InvalidOpening', stranger, 'answerHolder', beyond(0, 3n, 3n, [top(0)], Uint8Array.of(1)))
  h.fails('InvalidOpening', stranger, 'answerHolder', beyond(0, 4n, 3n, [top(0)]))
  assert.equal(rootOf(3n, 0n, top(0)), scene.traces[0]!.root)
  h.ok(stranger, 'answerHolder', beyond(0, 3n, 3n, [top(0)]))
  // Neither a private receipt nor one without a match has a tile.
  for (const receipt of [2, 4]) {
    ask('demandHolder', named(BigInt(receipt), 0n, 0n))
    h.ok(stranger, 'answerHolder', beyond(receipt, 0n, 0n, [top(receipt)]))
  }
  // A tile that exists cannot be denied.
  ask('demandHolder', named(0n, 2n, 0n))
  h.fails('InvalidOpening', stranger, 'answerHolder', beyond(0, 2n, 2n, [top(0)]))
  h.fails('InvalidOpening', stranger, 'answerHolder', { batch, tile: open.tile(0, 2), holder: 0n, ...noDocument })
})

scenario('the ledger is shown in ranges', (settled) => {
  const scene = settled()
  const { batch } = scene
  ask('demandLedger', { batch, start: 0n, count: 4n })
  const answer = ledgerAnswer(scene, 0, 4)
  const { entries, siblings } = answer as { entries: Uint8Array[]; siblings: Hash[] }
  h.fails('InvalidOpening', stranger, 'answerLedger', { ...answer, siblings: [...siblings, batch] })
  const changed = entries.map((entry, at) => (at === 0 ? entry.map((byte, i) => (i === 61 ? byte ^ 1 : byte)) : entry))
  h.fails('InvalidOpening', stranger, 'answerLedger', { ...answer, entries: changed })
  h.fails('UnknownObject', stranger, 'answerLedger', { ...answer, entries: entries.slice(1) })
  h.ok(stranger, 'answerLedger', answer)
})

scenario('each entry can be asked for in one way: in the 256 that begin at a multiple of 256', (settled) => {
  const scene = settled()
  const { batch } = scene
  const entries = Array.from({ length: 600 }, () => scene.tale.entries[0]! as LedgerEntry)
  const tree = createTree(entries.map(encodeEntry))
  batches.set(h.store, { ledgerRoot: tree.root, entries: 600n }, batch)
  const range = (start: bigint, count: bigint) => ({ batch, start, count })
  const refused = (start: bigint, count: bigint) =>
    h.fails('OutOfBounds', challenger, 'demandLedger', range(start, count), { value: ether })
  for (const start of [1n, 128n, 255n]) assert.deepEqual(refused(start, 256n), { min: 0n, max: 0n })
  assert.deepEqual(refused(257n, 256n), { min: 256n, max: 256n })
  for (const count of [0n, 1n, 255n, 257n, 600n]) assert.deepEqual(refused(0n, count), { min: 256n, max: 256n })
  for (const count of [0n, 87n, 89n, 256n]) assert.deepEqual(refused(512n, count), { min: 88n, max: 88n })
  for (const start of [600n, 768n]) assert.deepEqual(refused(start, 1n), { min: 0n, max: 599n })
  for (const [start, count] of [
    [0, 256],
    [256, 256],
    [512, 88],
  ] as const) {
    assert.deepEqual(ledgerRange(BigInt(start + count - 1), 600n), { start: BigInt(start), count: BigInt(count) })
    ask('demandLedger', range(BigInt(start), BigInt(count)))
    const { leaves, siblings } = tree.range(start, start + count)
    h.ok(stranger, 'answerLedger', { batch, start: BigInt(start), entries: leaves, siblings })
  }
})

scenario('each demand that is open makes the next one dearer and gives more time to answer it', (settled) => {
  const { batch } = settled()
  setParameter(h, 'answerSec', 2_880n)
  const asked = (holder: bigint) => ({ batch, receipt: 1n, tile: 0n, holder })
  let paid = 0n
  for (let open = 0n; open < 17n; open++) {
    const needed = (40_000n * 40n * h.baseFee * (8n + open)) / 8n
    const args = asked(open)
    assert.deepEqual(h.fails('BondTooLow', challenger, 'demandHolder', args, { value: needed - 1n }), { needed })
    const event = argsOf(eventsOf(h, challenger, 'demandHolder', args, { value: needed }), 'Demanded')
    assert.deepEqual([event.bond, event.answerBy], [needed, h.now + 2_880n + open])
    paid += needed
  }
  assert.equal(bonds(h) - held, paid)
  assert.equal(batchOf(batch).openDemands, 17n)
  // What an answer closes makes the next one cheaper again.
  batches.set(h.store, { openDemands: 8n }, batch)
  const event = argsOf(eventsOf(h, challenger, 'demandHolder', asked(17n), { value: 2n * bond }), 'Demanded')
  assert.deepEqual([event.bond, event.answerBy], [2n * bond, h.now + 2_888n])
  batches.set(h.store, { openDemands: 2n ** 16n - 1n }, batch)
  h.fails('TooMany', challenger, 'demandHolder', asked(18n), { value: 10_000n * bond })
})

scenario('demands ask for what can be there, with the bond, until the original deadline', (settled) => {
  const { batch } = settled()
  const most = (n: bigint) => ({ min: 0n, max: n })
  const value = bond
  assert.deepEqual(h.fails('OutOfBounds', challenger, 'demandReceipt', { batch, receipt: 5n }, { value }), most(4n))
  assert.deepEqual(
    h.fails('OutOfBounds', challenger, 'demandHolder', { batch, receipt: 5n, tile: 0n, holder: 0n }, { value }),
    most(4n),
  )
  assert.deepEqual(h.fails('BondTooLow', challenger, 'demandReceipt', { batch, receipt: 0n }, { value: bond - 1n }), {
    needed: bond,
  })
  const events = eventsOf(h, challenger, 'demandLedger', { batch, start: 0n, count: 4n }, { value: bond + 7n })
  assert.deepEqual(argsOf(events, 'Demanded'), {
    ...{ demand: argsOf(events, 'Demanded').demand, batch, demander: challenger },
    ...{ kind: 2n, first: 0n, second: 4n, third: 0n, answerBy: h.now + 60n, bond },
  })
  // What is sent beyond the bond stays the sender's.
  assert.equal(creditOf(h, challenger), 7n)
  h.pass(60n)
  h.ok(challenger, 'demandReceipt', { batch, receipt: 0n }, { value: bondFor(batch) })
  h.pass(1n)
  h.fails('TooLate', challenger, 'demandReceipt', { batch, receipt: 1n }, { value })
  h.fails('OpenDemands', stranger, 'finalizeBatch', { batch })
})

scenario(
  'an answer leaves half a window to refute what it shows, and the answer time is that of the asking',
  (settled) => {
    const scene = settled(cases.find(({ what }) => what === 'of more wei')!.lie)
    const { batch } = scene
    ask('demandReceipt', { batch, receipt: 0n })
    ask('demandReceipt', { batch, receipt: 1n })
    assert.equal(batchOf(batch).openDemands, 2n)
    h.pass(10n)
    h.ok(stranger, 'answerReceipt', receiptAnswer(scene, 0))
    // The window ends later anyway.
    assert.equal(batchOf(batch).deadline, h.now + 50n)
    setParameter(h, 'answerSec', 10n)
    h.pass(50n)
    h.ok(stranger, 'answerReceipt', receiptAnswer(scene, 1))
    assert.equal(batchOf(batch).deadline, h.now + 30n)
    assert.equal(batchOf(batch).originalDeadline, h.now)
    h.pass(20n)
    const { name, args } = cases.find(({ what }) => what === 'of more wei')!
    assert(prove(scene, name, args(openingsOf(scene), scene)).ok)
  },
)

scenario('whoever asks for more than eight things pays the provider for the answers', (settled) => {
  const scene = settled()
  const { batch } = scene
  const before = creditOf(h, providerOwner)
  for (let at = 0; at < 10; at++) {
    const [receipt, tile, holder] = [1, at < 5 ? 0 : 1, at < 5 ? at : 5 + at] as const
    ask('demandHolder', { batch, receipt: 1n, tile: BigInt(tile), holder: BigInt(holder) })
    const answer =
      at < 5
        ? holderAnswer(scene, receipt, tile, holder)
        : { batch, tile: openingsOf(scene).tile(1, 1), holder: BigInt(holder), ...noDocument }
    h.ok(stranger, 'answerHolder', answer)
  }
  assert.equal(creditOf(h, challenger), 8n * bond)
  assert.equal(creditOf(h, providerOwner) - before, 2n * bond)
  assert.equal(batchOf(batch).answeredDemands, 8n)
})

scenario('who stays silent is refuted: slashed for the whole batch, and the demander is paid at once', (settled) => {
  const scene = settled()
  const { batch } = scene
  const demand = ask('demandReceipt', { batch, receipt: 0n })
  h.pass(60n)
  assert.deepEqual(h.fails('TooEarly', stranger, 'expireDemand', { demand }), { earliest: h.now + 1n })
  h.pass(1n)
  h.fails('TooLate', stranger, 'answerReceipt', receiptAnswer(scene, 0))
  h.ok(stranger, 'expireDemand', { demand })
  h.fails('WrongStatus', stranger, 'expireDemand', { demand })
  assert.equal(agents.field(h.store, 'slashed', market.provider), 10n * spec)
  assert.equal(creditOf(h, challenger), bond + 2n * spec)
  const { status, refuter, refuterOrder, slashed, openDemands } = batchOf(batch)
  assert.deepEqual([status, refuter, refuterOrder, slashed, openDemands], [2n, challenger, 0n, 0n, 0n])
  h.pass(60n)
  h.fails('AlreadyClaimed', stranger, 'payRefuter', { batch })
  h.pass(60n)
  h.ok(stranger, 'expireRepair', { batch })
  assert.equal(bonds(h), held)
})

scenario('the demander whose demand expired cannot be overtaken', (settled) => {
  const wrong = cases.find(({ what }) => what === 'of more wei')!
  const scene = settled(wrong.lie)
  const { batch } = scene
  const args = commitTo(h, stranger, batch, wrong.name, { batch, ...wrong.args(openingsOf(scene), scene) })
  const demand = ask('demandLedger', { batch, start: 0n, count: 4n })
  h.pass(61n)
  h.ok(stranger, 'expireDemand', { demand })
  h.fails('AlreadyProven', stranger, wrong.name, args)
  assert.equal(batchOf(batch).refuter, challenger)
  assert.equal(creditOf(h, stranger), 0n)
  // Something heavier, if there were any, would take and pay the difference alone.
  batches.set(h.store, { taken: spec }, batch)
  const before = [creditOf(h, challenger), agents.field(h.store, 'slashed', market.provider)] as const
  h.ok(stranger, wrong.name, args)
  assert.equal(agents.field(h.store, 'slashed', market.provider) - before[1], spec)
  assert.deepEqual([creditOf(h, stranger), creditOf(h, challenger)], [spec / 5n, before[0]])
  h.fails('AlreadyProven', stranger, wrong.name, args)
})

scenario('demands against roots that fell meanwhile give their bond back and do nothing else', (settled) => {
  // It weighs as the whole batch: nothing heavier is left to be shown.
  const wrong = cases.find(({ what }) => what === 'the margin begins above 0')!
  const truth = undone(h, () => settled())
  const scene = settled(wrong.lie)
  const { batch } = scene
  const first = ask('demandReceipt', { batch, receipt: 0n })
  const second = ask('demandReceipt', { batch, receipt: 1n })
  const third = ask('demandReceipt', { batch, receipt: 2n })
  assert(prove(scene, wrong.name, wrong.args(openingsOf(scene), scene)).ok)
  assert.equal(batchOf(batch).openDemands, 0n)
  h.fails('WrongStatus', stranger, 'answerReceipt', receiptAnswer(scene, 0))
  h.ok(stranger, 'expireDemand', { demand: first })
  assert.equal(creditOf(h, challenger), bond)
  h.pass(60n)
  const agent = h.ok(
    repairer,
    'registerAgent',
    { controller: repairer, metadataHash: batch },
    { value: 9_000n * ether },
  )
  const { receipts, ledger } = truth.trees
  const roots = { receiptsRoot: receipts.root, ledgerRoot: ledger.root, entries: 4n, credit: truth.tale.credit }
  h.ok(repairer, 'repairBatch', { batch, ...agent, ...roots })
  const slashed = () => agents.field(h.store, 'slashed', agent.agent!)
  h.pass(1n)
  h.ok(stranger, 'expireDemand', { demand: second })
  assert.equal(batchOf(batch).status, 1n)
  assert.equal(slashed(), 0n)
  // The same question to the repairer is another demand; its silence falls on the repairer.
  const again = ask('demandReceipt', { batch, receipt: 0n })
  assert.notEqual(again, first)
  h.pass(61n)
  h.ok(stranger, 'expireDemand', { demand: again })
  assert.equal(slashed(), 9_000n * ether)
  h.pass(120n)
  h.ok(stranger, 'expireRepair', { batch })
  h.ok(stranger, 'expireDemand', { demand: third })
  const { status } = h.ok(stranger, 'getDemand', { demand: third }) as unknown as { status: bigint }
  assert.equal(status, 4n)
  assert.equal(bonds(h), held)
})
