import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hash } from '../../core/hex.ts'
import { createL1Store } from '../../l1/store/records.ts'
import { callsOf } from './l1/ports.ts'
import { maxOriginAgeSec, users } from './spec.ts'
import { safeAt, setup } from './world.ts'

describe('L1 that fails', () => {
  test('a blob that nobody serves stalls the node before it has applied anything; then it goes on', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    await sequencer.seal(2)
    // Without the validator, so that no archive has them.
    validator.faults.lostBlobs = 'all'
    world.post(world.batches(sequencer, 1n, 1n))
    world.deposit({ from: users[2]!.address, to: users[2]!.address, mint: 9n })
    world.post(world.batches(sequencer, 2n, 2n), { blobs: true })
    await world.mine()
    safeAt(sequencer, 2n)
    const stalled = validator.chain.heads()
    assert.equal(stalled.safe.number, 0n, 'nothing of the L1 block is applied')
    assert.equal(validator.follower.status().trouble, 'blob_missing')
    await world.mineMany(3)
    assert.deepEqual(validator.chain.heads(), stalled)
    assert.equal(validator.follower.status().behind, 4n)
    validator.faults.lostBlobs = 'none'
    assert.equal(await validator.sync(), 'idle')
    safeAt(validator, 2n)
    assert.equal(validator.follower.status().trouble, undefined)
    assert.equal(validator.warnings.filter((code) => code === 'blob_missing').length, 1, 'one line for one trouble')
    await world.finish()
  })

  test('a node that once had the blobs derives them again without the beacon node', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    await sequencer.seal(2)
    const post = world.postOf(world.batches(sequencer, 1n, 2n), { blobs: true })
    l1.inject(post)
    await world.mine()
    safeAt(validator, 2n)
    validator.faults.lostBlobs = 'all'
    await l1.reorg(1, { inject: [post] })
    await world.sync()
    safeAt(validator, 2n)
    assert.notEqual(validator.follower.record(l1.head().block.number - 1n)?.safe.number, 0n)
    await world.finish()
  })

  test('a blob that L1 has forgotten comes from the archive of another node, which is not believed', async () => {
    const world = await setup()
    const { sequencer } = world
    const asked: Hash[] = []
    const archive = createL1Store(sequencer.kv)
    let isHonest = false
    const morePlaces = async (hash: Hash) => {
      asked.push(hash)
      return isHonest ? archive.blob(hash) : archive.blob(hash)?.with(9, 7)
    }
    const late = await world.openValidator({ morePlaces })
    late.faults.lostBlobs = 'all'
    await world.mineMany(2)
    await sequencer.seal(4)
    world.post(world.batches(sequencer, 1n, 2n), { blobs: true })
    world.post(world.batches(sequencer, 3n, 4n), { blobs: true })
    await world.mine()
    safeAt(sequencer, 4n)
    assert.equal(late.follower.status().trouble, 'blob_missing')
    isHonest = true
    assert.equal(await late.sync(), 'idle')
    safeAt(late, 4n)
    assert.equal(asked.length, 4)
    for (const hash of asked) assert.deepEqual(createL1Store(late.kv).blob(hash), archive.blob(hash))
    await world.finish()
  })

  test('any one call may fail, at any place: nothing is skipped, nothing bad is kept', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    let posted = 0n
    for (let round = 0; round < 12; round++) {
      await sequencer.seal()
      const head = sequencer.chain.heads().unsafe.number
      world.post(world.batches(sequencer, posted + 1n, head), { blobs: round % 2 === 0 })
      posted = head
      await world.l1.mine()
      await sequencer.sync()
      if (round % 3 === 2) {
        await world.l1.reorg(1, { inject: [world.postOf(world.batches(sequencer, 1n, head))] })
        await sequencer.sync()
      }
      // Another call fails each time, until none does.
      for (let skip = 0; ; skip++) {
        validator.faults.failAt = callsOf(validator.faults) + 1 + (skip % 6)
        const before = validator.follower.tip().block.number
        const result = await validator.follower.step()
        if (result === 'idle' && validator.follower.status().behind === 0n && before > 0n) break
        assert.ok(skip < 200, 'it never comes to rest')
      }
      validator.faults.failAt = undefined
    }
    await world.sync()
    await world.finish()
  })

  test('receipts that do not match are asked for again, never used', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    await sequencer.seal()
    world.post(world.batches(sequencer, 1n, 1n))
    validator.faults.badBlocks = 3
    await world.mine()
    for (let round = 0; validator.faults.badBlocks > 0; round++) {
      safeAt(validator, 0n)
      assert.ok(round < 10)
      await validator.sync()
    }
    await validator.sync()
    safeAt(validator, 1n)
    await world.finish()
  })

  test('a provider that lags, or goes back in time, takes nothing back; the node waits', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    await sequencer.seal(2)
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mine()
    safeAt(validator, 2n)
    const { tip } = validator.follower.status()
    validator.faults.lag = 3n
    await validator.sync()
    assert.deepEqual(validator.follower.status().tip, tip)
    safeAt(validator, 2n)
    validator.faults.lag = 0n
    await world.mine()
    assert.equal(validator.follower.status().tip.number, tip.number + 1n)
    await world.finish()
  })

  test('an L1 that went back and took another way is followed once it says so', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(4)
    await sequencer.seal(2)
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mineMany(2)
    safeAt(validator, 2n)
    l1.rollback(3)
    await validator.sync()
    safeAt(validator, 2n)
    await l1.mine()
    await world.sync()
    safeAt(validator, 0n)
    await world.mineMany(4)
    await world.finish()
  })

  test('an outage longer than the drift: block production stands still and goes on by itself', async () => {
    const world = await setup({ mode: { demand: true, automine: false, intervalMs: 0 } })
    const { sequencer, validator } = world
    await world.mineMany(2)
    sequencer.submit(world.transfer(1, 0n))
    await world.pass(2)
    const before = sequencer.chain.heads().unsafe.number
    assert.ok(before > 0n)
    sequencer.faults.down = true
    for (let minute = 0; minute * 60 < Number(maxOriginAgeSec) + 300; minute++) {
      await world.pass(60)
      await sequencer.sync()
    }
    assert.equal(sequencer.sequencer.trouble(), 'origin_too_old')
    const during = sequencer.chain.heads().unsafe.number
    sequencer.submit(world.transfer(1, 1n))
    await world.pass(5)
    assert.equal(sequencer.chain.heads().unsafe.number, during, 'no block beyond the drift')
    sequencer.faults.down = false
    // A slot of L1 per round: the node reads what it missed, and blocks come again.
    for (let round = 0; round < 4; round++) {
      await world.mine()
      await world.pass(2)
    }
    assert.equal(sequencer.sequencer.trouble(), undefined)
    assert.equal(sequencer.chain.state().account(users[1]!.address)?.nonce, 2n)
    const head = sequencer.chain.heads().unsafe.number
    world.post(world.batches(sequencer, validator.chain.heads().safe.number + 1n, head))
    await world.mine()
    safeAt(validator, head)
    await world.finish()
  })

  test('a sequencer away for so long that one step to a fresh origin is too wide catches up step by step', async () => {
    const mode = { demand: true, automine: false, intervalMs: 0 }
    const world = await setup({ mode, limits: { sequencingWindow: 1_000n } })
    const { sequencer, validator } = world
    await world.mineMany(2)
    await world.pass(2)
    const posted = sequencer.chain.heads().unsafe.number
    sequencer.faults.down = true
    await world.mineMany(120)
    sequencer.submit(world.transfer(1, 0n))
    sequencer.faults.down = false
    for (let round = 0; round < 3; round++) {
      await world.mine()
      await world.pass(12)
    }
    assert.equal(sequencer.sequencer.trouble(), undefined)
    const { unsafe } = sequencer.chain.heads()
    assert.equal(sequencer.chain.state().account(users[1]!.address)?.nonce, 1n)
    const now = BigInt(world.clock.nowMs()) / 1_000n
    assert.ok(now - sequencer.chain.header().timestamp <= 60n, 'the time of the chain is that of the clock again')
    assert.ok(posted < unsafe.number)
    world.post(world.batches(sequencer, 1n, unsafe.number))
    await world.mine()
    safeAt(validator, unsafe.number)
    await world.finish()
  })

  test('finality that stands still for an hour keeps everything that may be needed', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mine()
    l1.finalize(l1.head().block.number)
    let posted = 0n
    for (let round = 0; round < 60; round++) {
      if (round % 6 === 0) {
        await sequencer.seal()
        const head = sequencer.chain.heads().unsafe.number
        world.post(world.batches(sequencer, posted + 1n, head))
        posted = head
      }
      await world.mine()
    }
    safeAt(validator, posted)
    assert.equal(validator.chain.heads().finalized.number, 0n)
    await l1.reorg(59)
    await world.sync()
    await world.finish()
  })
})
