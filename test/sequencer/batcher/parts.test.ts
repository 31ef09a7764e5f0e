import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { bigintToFixed, bytesToHash, type Hash, zeroHash } from '../../../core/hex.ts'
import type { Batch } from '../../../l1/batch/batch.ts'
import { contentBytes } from '../../../l1/batch/channel.ts'
import { payloadsToBatches } from '../../../l1/batch/payload.ts'
import { dueReason } from '../../../sequencer/batcher/due.ts'
import { capacityOf, cheaperKind, costWei, loadOfBytes } from '../../../sequencer/batcher/kind.ts'
import { decodeMemo, encodeMemo } from '../../../sequencer/batcher/memo.ts'
import { pack } from '../../../sequencer/batcher/pack.ts'
import type { Waiting } from '../../../sequencer/batcher/queue.ts'
import { createRunway, dayMs } from '../../../sequencer/batcher/runway.ts'
import { createDice } from '../../rollup/dice.ts'

const gwei = 10n ** 9n
const carrier = { maxBlobs: 6, maxCalldataBytes: 120_000 }

describe('when a batch is due', () => {
  const state = { channelBytes: 10, capacity: 100, ageMs: 0, maxDelayMs: 1_000, l1Age: 0n, window: 40n }
  test('not before time, size or window ask for it', () => assert.equal(dueReason(state), undefined))
  test('at the longest delay', () => {
    assert.equal(dueReason({ ...state, ageMs: 999 }), undefined)
    assert.equal(dueReason({ ...state, ageMs: 1_000 }), 'age')
  })
  test('when a transaction is full', () => {
    assert.equal(dueReason({ ...state, channelBytes: 99 }), undefined)
    assert.equal(dueReason({ ...state, channelBytes: 100 }), 'size')
  })
  test('when a quarter of the window is gone', () => {
    assert.equal(dueReason({ ...state, l1Age: 9n }), undefined)
    assert.equal(dueReason({ ...state, l1Age: 10n }), 'window')
  })
})

describe('blobs or calldata', () => {
  const ask = (channelBytes: number, blobBaseFee: bigint, last?: 'call' | 'blobs') =>
    cheaperKind({
      channelBytes,
      fees: { baseFee: 10n * gwei, blobBaseFee, tip: gwei },
      allowed: ['blobs', 'call'],
      last,
      hysteresisPercent: 20,
      carrier,
    })

  test('a blob costs the same however little is in it', () => {
    assert.equal(ask(100, gwei), 'call')
    assert.equal(ask(100_000, gwei), 'blobs')
    assert.equal(ask(100_000, 400n * gwei), 'call')
  })

  test('what does not fit one transaction is compared per byte', () => {
    assert.equal(ask(5_000_000, gwei), 'blobs')
    assert.equal(ask(5_000_000, 500n * gwei), 'call')
  })

  test('the last kind stays unless the other one is a fifth cheaper (seed 5)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000 }), fc.bigInt({ min: 1n, max: 1_000n * gwei }), (bytes, fee) => {
        const [free, afterCall, afterBlobs] = [ask(bytes, fee), ask(bytes, fee, 'call'), ask(bytes, fee, 'blobs')]
        if (afterCall === 'blobs') assert.equal(free, 'blobs')
        if (afterBlobs === 'call') assert.equal(free, 'call')
        assert.ok(afterCall === 'call' || afterBlobs === 'blobs', 'no flapping')
      }),
      { seed: 5 },
    )
  })

  test('only what is allowed', () => {
    const fees = { baseFee: 10n * gwei, blobBaseFee: 1n, tip: gwei }
    const rest = { channelBytes: 100_000, fees, last: undefined, hysteresisPercent: 20, carrier }
    assert.equal(cheaperKind({ ...rest, allowed: ['call'] }), 'call')
  })

  test('loads carry what they say, at the price they say', () => {
    assert.deepEqual(loadOfBytes('blobs', 1, carrier), { kind: 'blobs', gas: 21_000n, blobs: 1, value: 0n })
    assert.equal(loadOfBytes('blobs', 130_021, carrier).blobs, 2)
    assert.equal(loadOfBytes('blobs', 10 ** 7, carrier).blobs, 6)
    assert.equal(capacityOf('call', carrier), 119_976)
    const fees = { baseFee: 2n, blobBaseFee: 3n, tip: 1n }
    assert.equal(costWei(loadOfBytes('blobs', 130_021, carrier), fees), 21_000n * 3n + 2n * 131_072n * 3n)
  })
})

describe('packing', () => {
  /** Blocks of `sizes` bytes each, of noise or of zeros. */
  function blocks(sizes: readonly number[], { noise = true, seed = 1 } = {}): readonly Waiting[] {
    const dice = createDice(seed)
    let parentHash: Hash = zeroHash
    return sizes.map((size, index) => {
      const txs = size === 0 ? [] : [noise ? dice.bytes(size) : new Uint8Array(size).fill(2)]
      const batch: Batch = { parentHash, epochNumber: 7n, epochHash: zeroHash, timestamp: BigInt(index), txs }
      const hash = bytesToHash(bigintToFixed(BigInt(index + 1), 32))
      parentHash = hash
      return { number: BigInt(index + 1), hash, batch, bytes: contentBytes(batch) }
    })
  }
  const options = { kind: 'blobs' as const, carrier, ratio: 0.5, quality: 1 }

  test('holds all blocks that fit, in order, and decodes to them', async () => {
    const waiting = blocks([100, 0, 5_000, 0, 130_000])
    const packed = await pack(waiting, options)
    assert.ok(typeof packed === 'object')
    assert.equal(packed.blocks.length, 5)
    assert.equal(packed.payloads.length, 2)
    assert.deepEqual(
      payloadsToBatches(packed.payloads)?.batches,
      waiting.map(({ batch }) => batch),
    )
    assert.equal(
      packed.contentBytes,
      waiting.reduce((sum, { bytes }) => sum + bytes, 0),
    )
  })

  test(`fills transactions well and never beyond what they take, for any sizes (seed 11)`, async () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(30_000), fc.constant(200_000)), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.constantFrom('call' as const, 'blobs' as const),
        fc.boolean(),
        async (list, kind, noise) => {
          const waiting = blocks(list, { noise })
          const packed = await pack(waiting, { ...options, kind })
          const capacity = capacityOf(kind, carrier)
          if (typeof packed === 'string') {
            assert.equal(packed, 'too_large')
            return assert.ok(waiting[0]!.bytes > capacity)
          }
          assert.ok(packed.channelBytes <= capacity)
          assert.ok(kind === 'call' ? packed.payloads.length === 1 : packed.payloads.length <= 6)
          assert.deepEqual(packed.blocks, waiting.slice(0, packed.blocks.length))
          // More would not have fitted, or not much more.
          const next = waiting[packed.blocks.length]
          if (next !== undefined && noise) assert.ok(packed.channelBytes + next.bytes > 0.8 * capacity)
        },
      ),
      { seed: 11, numRuns: 60 },
    )
  })

  test('a block that fits no transaction is told', async () => {
    assert.equal(await pack(blocks([130_000]), { ...options, kind: 'call' }), 'too_large')
    assert.equal(await pack(blocks([600_000]), { ...options, carrier: { ...carrier, maxBlobs: 4 } }), 'too_large')
    assert.ok(typeof (await pack(blocks([600_000]), options)) === 'object', 'the largest block fits six blobs')
  })

  test('as many blocks as a channel may hold', async () => {
    const block = blocks([0])[0]!
    const waiting = Array.from({ length: 130_000 }, () => block)
    const packed = await pack(waiting, { ...options, ratio: 0.001 })
    assert.ok(typeof packed === 'object')
    assert.equal(packed.blocks.length, waiting.length)
  })

  test('a wrong guess of the ratio costs attempts, not blocks', async () => {
    const waiting = blocks(Array.from({ length: 200 }, () => 2_000))
    for (const ratio of [0.01, 0.5, 3]) {
      const packed = await pack(waiting, { ...options, kind: 'call', ratio })
      assert.ok(typeof packed === 'object' && packed.blocks.length >= 50, `ratio ${ratio}`)
    }
  })
})

test('memos are read back; anything else is none', () => {
  const memo = {
    first: 3n,
    last: 9n,
    parentHash: zeroHash,
    lastHash: zeroHash,
    channelBytes: 12_345,
    contentBytes: 99_999,
  }
  assert.deepEqual(decodeMemo(encodeMemo(memo)), memo)
  assert.equal(decodeMemo(new Uint8Array(0)), undefined)
  assert.equal(decodeMemo(encodeMemo(memo).slice(1)), undefined)
})

describe('runway', () => {
  test('unknown before anything was spent', () => assert.equal(createRunway(0).leftMs(100n, dayMs), undefined))

  test('what is left at the rate of the last day', () => {
    const runway = createRunway(0)
    for (let hour = 1; hour <= 48; hour++) runway.add({ atMs: hour * 3_600_000, wei: 10n })
    // The last day: 24 payments.
    const left = runway.leftMs(480n, 2 * dayMs + 1)
    assert.ok(left !== undefined && Math.abs(left - 2 * dayMs) < 0.1 * dayMs, `${left}`)
  })

  test('a first payment counts as an hour of them', () => {
    const runway = createRunway(0)
    runway.add({ atMs: 1_000, wei: 10n })
    assert.equal(runway.leftMs(240n, 2_000), dayMs)
  })
})
