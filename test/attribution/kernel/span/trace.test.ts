import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeTile, encodeTile } from '../../../../attribution/kernel/leaves.ts'
import { indexOccurrences, scanOccurrences } from '../../../../attribution/kernel/span/occurrences.ts'
import { traceOutput } from '../../../../attribution/kernel/span/trace.ts'
import { check } from '../../../core/random.ts'
import { corpusOf, tracing } from './corpora.ts'
import { naiveTrace } from './oracle.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const numRuns = Number(process.env.OPENLEDGER_TRACE_RUNS ?? 1000)

test('the scan traces as a search by the words of the specification does', (t) => {
  const seen = { tiles: 0, common: 0, laterVersion: 0, several: 0, none: 0 }
  check(
    t,
    fc.property(tracing, ({ corpus, output }) => {
      const tiles = traceOutput(output, corpus)
      assert.deepEqual(tiles, naiveTrace(output, corpus))
      seen.tiles += tiles.length
      seen.common += tiles.filter(({ common }) => common === 1).length
      seen.laterVersion += tiles.filter(({ corpusIndex }) => corpusIndex > 0).length
      seen.several += tiles.filter(({ holders }) => holders.length > 1).length
      seen.none += tiles.length === 0 ? 1 : 0
      for (const tile of tiles) assert.deepEqual(decodeTile(encodeTile(tile)), tile)
    }),
    { numRuns },
  )
  t.diagnostic(JSON.stringify(seen))
  for (const [kind, times] of Object.entries(seen)) assert.ok(times > numRuns / 50, `hardly a case with ${kind}`)
})

test('the table of windows finds what the scan finds, in the same order', (t) => {
  check(
    t,
    fc.property(tracing, ({ corpus, output }) => {
      const scan = scanOccurrences(corpus)
      const index = indexOccurrences(corpus)
      for (let start = 0; start <= output.length; start += 7)
        assert.deepEqual(index(output, start), scan(output, start))
      assert.deepEqual(traceOutput(output, corpus, index), traceOutput(output, corpus, scan))
    }),
    { numRuns },
  )
})

const passage = 'the quick brown fox jumps over a lazy dog' // 41 bytes

test('a text is cut into tiles of 1,024 bytes at most, each to the last end that fits', (t) => {
  const words = 'ab '.repeat(1400) // 4,200 bytes
  const solid = `${'x'.repeat(1025)} ${'y'.repeat(1024)}`
  const corpus = corpusOf([[words], [solid]])
  assert.deepEqual(
    traceOutput(bytes(words), corpus).map(({ start, length, paidEnd }) => [start, length, paidEnd]),
    [
      [0, 1023, 1023], // 1,024 would end between a and b
      [1023, 1023, 2046],
      [2046, 1023, 3069],
      [3069, 1023, 4092],
      [4092, 108, 4200],
    ],
  )
  // A word of 1,025 letters has no end in reach, one of 1,024 is a tile.
  assert.deepEqual(
    traceOutput(bytes(solid), corpus).map(({ start, length }) => [start, length]),
    [[1026, 1024]],
  )
  check(
    t,
    fc.property(fc.array(fc.tuple(fc.nat(2100), fc.nat(1400)), { maxLength: 3 }), (cuts) => {
      const text = bytes(`${words.slice(0, 2100)}${'a'.repeat(1024)} b`)
      const output = bytes(cuts.map(([from, length]) => Buffer.from(text.subarray(from, from + length))).join('-'))
      const long = corpusOf([[text], [words.slice(0, 1500)]], [2, 1])
      assert.deepEqual(traceOutput(output, long, indexOccurrences(long)), naiveTrace(output, long))
    }),
    { numRuns: 8 },
  )
})

test('spans of 31 bytes are no tile, spans of 32 are', () => {
  const corpus = corpusOf([[passage]])
  assert.deepEqual(traceOutput(bytes(passage.slice(0, 30)), corpus), []) // "... over"
  assert.equal(traceOutput(bytes(passage.slice(0, 32)), corpus)[0]?.length, 32) // "... over a"
  // The span agrees in 34 bytes, but the last two would cut a word.
  assert.equal(traceOutput(bytes(`${passage.slice(0, 34)}mp`), corpus)[0]?.length, 33)
})

test('the earliest commit is paid, wherever in the corpus it is', () => {
  const holding = (orders: number[]) => traceOutput(bytes(passage), corpusOf([[passage], ['-', passage]], orders))
  assert.deepEqual(holding([5, 1, 9]), [
    { start: 0, length: 41, common: 0, paidEnd: 41, corpusIndex: 0, holders: [{ document: 0, offset: 0 }] },
  ])
  assert.deepEqual(holding([5, 1, 4]), [
    { start: 0, length: 41, common: 0, paidEnd: 41, corpusIndex: 1, holders: [{ document: 1, offset: 2 }] },
  ])
})

test('no tile spans two documents, nor the separator, even when an output holds it', () => {
  const [head, tail] = [passage.slice(0, 20), passage.slice(20)]
  const corpus = corpusOf([[head, tail]])
  assert.deepEqual(traceOutput(bytes(passage), corpus), [])
  assert.deepEqual(traceOutput(corpus[0]!.text, corpus), [])
})

test('ten holders are listed by order, more make a tile common and unpaid', () => {
  const holders = (count: number) => {
    const corpus = corpusOf(
      [Array.from({ length: count }, () => `${passage} ${passage}`)],
      Array.from({ length: count }, (_, document) => 100 - document),
    )
    return traceOutput(bytes(passage), corpus)[0]!
  }
  const ten = holders(10)
  assert.deepEqual([ten.common, ten.paidEnd, ten.holders.length], [0, 41, 10])
  assert.deepEqual(ten.holders[0], { document: 9, offset: 9 * 84 }) // the lowest order, at its first occurrence
  const many = holders(13)
  assert.deepEqual([many.common, many.paidEnd, many.holders.length], [1, 0, 11])
  assert.deepEqual(
    many.holders.map(({ document }) => document),
    [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2],
  )
})

test('an empty output and an empty corpus have no tiles', () => {
  assert.deepEqual(traceOutput(new Uint8Array(0), corpusOf([[passage]])), [])
  assert.deepEqual(traceOutput(bytes(passage), []), [])
  assert.deepEqual(traceOutput(bytes(passage), corpusOf([[], ['']])), [])
})
