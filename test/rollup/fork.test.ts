import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { safeAt, setup } from './world.ts'

const start = 1_700_000_000n
const forks = (at: bigint) => ({
  spec: {
    forks: [
      { name: 'genesis', timestamp: 0n },
      { name: 'tomorrow', timestamp: at },
    ],
  },
})

describe('a fork that this version does not know', () => {
  test('in the middle of an epoch: no block is made from then on, and what is there stays', async () => {
    const world = await setup(forks(start + 27n))
    const { sequencer, validator } = world
    await world.mineMany(2)
    await sequencer.seal(3)
    await assert.rejects(sequencer.seal(), { code: 'fork_unknown', severity: 'fatal' })
    assert.equal(sequencer.chain.heads().unsafe.number, 3n)
    world.post(world.batches(sequencer, 1n, 3n))
    await world.l1.mine()
    await validator.sync()
    safeAt(validator, 3n)
    await world.abandon()
  })

  test('an old node halts one block before it, whole, and goes on from there once it knows', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    const { timestamp } = world.spec
    const spec = { ...world.spec, forks: forks(timestamp + 26n).spec.forks } as typeof world.spec
    const old = await world.openValidator({ spec })
    await world.l1.mineMany(2)
    await sequencer.sync()
    await validator.sync()
    await sequencer.seal(4)
    const times = world.batches(sequencer, 1n, 4n).map((batch) => batch.timestamp - timestamp)
    assert.deepEqual(times, [24n, 25n, 26n, 27n])
    world.post(world.batches(sequencer, 1n, 4n))
    await l1.mine()
    await validator.sync()
    safeAt(validator, 4n)
    await assert.rejects(old.sync(), { code: 'fork_unknown', severity: 'fatal' })
    // Half of the L1 block may be stored; nothing of it counts as safe.
    assert.equal(old.chain.heads().safe.number, 0n)
    assert.ok(old.chain.heads().unsafe.number <= 2n)
    await assert.rejects(old.sync(), { code: 'fork_unknown' })
    await old.stop()
    const updated = await world.openValidator({ kv: old.kv })
    await updated.sync()
    safeAt(updated, 4n)
    await world.finish()
  })

  test('at genesis: the chain does not begin', async () => {
    const world = await setup(forks(start))
    const { sequencer, validator } = world
    await world.mineMany(2)
    await assert.rejects(sequencer.seal(), { code: 'fork_unknown' })
    // The first block from L1 alone would be of that fork too.
    await world.l1.mineMany(18)
    assert.equal(await validator.sync(), 'idle')
    await world.l1.mine()
    await assert.rejects(validator.sync(), { code: 'fork_unknown', severity: 'fatal' })
    assert.equal(validator.chain.heads().unsafe.number, 0n)
    await world.abandon()
  })
})
