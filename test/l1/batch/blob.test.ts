import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes } from '../../../core/hex.ts'
import { blobBytes, blobCapacity, decodeBlob, encodeBlob } from '../../../l1/batch/blob.ts'
import { isBlob } from '../../../l1/kzg/blob.ts'
import { check } from '../../core/random.ts'
import { createDice } from './wireCases.ts'

/** A blob that begins with these bytes and is zero elsewhere. */
function blobWith(...head: readonly number[]): Uint8Array {
  const blob = new Uint8Array(blobBytes)
  blob.set(head)
  return blob
}

/** The encoding as the OP Stack's specification tells it: read and write positions, four elements a round. */
function encodeByTheBook(content: Uint8Array): Uint8Array {
  const blob = new Uint8Array(blobBytes)
  let read = 0
  let write = 0
  const next = () => content[read++] ?? 0
  function put(first: number, rest: readonly number[]): void {
    blob[write] = first
    blob.set(rest, write + 1)
    write += 32
  }
  const take = (count: number) => Array.from({ length: count }, next)
  for (let round = 0; round < 1024; round++) {
    const length = content.length
    const one = round === 0 ? [0, length >> 16, (length >> 8) & 255, length & 255, ...take(27)] : take(31)
    const x = next()
    const two = take(31)
    const y = next()
    const three = take(31)
    const z = next()
    const four = take(31)
    put(x & 0b0011_1111, one)
    put((y & 0b0000_1111) | ((x & 0b1100_0000) >> 2), two)
    put(z & 0b0011_1111, three)
    put(((z & 0b1100_0000) >> 2) | ((y & 0b1111_0000) >> 4), four)
  }
  return blob
}

test('decodes the OP Stack vectors', () => {
  const ff = (count: number) => new Array<number>(count).fill(0xff)
  assert.deepEqual(decodeBlob(blobWith()), new Uint8Array(0))
  assert.deepEqual(decodeBlob(blobWith(0, 0, 0, 0, 1)), new Uint8Array(1))
  assert.deepEqual(decodeBlob(blobWith(0, 0, 0x01, 0xfb, 0xfc)), new Uint8Array(blobCapacity))
  assert.equal(decodeBlob(blobWith(0, 0, 0x01, 0xfb, 0xfd)), undefined)
  const ten = decodeBlob(blobWith(0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff))
  assert.deepEqual(ten, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff))
  assert.deepEqual(decodeBlob(blobWith(0, 0, 0, 0, 27, ...ff(27))), Uint8Array.from(ff(27)))
  const thirtyTwo = blobWith(0x3f, 0, 0, 0, 32, ...ff(27), 0x30, ...ff(4))
  assert.deepEqual(decodeBlob(thirtyTwo), Uint8Array.from(ff(32)))
})

test('encodes the OP Stack vectors', () => {
  const ff = (count: number) => new Array<number>(count).fill(0xff)
  assert.deepEqual(encodeBlob(new Uint8Array(0)), blobWith())
  assert.deepEqual(encodeBlob(new Uint8Array(blobCapacity)), blobWith(0, 0, 0x01, 0xfb, 0xfc))
  assert.deepEqual(encodeBlob(Uint8Array.from(ff(27))), blobWith(0, 0, 0, 0, 27, ...ff(27)))
  assert.deepEqual(encodeBlob(Uint8Array.from(ff(28))), blobWith(0x3f, 0, 0, 0, 28, ...ff(27), 0x30))
  assert.throws(() => encodeBlob(new Uint8Array(blobCapacity + 1)), /130,044/)
})

test('content of every length near the edges comes back, encoded by the book', { timeout: 60_000 }, () => {
  const content = createDice(99).bytes(blobCapacity)
  const lengths = [
    ...Array.from({ length: 160 }, (_, length) => length),
    ...Array.from({ length: 140 }, (_, less) => blobCapacity - less),
    ...[1, 2, 511, 1023].flatMap((rounds) => [-2, -1, 0, 1, 2].map((more) => rounds * 127 - 4 + more)),
  ]
  for (const length of lengths) {
    const part = content.subarray(0, length)
    const blob = encodeBlob(part)
    assert.equal(Buffer.compare(blob, encodeByTheBook(part)), 0, `${length} bytes encoded`)
    const back = decodeBlob(blob)
    assert.ok(back !== undefined && Buffer.compare(back, part) === 0, `${length} bytes decoded`)
  }
})

test('whatever it holds, it is a blob', () => {
  assert.ok(isBlob(encodeBlob(new Uint8Array(blobCapacity).fill(0xff))))
  assert.ok(isBlob(encodeBlob(new Uint8Array(0))))
})

test('every unused bit is zero', (t) => {
  const content = createDice(5).bytes(1000)
  const right = encodeBlob(content)
  const flip = (at: number, bit: number) => {
    const blob = right.slice()
    blob[at]! ^= 1 << bit
    return decodeBlob(blob)
  }
  assert.deepEqual(decodeBlob(right), content)
  for (let element = 0; element < 4096; element += 1) {
    assert.equal(flip(element * 32, 7), undefined, `top bit of element ${element}`)
    assert.equal(flip(element * 32, 6), undefined, `second bit of element ${element}`)
  }
  // Content ends within element 32: from there on all is padding.
  check(
    t,
    fc.property(fc.integer({ min: 33 * 32, max: blobBytes - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      assert.equal(flip(at, bit), undefined)
    }),
  )
  assert.equal(decodeBlob(blobWith(0x30)), undefined)
  assert.equal(decodeBlob(blobWith(0x01)), undefined)
  for (let at = 5; at < 128; at++) assert.equal(decodeBlob(blobWith(...new Array<number>(at).fill(0), 1)), undefined)
})

test('version 0 and 131,072 bytes, nothing else', () => {
  const right = encodeBlob(Uint8Array.of(1, 2, 3))
  for (const version of [1, 2, 0xff]) {
    const blob = right.slice()
    blob[1] = version
    assert.equal(decodeBlob(blob), undefined)
  }
  assert.equal(decodeBlob(right.subarray(1)), undefined)
  assert.equal(decodeBlob(concatBytes(right, Uint8Array.of(0))), undefined)
  assert.equal(decodeBlob(new Uint8Array(0)), undefined)
})

test('a flipped bit never gives the same content', () => {
  const dice = createDice(11)
  const content = dice.bytes(blobCapacity)
  const right = encodeBlob(content)
  for (let run = 0; run < 500; run++) {
    const blob = right.slice()
    blob[dice.roll(blobBytes)]! ^= 1 << dice.roll(8)
    const back = decodeBlob(blob)
    assert.ok(back === undefined || Buffer.compare(back, content) !== 0)
  }
})
