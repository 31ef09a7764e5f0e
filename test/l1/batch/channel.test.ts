import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, constants, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { concatBytes, emptyBytes, zeroHash } from '../../../core/hex.ts'
import { encodeRlp } from '../../../core/rlp.ts'
import { type Batch, encodeBatch } from '../../../l1/batch/batch.ts'
import { compress, inflate } from '../../../l1/batch/brotli.ts'
import {
  contentBytes,
  decodeChannel,
  encodeChannel,
  maxChannelBytes,
  maxChannelItems,
} from '../../../l1/batch/channel.ts'
import { check } from '../../core/random.ts'
import { batches } from './arbitrary.ts'
import { flushed } from './flushed.ts'

function batchOf(...txs: readonly Uint8Array[]): Batch {
  return batchWith(txs)
}

function batchWith(txs: readonly Uint8Array[]): Batch {
  return { parentHash: zeroHash, epochNumber: 3n, epochHash: zeroHash, timestamp: 5n, txs }
}

function contentOf(...list: readonly Batch[]): Uint8Array {
  return concatBytes(...list.map((batch) => encodeRlp(encodeBatch(batch))))
}

function channelOf(content: Uint8Array, quality = 1): Uint8Array {
  return concatBytes(Uint8Array.of(1), compress(content, quality))
}

/** A batch that takes so many bytes of content, by one transaction of zeros. */
function batchOfContent(bytes: number): Batch {
  let size = bytes - 90
  while (contentBytes(batchOf(new Uint8Array(size))) < bytes) size++
  return batchOf(new Uint8Array(size))
}

test('batches come back in order, whatever the quality', (t) => {
  check(
    t,
    fc.property(batches, fc.integer({ min: 0, max: 11 }), (list, quality) => {
      const channel = decodeChannel(encodeChannel(list, quality))
      assert.deepEqual(channel?.batches, list)
      assert.equal(
        channel.inflatedBytes,
        list.reduce((sum, batch) => sum + contentBytes(batch), 0),
      )
    }),
    { numRuns: 100 },
  )
})

test('one stream that ends with the last byte, nothing else', () => {
  const content = contentOf(batchOf(Uint8Array.of(1, 2, 3)))
  const right = channelOf(content)
  assert.equal(decodeChannel(right)?.batches.length, 1)
  const half = content.length >> 1

  const wrong: Readonly<Record<string, Uint8Array>> = {
    'no byte': emptyBytes,
    'version alone': Uint8Array.of(1),
    'version 0': concatBytes(Uint8Array.of(0), right.subarray(1)),
    'version 2': concatBytes(Uint8Array.of(2), right.subarray(1)),
    'no version': right.subarray(1),
    'zlib, as OP had it before': new Uint8Array(deflateSync(content)),
    'zlib after the version': concatBytes(Uint8Array.of(1), deflateSync(content)),
    'a zero after it': concatBytes(right, Uint8Array.of(0)),
    'a byte after it': concatBytes(right, Uint8Array.of(6)),
    'an empty stream after it': concatBytes(right, compress(emptyBytes, 1)),
    'the same stream again': concatBytes(right, right.subarray(1)),
    'content in two streams': concatBytes(channelOf(content.subarray(0, half)), compress(content.subarray(half), 1)),
    'content not compressed': concatBytes(Uint8Array.of(1), content),
  }
  for (const [name, bytes] of Object.entries(wrong)) assert.equal(decodeChannel(bytes), undefined, name)
  for (let end = 0; end < right.length; end++) {
    assert.equal(decodeChannel(right.subarray(0, end)), undefined, `cut to ${end} bytes`)
  }
})

test('a stream that was flushed in the middle is one stream', async () => {
  const list = Array.from({ length: 3 }, (_, index) => batchOf(new Uint8Array(3000).fill(index)))
  const pieces = await flushed(list.map((batch) => contentOf(batch)))
  assert.equal(pieces.length, 4)
  assert.deepEqual(decodeChannel(concatBytes(Uint8Array.of(1), ...pieces))?.batches, list)
  assert.equal(decodeChannel(concatBytes(Uint8Array.of(1), ...pieces.slice(0, 3))), undefined)
})

test('the end of a stream is found wherever the content ends', () => {
  // Around the size of the pieces in which the library hands out content.
  for (const size of [16_383, 16_384, 16_385, 32_768, 65_536]) {
    const right = channelOf(contentOf(batchOfContent(size)))
    assert.equal(decodeChannel(right)?.inflatedBytes, size)
    assert.equal(decodeChannel(concatBytes(right, Uint8Array.of(0))), undefined)
    assert.equal(decodeChannel(right.subarray(0, -1)), undefined)
  }
})

test('windows beyond those of RFC 7932 are refused', () => {
  const params = { [constants.BROTLI_PARAM_LARGE_WINDOW]: 1, [constants.BROTLI_PARAM_LGWIN]: 26 }
  const stream = brotliCompressSync(contentOf(batchOf()), { params })
  assert.equal(decodeChannel(concatBytes(Uint8Array.of(1), stream)), undefined)
})

test('content is batches to its last byte', () => {
  const one = contentOf(batchOf(Uint8Array.of(7)))
  const wrong: Readonly<Record<string, Uint8Array>> = {
    nothing: emptyBytes,
    'garbage after a batch': concatBytes(one, Uint8Array.of(0)),
    'an empty string after a batch': concatBytes(one, Uint8Array.of(0x80)),
    'an empty list after a batch': concatBytes(one, Uint8Array.of(0xc0)),
    'the last batch cut': concatBytes(one, one.subarray(0, -1)),
    'a batch that is no string': encodeBatch(batchOf()),
    'batches in a list': encodeRlp([encodeBatch(batchOf())]),
    'a bad batch between good ones': concatBytes(one, encodeRlp(Uint8Array.of(0, 0xc0)), one),
    'a longer length than needed': concatBytes(Uint8Array.of(0xb9, 0, one.length - 2), one.subarray(2)),
  }
  assert.equal(decodeChannel(channelOf(concatBytes(one, one)))?.batches.length, 2)
  for (const [name, content] of Object.entries(wrong)) assert.equal(decodeChannel(channelOf(content)), undefined, name)
})

test('16 MiB of content are taken, a byte more is not', () => {
  const whole = contentOf(batchOfContent(maxChannelBytes))
  assert.equal(whole.length, maxChannelBytes)
  assert.equal(decodeChannel(channelOf(whole))?.inflatedBytes, maxChannelBytes)
  const over = contentOf(batchOfContent(maxChannelBytes + 1))
  assert.equal(decodeChannel(channelOf(over)), undefined)
  assert.throws(() => encodeChannel([batchOfContent(maxChannelBytes + 1)], 1), /16 MiB/)
  assert.throws(() => encodeChannel([]), /one batch/)
})

test('2^18 batches and transactions are taken, one more is not', () => {
  const txs = (count: number) => Array.from({ length: count }, () => Uint8Array.of(1))
  const decode = (...counts: readonly number[]) =>
    decodeChannel(
      encodeChannel(
        counts.map((count) => batchWith(txs(count))),
        1,
      ),
    )
  const last = (channel: ReturnType<typeof decodeChannel>) => channel?.batches.at(-1)?.txs.length
  assert.equal(maxChannelItems, 262_144)
  assert.equal(last(decode(maxChannelItems - 1)), maxChannelItems - 1)
  assert.equal(last(decode(100_000, maxChannelItems - 100_002)), maxChannelItems - 100_002)
  assert.equal(decode(maxChannelItems), undefined)
  assert.equal(decode(100_000, maxChannelItems - 100_001), undefined)
  assert.equal(decode(maxChannelItems - 1, 0), undefined)
  // Honest content cannot get there: see the comment on the limit.
  assert.ok(contentBytes(batchOf()) > maxChannelBytes / maxChannelItems)
})

test('a failure that says nothing about the bytes is an outage', () => {
  // A limit that the library does not take stands for whatever else it may fail of, such as memory.
  const stream = compress(Uint8Array.of(1), 1)
  assert.deepEqual(inflate(stream, 1), Uint8Array.of(1))
  assert.throws(() => inflate(stream, -1), { code: 'brotli_failed', severity: 'retry' })
})
