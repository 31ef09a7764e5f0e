import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Body } from '../../attribution/kernel/body.ts'
import type { Demand } from '../../attribution/kernel/build/calls.ts'
import { claimBody } from '../../attribution/kernel/build/claimed.ts'
import { checkContents } from '../../attribution/kernel/build/contents.ts'
import { knowCorpus } from '../../attribution/kernel/build/corpus.ts'
import { answerHolder, answerLedger, answerReceipt, ledgerRange } from '../../attribution/kernel/build/demand.ts'
import { findFault, findFaults, isFault } from '../../attribution/kernel/build/refute.ts'
import { createTextTree } from '../../attribution/kernel/text.ts'
import type { Hash } from '../../core/hex.ts'
import { recordedContents } from './datasets.ts'
import { undone } from './world/cases.ts'
import { people } from './world/people.ts'
import { createRandom, type Random } from './world/random.ts'
import { createScenario, readFacts, type Scenario } from './world/scenario.ts'
import { settle } from './world/trade.ts'

const seed = 1612
const worlds = 12

test('whoever has an honest body over true data answers every demand, also for tiles and holders that there are not', (t) => {
  const answered = new Map<string, number>()
  forEachWorld((scenario, random) => {
    const { h, body } = scenario
    const batch = settle(h, scenario, body.header, scenario.updates)
    for (let times = 0; times < 25; times++) {
      const demand = anyDemand(body, random)
      if (demand === undefined) continue
      undone(scenario, () => {
        if (isShowable(scenario, demand)) answerInTime(scenario, batch, demand)
        else stayUnanswered(scenario, batch, demand)
        answered.set(demand.name, (answered.get(demand.name) ?? 0) + 1)
      })
    }
  })
  t.diagnostic(`seed ${seed} ${JSON.stringify([...answered])}`)
  for (const name of ['demandReceipt', 'demandHolder', 'demandLedger']) assert.ok(answered.get(name)! > 20, name)
})

test('who lacks a version of the corpus sees no fault in an honest batch, and asks for its holders', () => {
  let asked = 0
  forEachWorld((scenario, random) => {
    const { h, body, versions } = scenario
    if (versions.length === 0) return
    const missing = random.below(versions.length)
    const corpus = knowCorpus(
      versions.map(({ head }) => head),
      versions.map(({ content }, index) => (index === missing ? undefined : content)),
    )
    const batch = settle(h, scenario, body.header, scenario.updates)
    const facts = readFacts(scenario, batch, body.updates)
    for (const finding of findFaults(claimBody(body), corpus, facts)) {
      assert.ok(!isFault(finding), 'a fault in an honest batch')
      const { name, args } = finding.demand
      assert.equal(name, 'demandHolder')
      const tile = body.receipts[Number(args.receipt)]!.tiles[Number((args as { tile: bigint }).tile)]!
      assert.equal(tile.corpusIndex, missing)
      if (!isShowable(scenario, finding.demand)) continue
      if (asked++ < 40) undone(scenario, () => answerInTime(scenario, batch, finding.demand))
    }
  })
  assert.ok(asked > 40)
})

test('who looked sees which documents are not their contributions’; asked for holders there, nobody has an answer', (t) => {
  const asked = { in: 0, of: 0 }
  forEachWorld((scenario) => {
    const { h, body, corpus } = scenario
    const batch = settle(h, scenario, body.header, scenario.updates)
    const facts = readFacts(scenario, batch, body.updates)
    const findings = [...findFaults(claimBody(body), checkContents(corpus, recordedContents(h)), facts)]
    const unshowable = body.receipts.flatMap(({ tiles }, receipt) =>
      tiles.flatMap(({ holders }, tile) =>
        holders.flatMap((_, holder): Demand[] => {
          const place = { receipt: BigInt(receipt), tile: BigInt(tile), holder: BigInt(holder) }
          const demand: Demand = { name: 'demandHolder', args: place }
          return isShowable(scenario, demand) ? [] : [demand]
        }),
      ),
    )
    assert.deepEqual(
      findings,
      unshowable.map((demand) => ({ demand })),
    )
    for (const demand of unshowable.slice(0, 5)) undone(scenario, () => stayUnanswered(scenario, batch, demand))
    asked.in += unshowable.length > 0 ? 1 : 0
    asked.of += unshowable.length
  }, 80)
  t.diagnostic(`seed ${seed} ${JSON.stringify(asked)}`)
  assert.ok(asked.in > 7 && asked.of > 10, JSON.stringify(asked))
})

test('who is shown nothing asks for the first receipt, who is shown no ledger for its entries', () => {
  const scenario = createScenario(createRandom(seed, 2))
  const { h, body, corpus } = scenario
  const batch = settle(h, scenario, body.header, scenario.updates)
  const facts = readFacts(scenario, batch, body.updates)
  assert.ok(body.entries.length > 0)
  const { receipts, entries } = claimBody(body)
  const receipt = { demand: { name: 'demandReceipt', args: { receipt: 0n } } }
  assert.deepEqual(findFault({ receipts: [], entries: [] }, corpus, facts), receipt)
  assert.deepEqual(findFault({ receipts: receipts.slice(1), entries }, corpus, facts), receipt)
  const ledger = { demand: { name: 'demandLedger', args: { start: 0n, count: BigInt(entries.length) } } }
  assert.deepEqual(findFault({ receipts, entries: [] }, corpus, facts), ledger)
  assert.deepEqual(findFault({ receipts, entries: [...entries, ...entries] }, corpus, facts), ledger)
})

function forEachWorld(run: (scenario: Scenario, random: Random) => void, count = worlds): void {
  for (let world = 0; world < count; world++)
    run(createScenario(createRandom(seed, world)), createRandom(seed, world, 1))
}

/** A demand of any kind; undefined if the batch has no place for one of the kind that chance wants. */
function anyDemand({ receipts, entries }: Body, random: Random): Demand | undefined {
  const index = random.below(receipts.length)
  const receipt = BigInt(index)
  const kind = random.below(3)
  if (kind === 0) return { name: 'demandReceipt', args: { receipt } }
  if (kind === 1) {
    const { tiles } = receipts[index]!
    const place = random.below(tiles.length + 2)
    const holder = BigInt(random.below((tiles[place]?.holders.length ?? 0) + 2))
    return { name: 'demandHolder', args: { receipt, tile: BigInt(place), holder } }
  }
  if (entries.length === 0) return undefined
  return { name: 'demandLedger', args: ledgerRange(BigInt(random.below(entries.length)), BigInt(entries.length)) }
}

/** False for a holder in a document that is not what its contribution is on the chain. */
function isShowable({ h, body, versions }: Scenario, { name, args }: Demand): boolean {
  if (name !== 'demandHolder') return true
  const tile = body.receipts[Number(args.receipt)]!.tiles[Number(args.tile)]
  const holder = tile?.holders[Number(args.holder)]
  if (tile === undefined || holder === undefined) return true
  const { documents, text } = versions[tile.corpusIndex]!.content
  const { contribution, order, start } = documents[holder.document]!
  const end = holder.document + 1 < documents.length ? documents[holder.document + 1]!.start - 1 : text.length
  const { root } = createTextTree(text.subarray(start, Math.max(start, end)))
  const recorded = recordedContents(h)(contribution)
  return recorded?.contentRoot === root && recorded.order === order
}

/** Demands; what the text of the version gives as an answer is none, and the batch falls. */
function stayUnanswered({ h, body, corpus }: Scenario, batch: Hash, { name, args }: Demand): void {
  const value = 40_000n * 40n * h.baseFee
  const { demand } = h.ok(people.challenger.address, name, { batch, ...args }, { value })
  h.fails('InvalidOpening', people.stranger.address, ...answerTo(batch, body, corpus, { name, args } as Demand))
  h.pass(61n)
  h.ok(people.stranger.address, 'expireDemand', { demand })
  h.fails('WrongStatus', people.stranger.address, 'finalizeBatch', { batch })
}

/** Demands and answers; the batch is finalised in the end as if nothing had been asked. */
function answerInTime({ h, body, corpus }: Scenario, batch: Hash, { name, args }: Demand): void {
  const value = 40_000n * 40n * h.baseFee
  h.ok(people.challenger.address, name, { batch, ...args }, { value })
  h.pass(30n)
  h.ok(people.stranger.address, ...answerTo(batch, body, corpus, { name, args } as Demand))
  h.pass(61n)
  h.ok(people.stranger.address, 'finalizeBatch', { batch })
}

function answerTo(
  batch: Hash,
  body: Body,
  corpus: Scenario['corpus'],
  { name, args }: Demand,
): [string, Readonly<Record<string, unknown>>] {
  if (name === 'demandReceipt') return ['answerReceipt', { batch, ...answerReceipt(body, Number(args.receipt)) }]
  if (name === 'demandLedger') {
    const range = { start: Number(args.start), count: Number(args.count) }
    return ['answerLedger', { batch, ...answerLedger(body, range) }]
  }
  const place = { receipt: Number(args.receipt), tile: Number(args.tile), holder: Number(args.holder) }
  return ['answerHolder', { batch, ...answerHolder(body, corpus, place) }]
}
