import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findUnshowable } from '../../../attribution/kernel/build/contents.ts'
import { answerHolder } from '../../../attribution/kernel/build/demand.ts'
import { createDocTree } from '../../../attribution/kernel/claims.ts'
import type { TileLeaf } from '../../../attribution/kernel/leaves.ts'
import { rootOf } from '../../../attribution/kernel/merkle.ts'
import { createTextTree } from '../../../attribution/kernel/text.ts'
import { concatBytes, type Hash, hexToBytes, zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { ether } from '../../state/testChain.ts'
import { createChecked, creditOf } from '../checked.ts'
import {
  bytesOf,
  contribute,
  createDatanet,
  openConsent,
  type Published,
  publish,
  recordedContents,
} from '../datasets.ts'
import type { Harness } from '../harness.ts'
import { createModel } from '../settlementMarket.ts'
import { absent, commitTo, undone } from '../tracesScene.ts'
import {
  anyone,
  attacker,
  audit,
  auditor,
  base,
  bystander,
  collect,
  createNet,
  type Doc,
  type Income,
  known,
  openShop,
  price,
  retell,
  type Shop,
  sell,
  settleBody,
  specific,
  trade,
  victim,
} from './trade.ts'

// Attacks on who is paid: with copies, pieces, false or hidden data, models in between. Each compares what the attacker
// has with honest behaviour.

const saying =
  'Whoever waters the garden before the sun is up will see it green in August, said the miller to the priest'
const chronicle = `${saying}; the ledger of the mill was kept by the youngest daughter, in blue ink and without a mistake, for years`
const only = (owner: Doc[0], text: string): readonly Doc[] => [[owner, text]]
const of = (income: Income, who: Doc[0]) => ({
  specific: income.specific.get(who) ?? 0n,
  base: income.base.get(who) ?? 0n,
})

test('copying a corpus gains 0 wei of the specific part; a model that lists the copy pays its bytes as it pays any', () => {
  const h = createChecked()
  const original = createNet(h, victim, only(victim, chronicle))
  const copy = createNet(h, attacker, only(attacker, chronicle))
  const alone = trade(h, openShop(h, [original]), [chronicle])
  assert.deepEqual(of(alone, victim), { specific, base: base - (base % BigInt(chronicle.length)) })
  const shop = openShop(h, [original, copy], { label: 'with the copy' })
  const both = trade(h, shop, [chronicle])
  assert.deepEqual([of(both, victim).specific, of(both, attacker).specific], [specific, 0n])
  // The base part goes by bytes of what a model declares: the copy has half of them.
  assert(of(both, attacker).base <= base / 2n && of(both, attacker).base > base / 2n - 1_000n)
})

test('splitting a text into pieces gains 0 wei, for a copy as for the original', () => {
  const h = createChecked()
  const pieces = chronicle.match(/.{1,40}/gs)!
  const original = createNet(h, victim, only(victim, chronicle))
  const copy = createNet(
    h,
    attacker,
    pieces.map((piece) => [attacker, piece]),
  )
  const attacked = trade(h, openShop(h, [original, copy]), [chronicle])
  assert.deepEqual([of(attacked, victim).specific, of(attacked, attacker).specific], [specific, 0n])
  // An author who splits the own text: tiles end with the pieces, words that are cut pay nobody.
  const g = createChecked()
  const whole = of(trade(g, openShop(g, [createNet(g, victim, only(victim, chronicle))]), [chronicle]), victim)
  const k = createChecked()
  const own = createNet(
    k,
    victim,
    pieces.map((piece) => [victim, piece]),
  )
  const split = of(trade(k, openShop(k, [own]), [chronicle]), victim)
  assert(split.specific < whole.specific && split.base <= base)
})

test('remains: a later copy with a full stop more is paid for tiles that reach to the full stop', () => {
  const run = (copied: boolean) => {
    const h = createChecked()
    const nets = [createNet(h, victim, only(victim, saying))]
    if (copied) nets.push(createNet(h, attacker, only(attacker, `${saying}.`)))
    return trade(h, openShop(h, nets), [`${saying}.`])
  }
  const [honest, attacked] = [run(false), run(true)]
  assert.equal(of(honest, victim).specific, (specific * BigInt(saying.length)) / BigInt(saying.length + 1))
  // The longest match wins: the whole tile is the copy's. Only the court gives it back (reassignContribution).
  assert.deepEqual([of(attacked, victim).specific, of(attacked, attacker).specific], [0n, specific])
})

test('hiding behind "common": eleven datanets with the text change nothing; ten copies beside it burn its pay, for 0 wei', () => {
  const h = createChecked()
  const original = createNet(h, victim, only(victim, chronicle))
  const copies = Array.from({ length: 11 }, () => createNet(h, attacker, only(attacker, chronicle)))
  const elsewhere = trade(h, openShop(h, [original, ...copies]), [chronicle])
  assert.deepEqual([of(elsewhere, victim).specific, of(elsewhere, attacker).specific], [specific, 0n])
  // Its own curator lists ten copies in the same version: nobody is paid, the part is burned.
  const beside = (copies: number) => {
    const g = createChecked()
    const marks = Array.from({ length: copies }, (_, at): Doc => [attacker, `${chronicle} (copy ${at})`])
    return trade(g, openShop(g, [createNet(g, attacker, [[victim, chronicle], ...marks])]), [chronicle])
  }
  assert.deepEqual([of(beside(9), victim).specific, of(beside(9), attacker).specific], [specific, 0n])
  assert.deepEqual([of(beside(10), victim).specific, of(beside(10), attacker).specific], [0n, 0n])
})

/** A model over the victim's data and a version of the attacker's, whose contribution came first and is another text. */
function secretCorpus(h: Harness) {
  const datanet = createDatanet(h, attacker)
  const filler = contribute(h, attacker, datanet, 'x'.repeat(chronicle.length))
  const original = createNet(h, victim, only(victim, chronicle))
  const secret = publish(h, attacker, datanet, [{ ...filler, text: bytesOf(chronicle) }])
  const shop = openShop(h, [original, secret])
  return { shop, secret, original, corpusIndex: shop.corpus.findIndex(({ version }) => version === secret.version) }
}

test('a payee from a corpus that nobody else has: asked where it stands, who cannot show it loses ten times the part', () => {
  const h = createChecked()
  const { shop, corpusIndex, original } = secretCorpus(h)
  const sold = sell(h, { ...shop, corpus: [original] }, [chronicle])
  const lie: TileLeaf = {
    start: 0,
    length: chronicle.length,
    common: 0,
    paidEnd: chronicle.length,
    corpusIndex,
    holders: [{ document: 0, offset: 0 }],
  }
  const body = retell(shop.corpus, sold.body, () => ({ tiles: [lie] }))
  assert.deepEqual(loseBySilence(h, shop, settleBody(h, sold, body)), { lost: 10n * specific, paid: 2n * specific })
  assert.equal(creditOf(h, attacker), 0n)
})

/** The auditor asks for the first holder of the first tile, and waits in vain: what that costs and pays, in wei. */
function loseBySilence(h: Harness, { provider }: Shop, batch: Hash, answers: readonly object[] = []) {
  const [before, credit] = [stakeOf(h, provider), creditOf(h, auditor)]
  const bond = 40_000n * 40n * h.baseFee
  const ask = { batch, receipt: 0n, tile: 0n, holder: 0n }
  const demand: Hash = h.ok(auditor, 'demandHolder', ask, { value: bond }).demand!
  for (const answer of answers) h.fails('InvalidOpening', attacker, 'answerHolder', { batch, ...answer })
  h.pass(61n)
  h.ok(anyone, 'expireDemand', { demand })
  return { lost: before - stakeOf(h, provider), paid: creditOf(h, auditor) - credit - bond }
}

function stakeOf(h: Harness, agent: Hash): bigint {
  return (h.ok(anyone, 'getAgent', { agent }).value as unknown as { stake: bigint }).stake
}

test('a stolen text over an early contribution whose content nobody is shown: 0 wei, who sells it loses ten times the part', () => {
  const h = createChecked()
  const { shop, secret, original, corpusIndex } = secretCorpus(h)
  const sold = sell(h, shop, [chronicle])
  const batch = settleBody(h, sold, sold.body)
  // By the text of the version it is the payee. Whoever has the text sees that it is not the contribution's.
  assert.equal(sold.body.receipts[0]!.tiles[0]!.corpusIndex, corpusIndex)
  assert.deepEqual([...findUnshowable(secret, recordedContents(h))], [0])
  assert.deepEqual([...findUnshowable(original, recordedContents(h))], [])
  const ask = { demand: { name: 'demandHolder', args: { receipt: 0n, tile: 0n, holder: 0n } } }
  assert.deepEqual(audit(h, shop.corpus, sold.body), ask)
  // The content of the contribution is shown to be another one, or it is not shown.
  const answer = answerHolder(sold.body, known(shop.corpus), { receipt: 0, tile: 0, holder: 0 })
  const filler = createTextTree(bytesOf('x'.repeat(chronicle.length)))
  const answers = [answer, { ...answer, content: [filler.open(0)] }, { ...answer, content: [] }]
  assert.deepEqual(loseBySilence(h, shop, batch, answers), { lost: 10n * specific, paid: 2n * specific })
  // The version itself is proven false only by who has the content.
  const args = commitTo(h, auditor, secret.version, 'refuteVersionBytes', {
    version: secret.version,
    entry: secret.docTree.open(0),
    content: createTextTree(bytesOf(chronicle)).open(0),
    text: [secret.textTree.open(0)],
  })
  h.pass(1n)
  h.fails('InvalidOpening', auditor, 'refuteVersionBytes', args)
  const credit = creditOf(h, auditor)
  const truth = commitTo(h, auditor, secret.version, 'refuteVersionBytes', { ...args, content: filler.open(0) })
  h.pass(1n)
  h.ok(auditor, 'refuteVersionBytes', truth)
  assert.equal(creditOf(h, auditor) - credit, 2n * ether)
  // Nobody repairs what cannot be shown: the part is burned.
  h.pass(120n)
  h.ok(anyone, 'expireRepair', { batch })
  assert.equal(creditOf(h, attacker), 0n)
})

test('a version with an order that is a lie: 0 wei once anybody asks, before and after it is proven false; then new channels are barred', () => {
  const h = createChecked()
  const data = createNet(h, victim, only(victim, chronicle))
  const parent = createModel(h, [data], { from: victim, label: 'parent' })
  const datanet = createDatanet(h, attacker)
  const late = contribute(h, attacker, datanet, chronicle)
  h.pass(10n)
  // Its order is a lie: it would come before the victim's.
  const forged = publish(h, attacker, datanet, [{ ...late, order: 0n }])
  const terms = { from: attacker, label: 'adapter', parents: [{ model: parent, share: 0n }] }
  const shop = openShop(h, [forged], terms, [data])
  const sold = sell(h, shop, [chronicle])
  const lostBySilence = () =>
    undone(h, () => {
      const answer = answerHolder(sold.body, known(shop.corpus), { receipt: 0, tile: 0, holder: 0 })
      const lost = loseBySilence(h, shop, settleBody(h, sold, sold.body), [answer])
      assert.deepEqual(lost, { lost: 10n * specific, paid: 2n * specific })
    })
  lostBySilence()
  const { version } = forged
  const args = commitTo(h, auditor, version, 'refuteVersionEntry', {
    version,
    entry: forged.docTree.open(0),
    next: absent,
  })
  h.pass(1n)
  h.ok(auditor, 'refuteVersionEntry', args)
  assert.equal(creditOf(h, auditor), 2n * ether)
  lostBySilence()
  // Where nobody asks, it has the part; its base part is burned.
  const income = collect(h, shop, settleBody(h, sold, sold.body), sold.body)
  assert.deepEqual([of(income, victim).specific, of(income, attacker)], [0n, { specific, base: 0n }])
  assert.throws(() => sell(h, shop, [chronicle]), /VersionRefuted/)
})

test('an adapter cannot drop its parents’ data: 0 wei more than a model that lists it', () => {
  const h = createChecked()
  const data = createNet(h, victim, only(victim, chronicle))
  const older = data
  const newer = {
    datanet: data.datanet,
    ...publish(h, victim, data.datanet, [contribute(h, victim, data.datanet, saying), contributed(data)]),
  }
  h.pass(10n)
  const parent = createModel(h, [newer], { from: victim, label: 'parent' })
  const parents = [{ model: parent, share: 0n }]
  const silent = openShop(h, [], { from: attacker, label: 'silent', parents }, [newer])
  assert.deepEqual(
    silent.corpus.map(({ version }) => version),
    [newer.version],
  )
  const downgrade = openShop(h, [older], { from: attacker, label: 'downgrade', parents }, [newer])
  assert.deepEqual(
    downgrade.corpus.map(({ version }) => version),
    [newer.version],
  )
  for (const shop of [silent, downgrade]) {
    const before = creditOf(h, attacker)
    assert.equal(of(trade(h, shop, [chronicle]), victim).specific, specific)
    assert.equal(creditOf(h, attacker) - before, price / 10n)
  }
})

/** The one contribution of a datanet, to be published again. */
function contributed({ text, documents }: Published) {
  const { contribution, order } = documents[0]!
  return { contribution, order, text, contentRoot: createTextTree(text).root, reveal: {} }
}

test('remains: a curator’s newer version without somebody’s data takes it out of the models that list it', () => {
  const h = createChecked()
  const data = createNet(h, attacker, only(victim, chronicle))
  const parent = createModel(h, [data], { from: bystander, label: 'parent' })
  const mine = contribute(h, attacker, data.datanet, `Mine: ${chronicle}`)
  h.pass(10n)
  const without = publish(h, attacker, data.datanet, [mine])
  const shop = openShop(h, [without], { from: attacker, label: 'child', parents: [{ model: parent, share: 0n }] })
  const income = trade(h, shop, [chronicle])
  assert.deepEqual([of(income, victim), of(income, attacker).specific], [{ specific: 0n, base: 0n }, specific])
})

/** A contribution of the attacker that is a length and nothing else, and the docRoot of a version of it alone. */
function contributeLength(h: Harness, datanet: Hash, byteLength: bigint) {
  const top = keccakHash(bytesOf('no content'))
  const contentRoot = rootOf((byteLength + 255n) / 256n, byteLength, top)
  const salt = keccakHash(bytesOf('salt'))
  const commitment = keccakHash(concatBytes(hexToBytes(contentRoot), hexToBytes(salt), hexToBytes(attacker)))
  const contribution: Hash = h.ok(attacker, 'commitContribution', { datanet, commitment }).contribution!
  h.ok(attacker, 'revealContribution', { contribution, salt, top, byteLength, licence: zeroHash, ...openConsent })
  const { order } = h.ok(attacker, 'getContribution', { contribution }).value as unknown as { order: bigint }
  const docTree = createDocTree([{ start: 0, contribution, order }])
  return { docRoot: docTree.root, entry: docTree.open(0) }
}

test('remains: whoever adds data to a model adds its bytes to the division of the base part', () => {
  const h = createChecked()
  const data = createNet(h, victim, only(victim, chronicle))
  const datanet = createDatanet(h, attacker)
  // A terabyte that exists only as a number: nobody can open it, nobody can show that it is not there.
  const byteLength = 2n ** 40n - 1n
  const bytes = contributeLength(h, datanet, byteLength)
  h.pass(10n)
  const roots = { textRoot: keccakHash(bytesOf('no text')), docRoot: bytes.docRoot, byteLength, documents: 1n }
  const version: Hash = h.ok(attacker, 'publishVersion', { datanet, sequence: 1n, ...roots }, { value: 10n * ether })
    .version!
  const fake: Published = { ...data, version, documents: [], text: new Uint8Array(0) }
  const parent = createModel(h, [data], { from: victim, label: 'parent' })
  const terms = { from: attacker, label: 'child', parents: [{ model: parent, share: 0n }] }
  const shop = openShop(h, [fake], terms, [data])
  const income = trade(h, shop, [chronicle])
  assert.equal(of(income, victim).specific, specific)
  assert.equal(of(income, victim).base / 10n ** 12n, 0n)
  const claimed = h.ok(attacker, 'claimBase', { version, document: bytes.entry, next: absent }) as unknown as {
    amount: bigint
  }
  assert(claimed.amount > (base * 999n) / 1_000n)
})

test('remains: the base part of a version whose docRoot opens nothing stays in its pool', () => {
  const h = createChecked()
  const datanet = createDatanet(h, attacker)
  const roots = { textRoot: keccakHash(bytesOf('no text')), docRoot: keccakHash(bytesOf('no documents')) }
  const args = { datanet, sequence: 1n, ...roots, byteLength: 1_000n, documents: 1n }
  const version: Hash = h.ok(attacker, 'publishVersion', args, { value: 10n * ether }).version!
  const data = createNet(h, victim, only(victim, chronicle))
  const shop = openShop(h, [data, { ...data, version, documents: [] }])
  const income = trade(h, shop, [chronicle])
  const { pool } = h.ok(anyone, 'basePool', { version }) as unknown as { pool: bigint }
  assert.equal(creditOf(h, attacker), 0n)
  assert(pool > (base * 8n) / 10n && of(income, victim).base + pool <= base)
})
