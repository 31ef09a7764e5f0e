import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/ports/manualClock.ts'
import { baseFeeFalls } from '../../sequencer/production/decay.ts'
import { createNap } from '../../sequencer/production/nap.ts'
import { chainNow, nextTimestamp, realTime, timeAfter } from '../../sequencer/production/time.ts'
import { napMs, type SealState, shouldSeal } from '../../sequencer/production/trigger.ts'
import { encodeExtraData, nextBaseFee } from '../../state/fees.ts'
import { l1Block, systemConfig } from './fakeChain.ts'
import { makeHeader } from './fixtures.ts'

test('a block takes the time of the clock, never one before its parent', () => {
  assert.equal(nextTimestamp(100n, 105_999, realTime, true), 105n)
  assert.equal(nextTimestamp(105n, 105_999, realTime, true), 106n)
  assert.equal(nextTimestamp(105n, 105_999, realTime, false), 105n)
  assert.equal(nextTimestamp(105n, 1_000, realTime, true), 106n, 'the clock went back')
  assert.equal(nextTimestamp(105n, 1_000, realTime, false), 105n)
})

test('a set time holds for one block exactly, and time goes on from there', () => {
  const set = { offsetSec: 0n, nextSec: 200n }
  assert.equal(nextTimestamp(100n, 105_000, set, true), 200n)
  assert.equal(nextTimestamp(200n, 105_000, set, true), 200n, 'the same second may be asked for')
  const after = timeAfter(200n, 105_000, set)
  assert.deepEqual(after, { offsetSec: 95n, nextSec: undefined })
  assert.equal(chainNow(106_000, after), 201n)
  assert.equal(timeAfter(105n, 105_000, realTime), realTime)
})

const idle: SealState = {
  mode: { demand: true, automine: false, intervalMs: 0 },
  blockIntervalMs: 1_000,
  heartbeatMs: 60_000,
  sinceSealMs: 5_000,
  idleMs: 5_000,
  includable: false,
  futile: false,
  decays: false,
  l1News: false,
}
const automine = { demand: false, automine: true, intervalMs: 0 }
const manual = { demand: false, automine: false, intervalMs: 0 }

test('why a block is due, and when it is not', () => {
  const cases: [Partial<SealState>, ReturnType<typeof shouldSeal>][] = [
    [{}, undefined],
    [{ includable: true }, 'transactions'],
    [{ includable: true, sinceSealMs: 999 }, undefined],
    [{ decays: true }, 'decay'],
    [{ l1News: true }, 'l1'],
    [{ l1News: true, sinceSealMs: 999 }, undefined],
    [{ idleMs: 60_000 }, 'heartbeat'],
    [{ idleMs: 60_000, heartbeatMs: 0 }, undefined],
    [{ mode: automine, includable: true, sinceSealMs: 0 }, 'transactions'],
    [{ mode: automine, includable: true, futile: true, sinceSealMs: 0 }, undefined],
    [{ mode: automine, includable: true, futile: true }, 'transactions'],
    [{ mode: automine, decays: true, sinceSealMs: 0 }, undefined],
    [{ mode: automine, decays: true }, 'decay'],
    [{ mode: manual, includable: true, decays: true, l1News: true, idleMs: 1e9 }, undefined],
    [{ mode: { ...manual, intervalMs: 5_000 } }, 'interval'],
    [{ mode: { ...manual, intervalMs: 5_001 }, includable: true }, undefined],
    [{ mode: { ...automine, intervalMs: 9_000 }, includable: true }, 'transactions'],
  ]
  for (const [change, reason] of cases) assert.equal(shouldSeal({ ...idle, ...change }), reason, JSON.stringify(change))
})

test('naps end when time alone can make a block due', () => {
  assert.equal(napMs({ ...idle, sinceSealMs: 400 }), 600)
  assert.equal(napMs(idle), 1_000, 'L1 is looked at once per interval')
  assert.equal(napMs({ ...idle, idleMs: 59_900 }), 100)
  assert.equal(napMs({ ...idle, mode: manual }), 60_000)
  assert.equal(napMs({ ...idle, mode: { ...manual, intervalMs: 7_000 } }), 2_000)
  assert.equal(napMs({ ...idle, sinceSealMs: Number.POSITIVE_INFINITY }), 1_000)
})

test('the base fee falls until it meets the floor, which follows L1', () => {
  const fees = { minBaseFee: 100n, maxFloorFee: 10n ** 12n }
  const origin = l1Block(1n, 0n)
  const header = (baseFeePerGas: bigint, floor: bigint) =>
    makeHeader({
      baseFeePerGas,
      gasLimit: 30_000_000n,
      extraData: encodeExtraData({ denominator: 56, elasticity: 8, floor }),
    })
  const falls = (baseFee: bigint, floor: bigint, scalar: number) => {
    const config = { ...systemConfig, daFeeScalar: scalar }
    return baseFeeFalls(header(baseFee, floor), { origin, config }, fees)
  }
  assert.equal(falls(1_000_000n, 100n, 0), true)
  assert.equal(falls(100n, 100n, 0), false, 'at the floor')
  assert.equal(falls(1_000n, 1_000n, 0), true, 'the floor itself falls')
  assert.equal(falls(1_000n, 1_000n, 4_000_000_000), false, 'L1 became dearer')
  assert.equal(nextBaseFee(header(100n, 100n)), 100n)
})

test('a wake ends a nap, and one just before it is not lost', async () => {
  const clock = createManualClock()
  const stop = new AbortController()
  const nap = createNap(clock, stop.signal)
  nap.begin()
  nap.wake()
  await nap.rest(1_000)
  nap.begin()
  const resting = nap.rest(1_000)
  assert.equal(clock.sleepers(), 1)
  nap.wake()
  await resting
  assert.equal(clock.sleepers(), 0)
  nap.begin()
  const last = nap.rest(1_000)
  stop.abort()
  await last
})
