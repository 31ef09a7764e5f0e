import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restartDelayMs } from '../../node/threads/restarts.ts'

test('restarts wait twice as long each time up to a minute, never give up, and start anew after ten quiet minutes', () => {
  const ends: number[] = []
  const delays = Array.from({ length: 12 }, (_, ms) => restartDelayMs(ends, ms))
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000])
  assert.equal(restartDelayMs(ends, 600_011), 100)
})
