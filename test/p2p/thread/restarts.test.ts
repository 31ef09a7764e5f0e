import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRestarts } from '../../../p2p/thread/restarts.ts'

test('waits twice as long each time up to a minute, and forgets after ten quiet minutes', () => {
  const delayMs = createRestarts()
  const waits = Array.from({ length: 12 }, (_, i) => delayMs(i))
  assert.deepEqual(waits.slice(0, 4), [100, 200, 400, 800])
  assert.deepEqual(waits.slice(-2), [60_000, 60_000])
  assert.equal(delayMs(700_000), 100)
})
