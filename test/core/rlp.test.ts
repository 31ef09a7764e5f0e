import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { bigintToBytes, bytesToHex, emptyBytes, parseHex } from '../../core/hex.ts'
import {
  decodeRlp,
  encodeRlp,
  joinRlpList,
  maxRlpDepth,
  maxRlpItems,
  type RlpItem,
  rlpItemAt,
  splitRlpList,
} from '../../core/rlp.ts'
import { bytes, mutation, rlpItem } from './arbitrary.ts'
import { check } from './random.ts'

const vectors = process.env.OPENLEDGER_VECTORS ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors')
const folder = join(vectors, 'ethereum-tests', 'RLPTests')
const skip = existsSync(folder) ? false : 'skipped: no vectors'

type Input = string | number | readonly Input[]
type Vectors = Readonly<Record<string, { readonly in: Input; readonly out: string }>>

function readVectors(file: string): Vectors {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vectors
}

function vectorBytes(out: string): Uint8Array {
  const parsed = parseHex(out.startsWith('0x') ? out : `0x${out}`)
  assert.ok(parsed !== undefined)
  return parsed
}

/** Vectors write byte strings as Latin-1 text, numbers as numbers or, beyond 2^53, as '#' and decimal digits. */
function vectorItem(input: Input): RlpItem {
  if (typeof input === 'number') return bigintToBytes(BigInt(input))
  if (typeof input !== 'string') return input.map(vectorItem)
  return input.startsWith('#') ? bigintToBytes(BigInt(input.slice(1))) : new Uint8Array(Buffer.from(input, 'latin1'))
}

test('encodes and decodes every public vector', { skip }, () => {
  const cases = Object.entries(readVectors('rlptest.json'))
  assert.ok(cases.length > 20)
  for (const [name, { in: input, out }] of cases) {
    const item = vectorItem(input)
    assert.equal(bytesToHex(encodeRlp(item)), out, name)
    assert.deepEqual(plain(decodeRlp(vectorBytes(out))), plain(item), name)
  }
})

test('refuses every invalid public vector', { skip }, () => {
  const cases = Object.entries(readVectors('invalidRLPTest.json'))
  assert.ok(cases.length > 20)
  for (const [name, { out }] of cases) assert.equal(decodeRlp(vectorBytes(out)), undefined, name)
})

test('decodes or refuses the random public vectors as they say', { skip }, () => {
  for (const file of readdirSync(join(folder, 'RandomRLPTests'))) {
    for (const [name, { in: verdict, out }] of Object.entries(readVectors(join('RandomRLPTests', file)))) {
      const raw = vectorBytes(out)
      const item = decodeRlp(raw)
      assert.equal(item !== undefined, verdict === 'VALID', name)
      if (item !== undefined) assert.deepEqual(encodeRlp(item), raw, name)
    }
  }
})

test('gives back what was encoded, in the encoding of another implementation', (t) => {
  check(
    t,
    fc.property(rlpItem, (item) => {
      const encoded = encodeRlp(item)
      assert.deepEqual(encoded, RLP.encode(item as Parameters<typeof RLP.encode>[0]))
      assert.deepEqual(plain(decodeRlp(encoded)), plain(item))
    }),
  )
})

test('encodes strings and lists around the length bounds', () => {
  for (const length of [0, 1, 2, 54, 55, 56, 57, 255, 256, 257, 65_535, 65_536]) {
    const string = new Uint8Array(length).fill(0x80)
    assert.deepEqual(encodeRlp(string), RLP.encode(string))
    assert.deepEqual(decodeRlp(encodeRlp(string)), string)
    const list = new Array<Uint8Array>(length).fill(Uint8Array.of(1))
    assert.deepEqual(encodeRlp(list), RLP.encode(list))
    assert.deepEqual(plain(decodeRlp(encodeRlp(list))), plain(list))
  }
})

test('accepts one encoding per value: anything it decodes encodes to the same bytes', (t) => {
  const property = fc.property(fc.oneof(mutation(rlpItem.map(encodeRlp)), bytes(40)), (input) => {
    const item = decodeRlp(input)
    if (item !== undefined) assert.deepEqual(encodeRlp(item), input)
  })
  check(t, property, { numRuns: 3_000 })
})

test('bounds the depth of lists', () => {
  const nested = (depth: number) => {
    let item: RlpItem = []
    for (let level = 1; level < depth; level++) item = [item]
    return encodeRlp(item)
  }
  assert.notEqual(decodeRlp(nested(maxRlpDepth)), undefined)
  assert.equal(decodeRlp(nested(maxRlpDepth + 2)), undefined)
  const bomb = new Uint8Array(100_000).fill(0xc1)
  bomb[bomb.length - 1] = 0xc0
  assert.equal(decodeRlp(bomb), undefined)
})

test('bounds the number of items', () => {
  const flat = (count: number) => joinRlpList(new Array<Uint8Array>(count).fill(Uint8Array.of(1)))
  assert.notEqual(decodeRlp(flat(maxRlpItems - 1)), undefined)
  assert.equal(decodeRlp(flat(maxRlpItems)), undefined)
  assert.equal(splitRlpList(flat(maxRlpItems))?.length, maxRlpItems)
  assert.equal(splitRlpList(flat(maxRlpItems + 1)), undefined)
})

test('refuses a declared length beyond the input before reading or allocating anything', () => {
  for (const first of [0xbb, 0xbf, 0xfb, 0xff]) {
    assert.equal(decodeRlp(Uint8Array.from([first, ...new Array(first & 7).fill(0xff), 0xff, 1, 2])), undefined)
  }
})

test('splits a list into the encodings of its items and joins them again', (t) => {
  check(
    t,
    fc.property(fc.array(rlpItem, { maxLength: 5 }), (items) => {
      const encoded = encodeRlp(items)
      const parts = splitRlpList(encoded)
      assert.deepEqual(parts, items.map(encodeRlp))
      assert.deepEqual(joinRlpList(parts ?? []), encoded)
    }),
  )
})

test('splits only a whole list', () => {
  for (const hex of ['0x', '0x80', '0x01', '0xc1', '0xc0c0', '0xc28301', '0xc28101', '0xf801c0', '0xc2b801']) {
    assert.equal(splitRlpList(parseHex(hex) ?? emptyBytes), undefined, hex)
  }
})

/** Views and copies of the same bytes compare equal. */
function plain(item: RlpItem | undefined): unknown {
  if (item === undefined) return undefined
  return item instanceof Uint8Array ? bytesToHex(item) : item.map(plain)
}

test('takes no more items than it is told to', () => {
  const bytes = encodeRlp([emptyBytes, [emptyBytes, emptyBytes], []])
  assert.ok(decodeRlp(bytes, 6) !== undefined)
  assert.equal(decodeRlp(bytes, 5), undefined)
  assert.equal(decodeRlp(bytes, 1), undefined)
  assert.equal(decodeRlp(emptyBytes, 1), undefined)
})

test('reads items that follow one another, and none beyond the end', (t) => {
  check(
    t,
    fc.property(fc.array(rlpItem, { minLength: 1, maxLength: 5 }), (items) => {
      const encoded = items.map(encodeRlp)
      const bytes = Uint8Array.from(encoded.flatMap((item) => [...item]))
      let at = 0
      for (const item of encoded) {
        assert.deepEqual(rlpItemAt(bytes, at), item)
        at += item.length
      }
      assert.equal(rlpItemAt(bytes, at), undefined)
      const last = encoded.at(-1)!
      if (last.length > 1) assert.equal(rlpItemAt(bytes.subarray(0, -1), at - last.length), undefined)
    }),
  )
  assert.equal(rlpItemAt(Uint8Array.of(0x81, 0x7f), 0), undefined)
  assert.equal(rlpItemAt(Uint8Array.of(0xb8, 1, 0x80), 0), undefined)
})
