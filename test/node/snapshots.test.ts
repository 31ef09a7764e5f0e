import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSnapshots, type Snapshot } from '../../node/dev/snapshots.ts'
import { realTime } from '../../sequencer/production/time.ts'
import { makeTx } from '../sequencer/fixtures.ts'

function snapshot(number: number, txs = 0): Snapshot {
  return { number: BigInt(number), time: realTime, pool: Array.from({ length: txs }, (_, nonce) => makeTx({ nonce })) }
}

test('taking a snapshot forgets it and the later ones, and their ids are not used again', () => {
  const snapshots = createSnapshots({ maxCount: 10, maxTxs: 10 })
  const ids = [0, 1, 2].map((number) => snapshots.keep(snapshot(number)))
  assert.deepEqual(ids, [1n, 2n, 3n])
  assert.equal(snapshots.take(2n)?.number, 1n)
  assert.deepEqual([snapshots.take(2n), snapshots.take(3n), snapshots.take(9n)], [undefined, undefined, undefined])
  assert.equal(snapshots.keep(snapshot(3)), 4n)
  assert.equal(snapshots.take(1n)?.number, 0n)
})

test('too many snapshots, or too much in them: the oldest are forgotten, the newest never', () => {
  const byCount = createSnapshots({ maxCount: 3, maxTxs: 10 })
  for (let number = 1; number <= 5; number++) byCount.keep(snapshot(number))
  assert.deepEqual([byCount.take(2n), byCount.take(3n)?.number], [undefined, 3n])
  const byTxs = createSnapshots({ maxCount: 10, maxTxs: 10 })
  for (let number = 1; number <= 3; number++) byTxs.keep(snapshot(number, 4))
  assert.deepEqual([byTxs.take(1n), byTxs.take(3n)?.number], [undefined, 3n])
  byTxs.keep(snapshot(4, 11))
  assert.deepEqual([byTxs.take(2n), byTxs.take(4n)?.number], [undefined, 4n])
  byTxs.keep(snapshot(5, 10))
  assert.equal(byTxs.take(5n)?.number, 5n, 'what was taken does not count any more')
})
