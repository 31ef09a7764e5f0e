import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keccakHash } from '../../../core/keccak.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { createSeen, createSeenAt } from '../../../p2p/gossip/seen.ts'

const hash = (byte: number) => keccakHash(Uint8Array.of(byte))

test('remembers the newest hashes, for a time', async () => {
  const clock = createManualClock()
  const seen = createSeen({ max: 3, forMs: 100, clock })
  for (const byte of [1, 2, 3]) seen.add(hash(byte))
  seen.add(hash(1))
  seen.add(hash(4))
  assert.deepEqual(
    [1, 2, 3, 4].map((byte) => seen.has(hash(byte))),
    [true, false, true, true],
  )
  seen.remove(hash(4))
  assert.ok(!seen.has(hash(4)))
  await clock.advance(99)
  assert.ok(seen.has(hash(1)))
  await clock.advance(1)
  assert.ok(!seen.has(hash(1)))
})

test('remembers a few hashes of a number, and the numbers met last', () => {
  const seen = createSeenAt({ maxNumbers: 2, maxHashes: 2 })
  for (const byte of [1, 2, 3]) seen.add(7n, hash(byte))
  assert.deepEqual(
    [1, 2, 3].map((byte) => seen.has(7n, hash(byte))),
    [true, true, false],
  )
  assert.ok(seen.isFull(7n) && !seen.isFull(8n))
  seen.add(8n, hash(1))
  seen.add(9n, hash(1))
  assert.ok(!seen.has(7n, hash(1)) && seen.has(8n, hash(1)) && seen.has(9n, hash(1)))
})
