import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, type Hex, numberToHex } from 'viem'
import {
  decodeDoc,
  decodeEntry,
  decodeReceipt,
  decodeTile,
  decodeUpdate,
  encodeDoc,
  encodeEntry,
  encodeReceipt,
  encodeTile,
  encodeUpdate,
  leafBytes,
  type TileLeaf,
} from '../../../attribution/kernel/leaves.ts'
import { bytesToHex, zeroHash } from '../../../core/hex.ts'
import { bytes, mutation } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { docLeaf, entry, receiptLeaf, tileLeaf, updateLeaf } from './arbitrary.ts'

const u = (bits: number, value: number | bigint) => numberToHex(BigInt(value), { size: bits / 8 })

testCodec('doc', docLeaf, encodeDoc, decodeDoc, [45], (leaf) => [
  u(40, leaf.start),
  leaf.contribution,
  u(64, leaf.order),
])

testCodec('receipt', receiptLeaf, encodeReceipt, decodeReceipt, [216], (leaf) => [
  u(48, leaf.channel),
  u(40, leaf.sequence),
  leaf.promptRoot,
  leaf.outputRoot,
  u(32, leaf.outputLength),
  u(32, leaf.tokensIn),
  u(32, leaf.tokensOut),
  u(96, leaf.price),
  u(96, leaf.cumulative),
  u(40, leaf.time),
  u(96, leaf.previousCumulative),
  leaf.headAfter,
  leaf.traceRoot,
  u(96, leaf.marginBefore),
  u(96, leaf.creditBefore),
])

testCodec('tile', tileLeaf, encodeTile, decodeTile, [17, 26, 35, 44, 53, 62, 71, 80, 89, 98, 107], (leaf) => [
  u(16, leaf.start),
  u(16, leaf.length),
  u(8, leaf.common),
  u(16, leaf.paidEnd),
  u(8, leaf.corpusIndex),
  ...leaf.holders.flatMap(({ document, offset }) => [u(32, document), u(40, offset)]),
])

testCodec('entry', entry, encodeEntry, decodeEntry, [62], (leaf) => [
  leaf.contribution,
  u(32, leaf.receipt),
  u(16, leaf.tile),
  u(96, leaf.wei),
  u(96, leaf.prefix),
])

testCodec('update', updateLeaf, encodeUpdate, decodeUpdate, [104], (leaf) => [
  u(48, leaf.channel),
  u(40, leaf.beforeSequence),
  u(96, leaf.beforeCumulative),
  leaf.beforeHead,
  u(40, leaf.afterSequence),
  u(96, leaf.afterCumulative),
  leaf.afterHead,
])

function testCodec<T>(
  name: string,
  value: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
  sizes: readonly number[],
  layout: (value: T) => readonly Hex[],
): void {
  test(`a ${name} leaf is laid out as specified and comes back`, (t) => {
    check(
      t,
      fc.property(value, (leaf) => {
        assert.equal(bytesToHex(encode(leaf)), concat(layout(leaf)))
        assert.deepEqual(decode(encode(leaf)), leaf)
      }),
    )
  })

  test(`a ${name} leaf has one encoding`, (t) => {
    check(
      t,
      fc.property(fc.oneof(mutation(value.map(encode)), bytes(230)), (input) => {
        const decoded = decode(input)
        if (!sizes.includes(input.length)) assert.equal(decoded, undefined)
        if (decoded !== undefined) assert.deepEqual(encode(decoded), input)
      }),
      { numRuns: 1_000 },
    )
  })
}

test('the leaves have the sizes of the specification', () => {
  assert.deepEqual(leafBytes, { doc: 45, receipt: 216, entry: 62, update: 104, minTile: 17, maxTile: 107 })
})

test('a tile has one to ten holders, a common one eleven, and no other flag', () => {
  const holder = { document: 1, offset: 2 }
  const tile = (common: 0 | 1, count: number): TileLeaf => ({
    start: 0,
    length: 32,
    common,
    paidEnd: 32,
    corpusIndex: 0,
    holders: Array.from({ length: count }, () => holder),
  })
  const ten = encodeTile(tile(0, 10))
  const eleven = encodeTile(tile(1, 11))
  assert.notEqual(decodeTile(ten), undefined)
  assert.notEqual(decodeTile(eleven), undefined)
  assert.equal(decodeTile(ten.with(4, 1)), undefined)
  assert.equal(decodeTile(eleven.with(4, 0)), undefined)
  assert.equal(decodeTile(eleven.with(4, 2)), undefined)
  assert.equal(decodeTile(ten.with(4, 2)), undefined)
  assert.equal(decodeTile(eleven.subarray(0, 8)), undefined)
  assert.equal(decodeTile(eleven.subarray(0, 7)), undefined)
  assert.equal(decodeTile(ten.subarray(0, 18)), undefined)
  for (const [common, count] of [
    [0, 0],
    [0, 11],
    [1, 10],
    [1, 12],
    [1, 1],
  ] as const) {
    assert.throws(() => encodeTile(tile(common, count)), /holders/)
  }
})

test('what does not fit its field is a bug, not another value', () => {
  const doc = { start: 0, contribution: zeroHash, order: 0n }
  assert.throws(() => encodeDoc({ ...doc, start: 2 ** 40 }), /5 bytes/)
  assert.throws(() => encodeDoc({ ...doc, start: -1 }), /5 bytes/)
  assert.throws(() => encodeDoc({ ...doc, start: 0.5 }), /5 bytes/)
  assert.throws(() => encodeDoc({ ...doc, order: 2n ** 64n }), /8 bytes/)
  assert.throws(() => encodeDoc({ ...doc, order: -1n }), /8 bytes/)
})
