import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { createBucket, createRates } from '../../../p2p/peers/rates.ts'

test('a bucket gives a burst, then so many a second', async () => {
  const clock = createManualClock(5)
  const bucket = createBucket({ perSec: 4, burst: 3 }, clock)
  const takes = (count: number) => Array.from({ length: count }, () => bucket.take())
  assert.deepEqual(takes(4), [true, true, true, false])
  assert.equal(bucket.waitMs(), 250)
  await clock.advance(249)
  assert.deepEqual([bucket.waitMs(), bucket.take()], [1, false])
  await clock.advance(1)
  assert.deepEqual([bucket.waitMs(), bucket.take(), bucket.take()], [0, true, false])
  await clock.advance(60_000)
  assert.deepEqual(takes(4), [true, true, true, false])
})

const options = { each: { perSec: 1, burst: 4 }, total: { perSec: 1, burst: 6 }, floodFactor: 3, maxPeers: 2 }

test('what is beyond a share is over, several times the share is a flood', async () => {
  const clock = createManualClock()
  const rates = createRates({ ...options, clock })
  const takes = Array.from({ length: 14 }, () => rates.take('a'))
  assert.deepEqual(takes, [...Array(4).fill('ok'), ...Array(8).fill('over'), 'flood', 'flood'])
  await clock.advance(1_000)
  assert.deepEqual([rates.take('a'), rates.take('a')], ['ok', 'over'])
})

test('all together are bounded too, and that is the fault of nobody', () => {
  const rates = createRates({ ...options, clock: createManualClock() })
  const takes = ['a', 'b'].flatMap((peer) => Array.from({ length: 4 }, () => rates.take(peer)))
  assert.deepEqual(takes, [...Array(6).fill('ok'), 'crowd', 'crowd'])
})

test('each peer has a part of the total that nobody else can take', async () => {
  const clock = createManualClock()
  const total = { perSec: 2, burst: 6 }
  const rates = createRates({ each: { perSec: 9, burst: 9 }, total, sharers: 3, floodFactor: 3, maxPeers: 9, clock })
  for (let index = 0; index < 6; index++) assert.equal(rates.take('a'), 'ok')
  const takes = (peer: string) => [rates.take(peer), rates.take(peer), rates.take(peer)]
  assert.deepEqual(takes('a'), ['ok', 'ok', 'crowd'])
  assert.deepEqual(takes('b'), ['ok', 'ok', 'crowd'])
  await clock.advance(1_500)
  assert.deepEqual(takes('a'), ['ok', 'ok', 'ok'])
  assert.deepEqual(takes('b'), ['ok', 'crowd', 'crowd'])
})

test('shares of only so many peers are remembered', () => {
  const rates = createRates({ ...options, total: { perSec: 1, burst: 99 }, clock: createManualClock() })
  for (let index = 0; index < 5; index++) rates.take('a')
  rates.take('b')
  assert.equal(rates.take('a'), 'over')
  rates.take('c')
  rates.take('d')
  assert.equal(rates.take('a'), 'ok')
})
