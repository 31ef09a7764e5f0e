import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createDice } from './dice.ts'
import { forcedLag, users, window } from './spec.ts'
import { originOfBlock, safeAt, setup } from './world.ts'

describe('derivation from L1', () => {
  test('single batch, multi batch: the safe head advances with each L1 block that holds batches', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal()
    world.post(world.batches(sequencer, 1n, 1n))
    await world.mine()
    safeAt(sequencer, 1n)
    // Three blocks of one epoch and one of the next, over two transactions in one L1 block.
    await sequencer.seal(3)
    await world.mine()
    await sequencer.seal()
    world.post(world.batches(sequencer, 2n, 3n))
    world.post(world.batches(sequencer, 4n, 5n), { blobs: true })
    await world.mine()
    safeAt(sequencer, 5n)
    assert.deepEqual(validator.chain.heads(), sequencer.chain.heads())
    const origins = [2n, 3n, 4n, 5n].map((number) => originOfBlock(validator, number))
    assert.equal(new Set(origins.slice(0, 3)).size, 1)
    assert.ok(origins[3]! > origins[2]!)
    assert.equal(validator.chain.state().account(users[1]!.address)?.nonce, 1n)
    await world.finish()
  })

  for (const [name, delta] of [
    ['before the last', -1],
    ['at the last', 0],
    ['past the last', 1],
  ] as const) {
    test(`a batch ${name} block of its window is ${delta > 0 ? 'refused' : 'accepted'}`, async () => {
      const world = await setup()
      const { sequencer, validator } = world
      await world.mine({ pool: false })
      sequencer.submit(world.transfer(1, 0n))
      await sequencer.seal()
      const [batch] = world.batches(sequencer, 1n, 1n)
      assert.equal(batch!.epochNumber, world.spec.l1.origin.number)
      const wanted = batch!.epochNumber + window + BigInt(delta)
      while (world.l1.head().block.number < wanted - 1n) await world.mine()
      safeAt(validator, 0n)
      world.post([batch!])
      await world.mine()
      if (delta <= 0) safeAt(validator, 1n)
      else {
        // Blocks from L1 alone, in steps of at most eight origins, up to the lag.
        assert.deepEqual(
          [1n, 2n, 3n].map((number) => wanted - originOfBlock(validator, number)),
          [13n, 5n, forcedLag],
        )
        safeAt(validator, 3n)
        assert.equal(validator.chain.state().account(users[1]!.address)?.nonce ?? 0n, 0n)
        assert.equal(sequencer.mempool.status().pending, 1, 'the transaction waits for another block')
      }
      await world.finish()
    })
  }

  test('after the window has expired the batcher catches up, and no loop of forced blocks follows', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    for (let round = 0; round < 25; round++) {
      await world.mine()
      if (round < 20) await sequencer.seal()
    }
    const { safe } = validator.chain.heads()
    assert.ok(safe.number > 0n, 'blocks came from L1 alone')
    assert.equal(sequencer.chain.reader.hashByNumber(safe.number), safe.hash)
    let posted = safe.number
    for (let round = 0; round < 30; round++) {
      sequencer.submit(world.transfer(1, BigInt(round)))
      await sequencer.seal()
      if (round % 5 === 4) {
        const head = sequencer.chain.heads().unsafe.number
        world.post(world.batches(sequencer, posted + 1n, head))
        posted = head
      }
      await world.mine()
      if (round % 5 === 4) safeAt(validator, posted)
    }
    assert.equal(validator.chain.state().account(users[1]!.address)?.nonce, 30n, 'no transaction was lost')
    await world.finish()
  })

  test('configuration changes in the middle of an epoch count from their own L1 block', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mine()
    world.configure({ gasLimit: 12_000_000n, daFeeScalar: 5_000 })
    world.configure({ eip1559Denominator: 100, eip1559Elasticity: 4 })
    await world.mine()
    const changed = world.l1.head().block.number
    for (let round = 0; round < 4; round++) {
      await sequencer.seal(2)
      await world.mine()
    }
    const head = sequencer.chain.heads().unsafe.number
    world.post(world.batches(sequencer, 1n, head))
    await world.mine()
    safeAt(validator, head)
    const limits = new Set<bigint>()
    for (let number = 1n; number <= head; number++) {
      const { header } = validator.chain.block(validator.chain.reader.hashByNumber(number)!)!
      assert.equal(header.gasLimit, originOfBlock(validator, number) < changed ? 8_000_000n : 12_000_000n)
      limits.add(header.gasLimit)
    }
    assert.equal(limits.size, 2)
    await world.finish()
  })

  test('big transactions over several blobs and at the limit of calldata keep their order', async () => {
    const world = await setup({ config: { gasLimit: 30_000_000n } })
    const { sequencer, validator } = world
    await world.mine()
    const noise = (seed: number, length: number) => createDice(seed).bytes(length)
    for (const [nonce, length] of [90_000, 90_000, 90_000, 80_000].entries()) {
      sequencer.submit(world.transfer(1, BigInt(nonce), { data: noise(nonce, length), gas: 4_500_000n }))
    }
    await sequencer.seal(2)
    sequencer.submit(world.transfer(2, 0n, { data: noise(9, 100_000), gas: 4_500_000n }))
    await sequencer.seal()
    world.post(world.batches(sequencer, 1n, 2n), { blobs: true })
    world.post(world.batches(sequencer, 3n, 3n))
    const { raw } = await world.mine()
    assert.ok(raw.txs[0]!.blobHashes.length >= 3)
    assert.ok(raw.txs[1]!.input.length > 100_000)
    safeAt(validator, 3n)
    assert.deepEqual(validator.chain.heads(), sequencer.chain.heads())
    await world.finish()
  })

  test('a chain whose origin is the first block of L1 needs nothing before it', async () => {
    const world = await setup({ firstNumber: 0n })
    const { sequencer, validator } = world
    await world.sync()
    await sequencer.seal(2)
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mine()
    safeAt(validator, 2n)
    await world.l1.reorg(1)
    await world.sync()
    safeAt(validator, 0n)
    world.l1.finalize(0n)
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mine()
    safeAt(validator, 2n)
    assert.equal(validator.chain.heads().finalized.number, 0n)
    await world.finish()
  })
})
