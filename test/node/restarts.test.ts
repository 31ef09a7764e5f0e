import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restartDelayMs } from '../../node/threads/restarts.ts'

test('restarts wait twice as long each time, and start anew after ten quiet minutes', () => {
  const ends: number[] = []
  const delays = [0, 1, 2, 3, 4, 5].map((ms) => restartDelayMs(ends, ms))
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, undefined])
  assert.equal(restartDelayMs(ends, 600_005), 100)
})
