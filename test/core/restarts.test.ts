import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRestarts } from '../../core/restarts.ts'

test('restarts wait twice as long each time up to a minute, never give up, and start anew after ten quiet minutes', () => {
  const delayMs = createRestarts()
  const delays = Array.from({ length: 12 }, (_, ms) => delayMs(ms))
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000])
  assert.equal(delayMs(600_011), 100)
  assert.equal(delayMs(1_300_000), 100)
})
