import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/ports/manualClock.ts'
import { systemClock } from '../../core/ports/systemClock.ts'

test('the system clock sleeps about as long as asked, and not on when aborted', async () => {
  const start = systemClock.nowMs()
  await systemClock.sleep(20, new AbortController().signal)
  assert.ok(systemClock.nowMs() - start >= 15)
  const stop = new AbortController()
  const sleeping = systemClock.sleep(60_000, stop.signal)
  stop.abort()
  await sleeping
  await systemClock.sleep(60_000, stop.signal)
  assert.ok(systemClock.nowMs() - start < 30_000)
})

test('the manual clock stands still until it is advanced, and wakes sleepers in order of time', async () => {
  const clock = createManualClock(1_000)
  const { signal } = new AbortController()
  const woken: string[] = []
  const sleepThen = async (ms: number, name: string) => {
    await clock.sleep(ms, signal)
    woken.push(`${name} at ${clock.nowMs()}`)
  }
  const done = [sleepThen(300, 'late'), sleepThen(100, 'early')]
  assert.equal(clock.nowMs(), 1_000)
  assert.equal(clock.sleepers(), 2)
  await clock.advance(99)
  assert.deepEqual(woken, [])
  await clock.advance(1_000)
  await Promise.all(done)
  assert.deepEqual(woken, ['early at 1100', 'late at 1300'])
  assert.equal(clock.nowMs(), 2_099)
})

test('a sleeper of the manual clock may sleep again within one advance', async () => {
  const clock = createManualClock()
  const { signal } = new AbortController()
  let ticks = 0
  const loop = async () => {
    while (ticks < 3) {
      await clock.sleep(10, signal)
      ticks++
    }
  }
  const done = loop()
  await clock.advance(25)
  assert.equal(ticks, 2)
  await clock.advance(5)
  await done
  assert.equal(ticks, 3)
})

test('an abort ends a sleep of the manual clock and leaves nothing behind', async () => {
  const clock = createManualClock()
  const stop = new AbortController()
  const sleeping = clock.sleep(1_000, stop.signal)
  stop.abort()
  await sleeping
  assert.equal(clock.sleepers(), 0)
  await clock.sleep(1_000, stop.signal)
  assert.equal(clock.nowMs(), 0)
})
