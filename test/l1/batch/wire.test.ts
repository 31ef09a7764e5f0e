import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes, zeroHash } from '../../../core/hex.ts'
import { decodeBatch, encodeBatch } from '../../../l1/batch/batch.ts'
import { decodeBlob } from '../../../l1/batch/blob.ts'
import { decodeChannel, encodeChannel } from '../../../l1/batch/channel.ts'
import { decodeFrame, encodeFrame } from '../../../l1/batch/frame.ts'
import { channelToPayloads, payloadsToBatches } from '../../../l1/batch/payload.ts'
import { createDice, spoil } from './wireCases.ts'
import { runWire } from './wireRun.ts'

// More of it: node scripts/fuzzWire.ts --inputs 1000000
const seed = 1612

test('two decoders agree on 100,000 transactions', { timeout: 120_000 }, (t) => {
  const { taken, slowestMs } = runWire(seed, 100_000)
  t.diagnostic(`seed ${seed}: ${taken} taken, the slowest in ${slowestMs.toFixed(1)} ms`)
  assert.ok(taken > 10_000 && taken < 90_000)
})

test('100,000 byte strings, random or nearly right: no decoder throws, what it takes encodes to them again', (t) => {
  const dice = createDice(seed)
  const txs = [dice.bytes(3), dice.bytes(60)]
  const batch = encodeBatch({ parentHash: zeroHash, epochNumber: 900n, epochHash: zeroHash, timestamp: 5n, txs })
  const frame = encodeFrame({ channelId: dice.bytes(16), number: 1, data: dice.bytes(20), isLast: true })
  const channel = encodeChannel([{ parentHash: zeroHash, epochNumber: 1n, epochHash: zeroHash, timestamp: 1n, txs }])
  const payloads = channelToPayloads(channel, { channelId: dice.bytes(16), maxBytes: 10_000 })
  const samples = [batch, frame, channel, ...payloads]
  const taken = { batch: 0, frame: 0, channel: 0, payload: 0 }
  for (let input = 0; input < 100_000; input++) {
    const bytes = dice.roll(2) === 0 ? dice.bytes(dice.roll(80)) : spoil(dice, dice.pick(samples))
    const asBatch = decodeBatch(bytes)
    const asFrame = decodeFrame(bytes)
    if (asBatch !== undefined) assert.ok(equalBytes(encodeBatch(asBatch), bytes))
    if (asFrame !== undefined) assert.ok(equalBytes(encodeFrame(asFrame), bytes))
    if (asBatch !== undefined) taken.batch++
    if (asFrame !== undefined) taken.frame++
    if (decodeChannel(bytes) !== undefined) taken.channel++
    if (payloadsToBatches([bytes]) !== undefined) taken.payload++
    assert.equal(decodeBlob(bytes), undefined)
  }
  t.diagnostic(`seed ${seed}, taken: ${JSON.stringify(taken)}`)
  for (const [name, count] of Object.entries(taken)) assert.ok(count > 10, name)
})

test('500 blobs of noise: none throws', () => {
  const dice = createDice(seed)
  const noise = dice.bytes(2 * 131_072)
  let taken = 0
  for (let input = 0; input < 500; input++) {
    const blob = noise.slice(dice.roll(131_072)).subarray(0, 131_072)
    blob.set([0, 0, 0, 0, 0].slice(0, dice.roll(6)))
    if (decodeBlob(blob) !== undefined) taken++
  }
  assert.equal(taken, 0)
})
