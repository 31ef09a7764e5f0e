import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, emptyBytes, zeroHash } from '../../../core/hex.ts'
import { blobCapacity, decodeBlob, encodeBlob } from '../../../l1/batch/blob.ts'
import { encodeChannel } from '../../../l1/batch/channel.ts'
import { decodeFrame, encodeFrame, type Frame, maxFrameBytes } from '../../../l1/batch/frame.ts'
import { channelToPayloads, payloadsToBatches } from '../../../l1/batch/payload.ts'
import { bytes, fixed, mutation } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { batches } from './arbitrary.ts'
import { createDice } from './wireCases.ts'

const frame: fc.Arbitrary<Frame> = fc.record(
  { channelId: fixed(16), number: fc.integer({ min: 0, max: 65_535 }), data: bytes(200), isLast: fc.boolean() },
  { noNullPrototype: true },
)
const version = Uint8Array.of(0)
const channelId = new Uint8Array(16).fill(0xab)
const list = [{ parentHash: zeroHash, epochNumber: 1n, epochHash: zeroHash, timestamp: 2n, txs: [Uint8Array.of(2, 3)] }]
const channel = encodeChannel(list)

test('a frame has the bytes of the OP Stack', () => {
  const encoded = encodeFrame({ channelId, number: 0x0102, data: Uint8Array.of(7, 8, 9), isLast: true })
  assert.equal(Buffer.from(encoded).toString('hex'), `${'ab'.repeat(16)}0102${'00000003'}07080901`)
})

test('frames come back; what decodes is their one encoding', (t) => {
  check(
    t,
    fc.property(frame, (value) => {
      assert.deepEqual(decodeFrame(encodeFrame(value)), value)
    }),
  )
  let decoded = 0
  check(
    t,
    fc.property(mutation(frame.map(encodeFrame)), (raw) => {
      const value = decodeFrame(raw)
      if (value === undefined) return
      decoded++
      assert.deepEqual(encodeFrame(value), raw)
    }),
    { numRuns: 2000 },
  )
  assert.ok(decoded > 100)
})

test('a frame ends with its bytes, its last flag is 0 or 1', () => {
  const right = encodeFrame({ channelId, number: 0, data: Uint8Array.of(1), isLast: false })
  assert.ok(decodeFrame(right) !== undefined)
  for (let end = 0; end < right.length; end++) assert.equal(decodeFrame(right.subarray(0, end)), undefined)
  assert.equal(decodeFrame(concatBytes(right, Uint8Array.of(0))), undefined)
  assert.equal(decodeFrame(concatBytes(right, right)), undefined)
  assert.equal(decodeFrame(concatBytes(right.subarray(0, -1), Uint8Array.of(2))), undefined)
})

test('a frame has at most a million bytes, whatever it says', () => {
  const whole = encodeFrame({ channelId, number: 0, data: new Uint8Array(maxFrameBytes), isLast: true })
  assert.equal(decodeFrame(whole)?.data.length, maxFrameBytes)
  const longer = concatBytes(whole.subarray(0, 18), Uint8Array.of(0, 0x0f, 0x42, 0x41), whole.subarray(22), version)
  assert.equal(decodeFrame(longer), undefined)
  const lying = concatBytes(channelId, Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0xff, 1))
  assert.equal(decodeFrame(lying), undefined)
})

test('a channel comes back from payloads of any size', (t) => {
  check(
    t,
    fc.property(batches, fc.integer({ min: 25, max: 2000 }), fixed(16), (value, maxBytes, id) => {
      const bytesOfChannel = encodeChannel(value, 5)
      const payloads = channelToPayloads(bytesOfChannel, { channelId: id, maxBytes })
      assert.equal(payloads.length, Math.ceil(bytesOfChannel.length / (maxBytes - 24)))
      for (const payload of payloads) assert.ok(payload.length <= maxBytes)
      const posted = payloadsToBatches(payloads)
      assert.deepEqual(posted?.batches, value)
      assert.equal(posted.channelBytes, bytesOfChannel.length)
    }),
  )
})

test('a channel fills as many blobs as it takes, in order', () => {
  const dice = createDice(7)
  const txs = Array.from({ length: 6 }, () => dice.bytes(120_000))
  const big = txs.map((tx, index) => ({ ...list[0]!, timestamp: BigInt(index), txs: [tx] }))
  const payloads = channelToPayloads(encodeChannel(big, 1), { channelId, maxBytes: blobCapacity })
  assert.equal(payloads.length, 6)
  assert.equal(payloads[0]?.length, blobCapacity)
  const contents = payloads.map((payload) => decodeBlob(encodeBlob(payload)) ?? emptyBytes)
  assert.deepEqual(payloadsToBatches(contents)?.batches, big)
  assert.equal(payloadsToBatches(contents.toReversed()), undefined)
  assert.equal(payloadsToBatches(contents.slice(0, 5)), undefined)
})

test('all frames of one channel, in order, and nothing else', () => {
  const cut = (value: Uint8Array, id = channelId) =>
    channelToPayloads(value, { channelId: id, maxBytes: 24 + Math.ceil(value.length / 4) })
  const [a, b, c, d] = cut(channel) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const [x, y] = cut(channel, new Uint8Array(16)) as [Uint8Array, Uint8Array]
  assert.deepEqual(payloadsToBatches([a, b, c, d])?.batches, list)

  const wrong: Readonly<Record<string, readonly Uint8Array[]>> = {
    nothing: [],
    'an empty payload': [emptyBytes],
    'an empty payload beside': [a, b, c, d, emptyBytes],
    shuffled: [b, a, c, d],
    'first missing': [b, c, d],
    'middle missing': [a, b, d],
    'last missing': [a, b, c],
    'one twice': [a, b, b, c, d],
    'all twice': [a, b, c, d, a, b, c, d],
    'opened again': [a, a, b, c, d],
    interleaved: [a, x, b, y, c, d],
    'a frame of another channel': [a, y, c, d],
    'frames after the last': [a, b, c, d, x],
    'two frames in a payload': [concatBytes(a, b.subarray(1)), c, d],
    'two payloads in one': [concatBytes(a, b), c, d],
    'a byte after a frame': [a, concatBytes(b, version), c, d],
    'a frame cut': [a, b.subarray(0, -1), c, d],
    'an unknown version': [Uint8Array.of(0xff, ...a.subarray(1)), b, c, d],
    'the version of alt-DA': [Uint8Array.of(1, ...a.subarray(1)), b, c, d],
    'last flag too early': [a, b, Uint8Array.of(...c.subarray(0, -1), 1), d],
    'no last flag': [a, b, c, Uint8Array.of(...d.subarray(0, -1), 0)],
  }
  for (const [name, payloads] of Object.entries(wrong)) assert.equal(payloadsToBatches(payloads), undefined, name)
})

test('numbers count from 0 and do not wrap around', () => {
  const frames = (from: number) =>
    Array.from({ length: 2 }, (_, index) =>
      concatBytes(
        version,
        encodeFrame({
          channelId,
          number: (from + index) % 65_536,
          data: index === 0 ? channel : emptyBytes,
          isLast: index === 1,
        }),
      ),
    )
  assert.ok(payloadsToBatches(frames(0)) !== undefined)
  assert.equal(payloadsToBatches(frames(1)), undefined)
  assert.equal(payloadsToBatches(frames(65_535)), undefined)
})
