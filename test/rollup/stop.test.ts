import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { safeAt, setup } from './world.ts'

test('a follower that is to stop does so within a long L1 block, and goes on from there', async () => {
  const world = await setup()
  const { sequencer, validator, l1 } = world
  await world.mineMany(2)
  await sequencer.seal(40)
  world.post(world.batches(sequencer, 1n, 40n))
  await l1.mine()
  const stop = new AbortController()
  const running = validator.follower.run(stop.signal, 10)
  while (validator.chain.heads().unsafe.number === 0n) await turn()
  stop.abort()
  await running
  const { unsafe, safe } = validator.chain.heads()
  assert.ok(unsafe.number < 40n, `it went on to block ${unsafe.number}`)
  assert.equal(safe.number, 0n, 'nothing of a half-read L1 block is safe')
  assert.deepEqual(validator.warnings, [])
  await world.sync()
  safeAt(validator, 40n)
  await world.finish()
})
