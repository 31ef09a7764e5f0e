import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  boundary,
  isEnd,
  isEndInPart,
  isStart,
  isStartInPart,
  joins,
} from '../../../../attribution/kernel/span/boundaries.ts'
import { check } from '../../../core/random.ts'
import { findBoundaries } from './oracle.ts'

// Every byte that a rule tells apart from its neighbours, and one from inside each class.
const telling = [
  0x00, 0x20, 0x2f, 0x30, 0x35, 0x39, 0x3a, 0x40, 0x41, 0x5a, 0x5b, 0x60, 0x61, 0x7a, 0x7b, 0x7f, 0x80, 0x9f, 0xbf,
  0xc0, 0xc1, 0xc2, 0xc3, 0xd0, 0xdf, 0xe0, 0xef, 0xf0, 0xf8, 0xff,
]
const output = fc.oneof(
  fc.array(fc.constantFrom(...telling), { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes)),
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => new TextEncoder().encode(text)),
)

test('joins, boundaries, starts and ends are those of the written rules on any bytes', (t) => {
  check(
    t,
    fc.property(output, (bytes) => {
      const expected = findBoundaries(bytes)
      for (let i = -2; i <= bytes.length + 2; i++) {
        assert.equal(joins(bytes, i), expected.joins.has(i), `joins ${i}`)
        assert.equal(boundary(bytes, i), expected.boundaries.has(i), `boundary ${i}`)
        assert.equal(isStart(bytes, i), expected.starts.has(i), `start ${i}`)
        assert.equal(isEnd(bytes, i), expected.ends.has(i), `end ${i}`)
      }
    }),
    { numRuns: 3000 },
  )
})

test('a part answers as the whole output does, from the bytes i - 2 to i alone', (t) => {
  check(
    t,
    fc.property(output, (bytes) => {
      for (let i = -2; i <= bytes.length + 2; i++) {
        const from = Math.max(0, Math.min(i - 2, bytes.length))
        const part = { length: bytes.length, from, bytes: bytes.subarray(from, Math.max(from, i + 1)) }
        assert.equal(isStartInPart(part, i), isStart(bytes, i), `start ${i}`)
        assert.equal(isEndInPart(part, i), isEnd(bytes, i), `end ${i}`)
      }
    }),
    { numRuns: 3000 },
  )
})

test('a part without one of those bytes does not answer, however much else it holds', () => {
  const bytes = new TextEncoder().encode('no tile is cut')
  for (let i = 0; i < bytes.length; i++) {
    const late = { length: bytes.length, from: Math.max(0, i - 2) + 1, bytes: bytes.subarray(Math.max(0, i - 2) + 1) }
    const short = { length: bytes.length, from: 0, bytes: bytes.subarray(0, i) }
    for (const part of [late, short]) {
      assert.equal(isStartInPart(part, i), undefined)
      assert.equal(isEndInPart(part, i), i === 0 ? false : undefined)
    }
  }
  const nothing = { length: bytes.length, from: 0, bytes: bytes.subarray(0, 0) }
  assert.equal(isEndInPart(nothing, bytes.length), true)
  assert.equal(isStartInPart(nothing, bytes.length), false)
  assert.equal(isEndInPart({ ...nothing, length: 0 }, 0), false)
})

test('words and characters of many scripts are never cut', () => {
  const marks = (text: string, marked: (bytes: Uint8Array, i: number) => boolean): string => {
    const bytes = new TextEncoder().encode(text)
    const cuts = Array.from({ length: bytes.length + 1 }, (_, i) => i).filter((i) => marked(bytes, i))
    return [0, ...cuts, bytes.length]
      .slice(1)
      .map((cut, place, all) => Buffer.from(bytes.subarray(place === 0 ? 0 : all[place - 1], cut)).toString())
      .join('|')
  }
  assert.equal(marks('The Wörter, x1.', isStart), '|The |Wörter, |x1.')
  assert.equal(marks('The Wörter, x1.', isEnd), 'The| |Wörter|,| |x1|.|')
  assert.equal(marks('за́пад γη', isStart), '|за́пад |γη')
  assert.equal(marks('שלום עולם', isEnd), 'שלום| |עולם|')
  assert.equal(marks('日本 ©x 😀', isStart), '|日|本 |©|x |😀')
  assert.equal(marks('日本 ©x 😀', isEnd), '日|本| |©|x| |😀|')
})

test('an empty output has a boundary and neither start nor end', () => {
  const empty = new Uint8Array(0)
  assert.deepEqual([boundary(empty, 0), isStart(empty, 0), isEnd(empty, 0)], [true, false, false])
})
