import assert from 'node:assert/strict'
import { concatBytes, equalBytes } from '../../../core/hex.ts'
import { encodeRlp } from '../../../core/rlp.ts'
import { type Batch, encodeBatch } from '../../../l1/batch/batch.ts'
import { payloadsToBatches } from '../../../l1/batch/payload.ts'
import { secondDecode } from './secondDecoder.ts'
import { createDice, wireCase } from './wireCases.ts'

export type WireTally = { inputs: number; taken: number; slowestMs: number }

/**
 * Feeds both decoders the payloads of so many L1 transactions, right ones and faulty ones; throws, naming the input, as
 * soon as one throws or they do not agree to the byte.
 */
export function runWire(seed: number, inputs: number): WireTally {
  const dice = createDice(seed)
  const tally = { inputs, taken: 0, slowestMs: 0 }
  for (let input = 0; input < inputs; input++) {
    const payloads = wireCase(dice)
    const name = () => `seed ${seed}, input ${input}: ${payloads.map((bytes) => Buffer.from(bytes).toString('hex'))}`
    const started = performance.now()
    const first = payloadsToBatches(payloads)
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - started)
    const second = secondDecode(payloads)
    if (first === undefined || second === undefined) {
      assert.ok(first === undefined && second === undefined, name())
      continue
    }
    tally.taken++
    assert.ok(sameBatches(first.batches, second), name())
    const content = concatBytes(...first.batches.map((batch) => encodeRlp(encodeBatch(batch))))
    assert.equal(first.inflatedBytes, content.length, name())
  }
  return tally
}

function sameBatches(a: readonly Batch[], b: readonly Batch[]): boolean {
  return a.length === b.length && a.every((batch, index) => sameBatch(batch, b[index]!))
}

function sameBatch(a: Batch, b: Batch): boolean {
  if (a.parentHash !== b.parentHash || a.epochHash !== b.epochHash) return false
  if (a.epochNumber !== b.epochNumber || a.timestamp !== b.timestamp) return false
  return a.txs.length === b.txs.length && a.txs.every((tx, index) => equalBytes(tx, b.txs[index]!))
}
