import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { concatBytes, equalBytes } from '../../../core/hex.ts'
import { compressBlock, declaredSize, inflateBlock } from '../../../p2p/wire/compress.ts'
import { bytes, mutation } from '../../core/arbitrary.ts'
import { check, createRandom } from '../../core/random.ts'

const maxBytes = 2 ** 21
const textOf = (length: number) => Uint8Array.from({ length }, (_, index) => ((index * 7_919) >> 3) & 0xff)

test('a frame declares its size and inflates to what was compressed, whatever the size', (t) => {
  const bounds = [0, 1, 255, 256, 257, 65_535, 65_791, 65_792, 65_793, 2 ** 21 - 1, 2 ** 21]
  for (const length of bounds) {
    const raw = textOf(length)
    const frame = compressBlock(raw)
    assert.equal(declaredSize(frame), length)
    assert.ok(equalBytes(inflateBlock(frame, length) ?? assert.fail(`${length} bytes`), raw))
    if (length > 0) assert.equal(inflateBlock(frame, length - 1), undefined, 'beyond the bound')
  }
  check(
    t,
    fc.property(bytes(3_000), (raw) => assert.deepEqual(inflateBlock(compressBlock(raw), 3_000), raw)),
  )
})

test('content that cannot be compressed still makes one frame, little longer', () => {
  const next = createRandom(4)
  const raw = concatBytes(...Array.from({ length: 65_536 }, next))
  const frame = compressBlock(raw)
  assert.ok(frame.length > raw.length && frame.length < raw.length + (raw.length >> 8) + 1_024)
  assert.ok(equalBytes(inflateBlock(frame, raw.length)!, raw))
})

test('takes nothing but one frame that ends with the last byte', () => {
  const raw = textOf(5_000)
  const frame = compressBlock(raw)
  const skippable = Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  const refused = {
    nothing: new Uint8Array(0),
    'a byte after the frame': concatBytes(frame, Uint8Array.of(0)),
    'two frames': concatBytes(frame, frame),
    'a skippable frame': skippable,
    'a skippable frame before': concatBytes(skippable, frame),
    'a skippable frame after': concatBytes(frame, skippable),
    'the end missing': frame.subarray(0, -1),
    'only a header': frame.subarray(0, 9),
    'a damaged block': frame.with(12, frame[12]! ^ 0xff).with(11, frame[11]! ^ 0xff),
  }
  for (const [name, given] of Object.entries(refused)) assert.equal(inflateBlock(given, maxBytes), undefined, name)
})

test('takes one form of frame: one segment, its size in the shortest form, no checksum, no dictionary', () => {
  const raw = textOf(5_000)
  const made = (params: Record<number, number>, pledgedSrcSize?: number) =>
    zstdCompressSync(raw, pledgedSrcSize === undefined ? { params } : { params, pledgedSrcSize })
  const frame = compressBlock(raw)
  // The header of the same frame with the size in four and in eight bytes.
  const magic = frame.subarray(0, 4)
  const blocks = frame.subarray(7)
  const size = [5_000 & 0xff, 5_000 >> 8, 0, 0]
  const refused = {
    'a checksum': made({ [constants.ZSTD_c_checksumFlag]: 1 }, raw.length),
    'no size': made({ [constants.ZSTD_c_contentSizeFlag]: 0 }),
    'a window smaller than the content': made({ [constants.ZSTD_c_windowLog]: 10 }, raw.length),
    'four bytes of size': concatBytes(magic, Uint8Array.of(0xa0, ...size), blocks),
    'eight bytes of size': concatBytes(magic, Uint8Array.of(0xe0, ...size, 0, 0, 0, 0), blocks),
    'a dictionary': concatBytes(magic, Uint8Array.of(0x61, 1, ...frame.subarray(5, 7)), blocks),
    'the reserved bit': frame.with(4, frame[4]! | 0x08),
    'the unused bit': frame.with(4, frame[4]! | 0x10),
  }
  assert.deepEqual(concatBytes(magic, frame.subarray(4, 7), blocks), frame)
  for (const [name, given] of Object.entries(refused)) {
    assert.equal(declaredSize(given), undefined, name)
    assert.equal(inflateBlock(given, maxBytes), undefined, name)
  }
})

test('a frame that declares another size than it has is refused', () => {
  const frame = compressBlock(textOf(5_000))
  for (const off of [-1, 1, 1_000]) {
    const lie = frame.slice()
    new DataView(lie.buffer).setUint16(5, 5_000 - 256 + off, true)
    assert.equal(declaredSize(lie), 5_000 + off)
    assert.equal(inflateBlock(lie, maxBytes), undefined)
  }
})

test('a bomb is refused before anything is allocated for it', () => {
  const honest = zstdCompressSync(new Uint8Array(2 ** 28), { pledgedSrcSize: 2 ** 28 })
  const declared = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0])
  // What it holds is far more than the size it declares.
  const liar = compressBlock(new Uint8Array(2 ** 26))
  new DataView(liar.buffer, liar.byteOffset).setUint32(5, 1_000_000, true)
  const before = process.memoryUsage().rss
  for (const bomb of [honest, declared, liar]) assert.equal(inflateBlock(bomb, maxBytes), undefined)
  const grownBytes = process.memoryUsage().rss - before
  assert.ok(grownBytes < 16 * 2 ** 20, `${grownBytes} bytes more`)
})

test('never throws, and inflates nothing to more than it declares', (t) => {
  const frame = fc
    .oneof(
      bytes(60),
      bytes(300).map((raw) => raw.map((byte) => byte & 3)),
    )
    .map(compressBlock)
  const property = fc.property(fc.oneof(mutation(frame), bytes(40)), (given) => {
    const raw = inflateBlock(given, 1_000)
    if (raw !== undefined) assert.equal(raw.length, declaredSize(given))
  })
  check(t, property, { numRuns: 3_000 })
})
