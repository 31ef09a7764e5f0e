import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { safeAt, setup } from './world.ts'

describe('finality', () => {
  test('sparse: what is final moves in jumps, to the safe head of the newest final L1 block', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    const safeAfter = new Map<bigint, bigint>()
    for (let round = 0; round < 10; round++) {
      await sequencer.seal()
      const head = sequencer.chain.heads().unsafe.number
      world.post(world.batches(sequencer, head, head))
      await world.mine()
      safeAfter.set(l1.head().block.number, validator.chain.heads().safe.number)
    }
    const final = (number: bigint) => {
      assert.equal(validator.chain.heads().finalized.number, number)
    }
    final(0n)
    const head = l1.head().block.number
    for (const number of [head - 7n, head - 6n, head - 2n]) {
      l1.finalize(number)
      await world.mine()
      final(safeAfter.get(number)!)
    }
    // What L1 takes back does not move it back.
    l1.finalize(head - 7n)
    await world.mine()
    final(safeAfter.get(head - 2n)!)
    await world.finish({ keepsFinality: true })
  })

  test('while a node syncs, nothing is final that it has not derived', async () => {
    const world = await setup()
    const { sequencer, l1 } = world
    await world.mineMany(2)
    await sequencer.seal(4)
    for (const number of [1n, 2n, 3n, 4n]) {
      world.post(world.batches(sequencer, number, number))
      await world.mine()
    }
    l1.finalize(l1.head().block.number)
    await world.mineMany(2)
    const late = await world.openValidator()
    for (let step = 0; step < 100; step++) {
      const result = await late.follower.step()
      const { safe, finalized } = late.chain.heads()
      assert.ok(finalized.number <= safe.number)
      if (result === 'idle') break
    }
    assert.equal(late.chain.heads().finalized.number, 4n)
    await world.finish()
  })

  test('never beyond the safe head: final L1 blocks without batches make nothing final', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    await sequencer.seal(5)
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mineMany(3)
    l1.finalize(l1.head().block.number)
    await world.mine()
    safeAt(sequencer, 2n)
    assert.equal(sequencer.chain.heads().finalized.number, 2n)
    assert.equal(sequencer.chain.heads().unsafe.number, 5n)
    assert.deepEqual(validator.chain.heads().finalized, sequencer.chain.heads().finalized)
    await world.finish()
  })
})
