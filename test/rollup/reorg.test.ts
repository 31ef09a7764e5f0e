import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressWord } from './l1/logs.ts'
import { roles, users } from './spec.ts'
import { safeAt, setup } from './world.ts'

const stranger = users[4]!.address

describe('reorganisations of L1', () => {
  test('a batch in an orphaned L1 block leaves no trace in what is safe', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal()
    world.post(world.batches(sequencer, 1n, 1n))
    await world.mine()
    safeAt(validator, 1n)
    await l1.reorg(1)
    await world.sync()
    safeAt(validator, 0n)
    // Another block of the same height takes its place for good.
    const [batch] = world.batches(sequencer, 1n, 1n)
    world.post([{ ...batch!, txs: [] }])
    await world.mine()
    safeAt(validator, 1n)
    assert.notEqual(validator.chain.heads().safe.hash, undefined)
    assert.equal(validator.chain.state().account(users[1]!.address)?.nonce ?? 0n, 0n)
    assert.equal(sequencer.chain.heads().safe.hash, validator.chain.heads().safe.hash)
    await world.finish()
  })

  test('the same L2 block is derived again from its new place on L1', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    await sequencer.seal(3)
    const { unsafe } = sequencer.chain.heads()
    for (const depth of [1, 2, 3]) {
      world.post(world.batches(sequencer, 1n, 3n))
      await world.mineMany(depth)
      assert.deepEqual(validator.chain.heads().safe, unsafe)
      await l1.reorg(depth)
      await world.sync()
      safeAt(validator, 0n)
    }
    world.post(world.batches(sequencer, 1n, 3n))
    await world.mine()
    assert.deepEqual(validator.chain.heads().safe, unsafe)
    await world.finish()
  })

  test('forks that flip, one of them empty, leave nothing behind', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    await sequencer.seal(4)
    const batches = world.batches(sequencer, 1n, 4n)
    world.post(batches.slice(0, 2))
    await world.mine()
    world.post(batches.slice(2))
    await world.mine()
    safeAt(validator, 4n)
    await l1.reorg(2, { blocks: 3 })
    await world.sync()
    safeAt(validator, 0n)
    // The later half first: its parent is not safe, and stays so.
    await l1.reorg(3, { blocks: 1, inject: [world.postOf(batches.slice(2))] })
    await l1.mine()
    l1.inject(world.postOf(batches.slice(0, 2)))
    await l1.mine()
    await world.mine()
    safeAt(validator, 2n)
    await world.finish()
  })

  for (const depth of [1, 2, 5, 19, 20, 21, 40]) {
    test(`a fork of ${depth} blocks above what is final is followed`, async () => {
      const world = await setup()
      const { sequencer, validator, l1 } = world
      await world.mineMany(2)
      let posted = 0n
      for (let round = 0; round < 42; round++) {
        if (round % 3 === 0) {
          await sequencer.seal()
          const head = sequencer.chain.heads().unsafe.number
          world.post(world.batches(sequencer, posted + 1n, head))
          posted = head
        }
        await world.mine()
      }
      safeAt(validator, posted)
      await l1.reorg(depth)
      await world.sync()
      const { safe } = validator.chain.heads()
      assert.ok(depth < 4 || safe.number < posted)
      assert.equal(sequencer.chain.heads().safe.hash, safe.hash)
      await sequencer.seal(2)
      const head = sequencer.chain.heads().unsafe.number
      world.post(world.batches(sequencer, safe.number + 1n, head))
      await world.mineMany(2)
      safeAt(validator, head)
      await world.finish()
    })
  }

  test('a fork below what is final halts the node and changes nothing', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    await sequencer.seal(2)
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mineMany(3)
    const final = l1.head().block.number
    l1.finalize(final)
    await world.mineMany(3)
    const before = validator.chain.heads()
    assert.equal(before.finalized.number, 2n)
    await l1.reorg(6)
    await assert.rejects(validator.sync(), { code: 'l1_reorg_below_finalized', severity: 'fatal' })
    assert.deepEqual(validator.chain.heads(), before)
    await world.abandon()
  })

  test('the batcher key changes with L1 and changes back with it', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    const [old, next] = [roles.batcher.address, roles.nextBatcher.address]
    await world.mineMany(2)
    await sequencer.seal(3)
    const batches = world.batches(sequencer, 1n, 3n)
    // In the L1 block of the change the new key counts already.
    world.configure({ batcherHash: addressWord(next) })
    world.post([batches[0]!], { from: old })
    await world.mine()
    safeAt(validator, 0n)
    world.post([batches[0]!], { from: next })
    await world.mine()
    safeAt(validator, 1n)
    await l1.reorg(2)
    await world.sync()
    safeAt(validator, 0n)
    world.post(batches, { from: next })
    await world.mine()
    safeAt(validator, 0n)
    world.post(batches, { from: old })
    await world.mine()
    safeAt(validator, 3n)
    await world.finish()
  })

  test('a deposit that a fork moves is credited once, one that it drops never', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    const balance = (node = validator) => node.chain.state().account(stranger)?.balance ?? 0n
    const start = balance()
    const deposit = { from: stranger, to: stranger, mint: 5n }
    await world.mine()
    world.deposit(deposit)
    await world.mineMany(2)
    await sequencer.seal()
    world.post(world.batches(sequencer, 1n, 1n))
    await world.mine()
    assert.equal(balance() - start, 5n)
    // To another block, behind another log.
    await l1.reorg(3, { blocks: 2 })
    world.deposit({ ...deposit, mint: 1n })
    world.deposit(deposit)
    await world.mineMany(2)
    assert.equal(balance(sequencer) - start, 0n, 'the block with the lost deposit is gone')
    await sequencer.seal()
    world.post(world.batches(sequencer, 1n, 1n))
    await world.mine()
    assert.equal(balance() - start, 6n)
    await l1.reorg(4)
    await world.mineMany(2)
    await sequencer.seal()
    world.post(world.batches(sequencer, 1n, 1n))
    await world.mine()
    assert.equal(balance() - start, 0n)
    await world.finish()
  })

  test('a fork while the node is down is noticed at the next start', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    await sequencer.seal(2)
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mineMany(2)
    safeAt(validator, 2n)
    await validator.stop()
    await l1.reorg(3)
    const again = await world.openValidator({ kv: validator.kv })
    await again.sync()
    safeAt(again, 0n)
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mine()
    safeAt(again, 2n)
    await world.finish()
  })
})
