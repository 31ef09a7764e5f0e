import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch } from '../../../l1/batch/batch.ts'
import { type BatchFault, checkBatch } from '../../../l1/derive/checkBatch.ts'
import type { SafeRef } from '../../../l1/derive/record.ts'
import { batchOn, epochOf, epochsTo, hashOf, safeAt, someHash } from './fixtures.ts'

const rules = { maxOriginStep: 8n, maxOriginAgeSec: 1_800n, sequencingWindow: 20n }
const legacy = Uint8Array.of(0xc0)

type Place = { readonly safe?: SafeRef; readonly l1Number?: bigint; readonly epochs?: Parameters<typeof epochsTo>[1] }

function judge(batch: Batch, { safe = safeAt(110n), l1Number = 120n, epochs = [] }: Place = {}) {
  return checkBatch(batch, { safe, l1Number, epochAt: epochsTo(200n, epochs), rules })
}

function isTaken(batch: Batch, place?: Place): boolean {
  return typeof judge(batch, place) === 'object'
}

const safe = safeAt(110n)
const late = { ...safe, timestamp: safe.timestamp + 30n }
const { timestamp } = epochOf(112n).block

/** For each rule: a batch that breaks it alone, and one at its edge that does not. */
const edges: Readonly<Record<BatchFault, { readonly bad: [Batch, Place?]; readonly good: [Batch, Place?] }>> = {
  epoch_before_parent: { bad: [batchOn(safe, 109n)], good: [batchOn(safe, 110n)] },
  epoch_step: { bad: [batchOn(safe, 119n)], good: [batchOn(safe, 118n)] },
  epoch_unknown: { bad: [batchOn(safe, 116n), { l1Number: 115n }], good: [batchOn(safe, 115n), { l1Number: 115n }] },
  epoch_hash: { bad: [batchOn(safe, 112n, { epochHash: hashOf(111n) })], good: [batchOn(safe, 112n)] },
  deposits_gas: {
    bad: [batchOn(safe, 112n), { epochs: [epochOf(111n, [3_500_000n]), epochOf(112n, [3_500_001n])] }],
    good: [batchOn(safe, 112n), { epochs: [epochOf(111n, [3_500_000n]), epochOf(112n, [3_000_000n, 500_000n])] }],
  },
  time_before_parent: {
    bad: [batchOn(safe, 112n, { timestamp: late.timestamp - 1n }), { safe: late }],
    good: [batchOn(safe, 112n, { timestamp: late.timestamp }), { safe: late }],
  },
  time_before_origin: { bad: [batchOn(safe, 112n, { timestamp: timestamp - 1n })], good: [batchOn(safe, 112n)] },
  time_after_origin: {
    bad: [batchOn(safe, 112n, { timestamp: timestamp + 1_801n })],
    good: [batchOn(safe, 112n, { timestamp: timestamp + 1_800n })],
  },
  window: { bad: [batchOn(safe, 112n), { l1Number: 133n }], good: [batchOn(safe, 112n), { l1Number: 132n }] },
  tx_type: {
    bad: [batchOn(safe, 112n, { txs: [legacy, Uint8Array.of(0x7e, 1)] })],
    good: [
      batchOn(safe, 112n, { txs: [legacy, Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(4), Uint8Array.of(0xff)] }),
    ],
  },
}

for (const [fault, { bad, good }] of Object.entries(edges)) {
  test(`a batch that breaks ${fault} ends the channel, one at the edge does not`, () => {
    assert.equal(judge(...bad), fault)
    assert.ok(isTaken(...good))
  })
}

test('no transaction is empty, a blob transaction, or of a type that is none', () => {
  for (const raw of [[], [0], [3], [5], [0x7f], [0x80], [0xbf]]) {
    assert.equal(judge(batchOn(safe, 112n, { txs: [Uint8Array.from(raw)] })), 'tx_type', `${raw}`)
  }
})

test('a batch with another parent is passed over, whatever else is wrong with it', () => {
  const stranger = batchOn(safe, 5n, { parentHash: someHash, timestamp: 0n, txs: [new Uint8Array(0)] })
  assert.equal(judge(stranger), 'other_parent')
})

test('the block has its origin, all deposits since the parent in order, and its place in the epoch', () => {
  const epochs = [epochOf(110n, [1n]), epochOf(111n, [2n, 3n]), epochOf(112n, [4n])]
  const verdict = judge(batchOn(safe, 112n, { txs: [legacy] }), { epochs })
  assert.ok(typeof verdict === 'object')
  const { inputs, parent, txs } = verdict.block
  assert.deepEqual(
    inputs.deposits.map(({ gas }) => gas),
    [2n, 3n, 4n],
  )
  assert.equal(inputs.origin.number, 112n)
  assert.equal(inputs.sequenceNumber, 0n)
  assert.deepEqual(parent, safe)
  assert.deepEqual(txs, [legacy])
  const same = judge(batchOn(safe, 110n), { epochs, safe: safeAt(110n, 41n) })
  assert.ok(typeof same === 'object')
  assert.deepEqual(same.block.inputs.deposits, [])
  assert.equal(same.block.inputs.sequenceNumber, 42n)
})

test('the gas limit is that of the new origin', () => {
  const epochs = [epochOf(111n, [6_000_000n]), epochOf(112n, [], 6_999_999n), epochOf(113n, [], 7_000_000n)]
  assert.equal(judge(batchOn(safe, 112n), { epochs }), 'deposits_gas')
  assert.ok(isTaken(batchOn(safe, 113n), { epochs }))
})
