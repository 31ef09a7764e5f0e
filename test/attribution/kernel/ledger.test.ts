import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildBody } from '../../../attribution/kernel/body.ts'
import type { TileLeaf } from '../../../attribution/kernel/leaves.ts'
import { accountReceipts, compareEntries, createLedger, payeeOf } from '../../../attribution/kernel/ledger.ts'
import { check } from '../../core/random.ts'
import { bodyInputs } from './bodies.ts'
import { contributionOf, corpusOf } from './span/corpora.ts'

const numRuns = Number(process.env.OPENLEDGER_LEDGER_RUNS ?? 300)

/** A tile of the first version's given document. Only what the ledger reads matters. */
function tile(start: number, length: number, paidEnd: number, document = 0, common: 0 | 1 = 0): TileLeaf {
  return { start, length, common, paidEnd, corpusIndex: 0, holders: [{ document, offset: 0 }] }
}

test('a ledger in numbers', () => {
  const corpus = corpusOf([['first', 'second']])
  const receipts = [
    // Running margins 32, 67, 67: D = floor(32 / 4) = 8, floor(67 / 4) - 8 = 8 and 0.
    {
      previousCumulative: 0n,
      cumulative: 99n,
      outputLength: 100,
      tiles: [tile(0, 40, 40, 1), tile(45, 35, 75), tile(80, 20, 75, 0, 1)],
    },
    { previousCumulative: 99n, cumulative: 203n, outputLength: 64, tiles: [tile(0, 64, 64, 1)] },
    { previousCumulative: 500n, cumulative: 500n, outputLength: 32, tiles: [tile(0, 32, 32)] },
  ]
  const { accounts, margin, credit } = accountReceipts(
    { marginBps: 3_333n, dataBps: 5_000n, specificBps: 5_000n },
    receipts,
  )
  assert.deepEqual([margin, credit], [67n, 14n])
  assert.deepEqual(accounts, [
    { marginBefore: 0n, creditBefore: 0n, specific: 8n, earnings: [3n, 3n, 0n] }, // 8 * 40 % and 8 * 75 %, floored
    { marginBefore: 32n, creditBefore: 6n, specific: 8n, earnings: [8n] },
    { marginBefore: 67n, creditBefore: 14n, specific: 0n, earnings: [0n] },
  ])
  const [one, two] = [contributionOf(1n), contributionOf(2n)]
  const entries = createLedger(
    corpus,
    receipts.map(({ tiles }, place) => ({ tiles, earnings: accounts[place]!.earnings })),
  )
  const ofOne = [
    { contribution: one, receipt: 0, tile: 1, wei: 3n },
    { contribution: one, receipt: 2, tile: 0, wei: 0n },
  ]
  const ofTwo = [
    { contribution: two, receipt: 0, tile: 0, wei: 3n },
    { contribution: two, receipt: 1, tile: 0, wei: 8n },
  ]
  const sorted = one < two ? [...ofOne, ...ofTwo] : [...ofTwo, ...ofOne]
  const prefixes = one < two ? [0n, 3n, 3n, 6n] : [0n, 3n, 11n, 14n]
  assert.deepEqual(
    entries,
    sorted.map((entry, place) => ({ ...entry, prefix: prefixes[place] })),
  )
})

test('every tile that is not common has one entry, sorted, with exact prefixes', (t) => {
  let common = 0
  check(
    t,
    fc.property(bodyInputs, (input) => {
      const { receipts, entries } = buildBody(input)
      const paid = receipts.flatMap(({ tiles }, receipt) =>
        tiles.flatMap((each, tile) => (each.common === 0 ? [`${payeeOf(input.corpus, each)} ${receipt} ${tile}`] : [])),
      )
      common += receipts.flatMap(({ tiles }) => tiles).length - paid.length
      const listed = entries.map(({ contribution, receipt, tile }) => `${contribution} ${receipt} ${tile}`)
      assert.deepEqual([...listed].sort(), paid.sort())
      let prefix = 0n
      entries.forEach((entry, place) => {
        if (place > 0) assert.ok(compareEntries(entries[place - 1]!, entry) < 0, 'sorted')
        assert.equal(entry.prefix, prefix)
        prefix += entry.wei
      })
    }),
    { numRuns },
  )
  assert.ok(common > 0, 'no case with a common tile')
})

test('margins, specific parts and earnings add up to the wei', (t) => {
  const seen = { rich: 0, covered: 0 }
  check(
    t,
    fc.property(bodyInputs, (input) => {
      const { header, updates, receipts, entries } = buildBody(input)
      const share = (wei: bigint, bps: bigint) => (wei * bps) / 10_000n
      const margin = updates.reduce(
        (sum, { beforeCumulative, afterCumulative }) =>
          sum + share(afterCumulative, input.marginBps) - share(beforeCumulative, input.marginBps),
        0n,
      )
      const specific = (wei: bigint) => (wei * input.dataBps * input.specificBps) / 100_000_000n
      let credit = 0n
      receipts.forEach(({ leaf, tiles }, place) => {
        const after = receipts[place + 1]?.leaf.marginBefore ?? header.margin
        const available = specific(after) - specific(leaf.marginBefore)
        const paidBytes = tiles.reduce((sum, { common, length }) => sum + (common === 0 ? length : 0), 0)
        assert.equal(leaf.creditBefore, credit)
        if (paidBytes > 0) credit += (available * BigInt(paidBytes)) / BigInt(leaf.outputLength)
        if (paidBytes === leaf.outputLength && available > 0n) seen.covered++
      })
      assert.equal(header.margin, margin)
      assert.equal(header.credit, credit)
      assert.equal(
        entries.reduce((sum, { wei }) => sum + wei, 0n),
        credit,
      )
      assert.ok(credit <= specific(margin), 'credit within the specific part')
      if (credit > 0n) seen.rich++
    }),
    { numRuns },
  )
  t.diagnostic(JSON.stringify(seen))
  assert.ok(seen.rich > numRuns / 4 && seen.covered > 0, 'hardly a case that pays')
})

test('a payee outside the corpus is no payee', () => {
  const corpus = corpusOf([['only']])
  assert.equal(payeeOf(corpus, tile(0, 40, 40)), contributionOf(1n))
  assert.equal(payeeOf(corpus, tile(0, 40, 40, 1)), undefined)
  assert.equal(payeeOf(corpus, { ...tile(0, 40, 40), corpusIndex: 1 }), undefined)
  assert.equal(payeeOf(corpus, { ...tile(0, 40, 40), holders: [] }), undefined)
})
