import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Address, hexToBytes } from '../../core/hex.ts'
import { createAddress } from '../../core/txEnvelope.ts'
import type { PortalDeposit } from './l1/logs.ts'
import type { TestNode } from './node.ts'
import { forcedLag, users, window } from './spec.ts'
import { originOfBlock, safeAt, setup } from './world.ts'

const who = `0x${'77'.repeat(20)}` as Address
const other = `0x${'78'.repeat(20)}` as Address
const balance = (node: TestNode, address: Address) => node.chain.state().account(address)?.balance ?? 0n
/** Code that reverts, and init code that leaves one byte of it. */
const reverting = hexToBytes('0x60006000fd')
const creating = hexToBytes('0x60fe60005360016000f3')

describe('deposits', () => {
  test('mint then revert, creation, value above the balance, gas below the floor: state and receipts are exact', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mine()
    const deposits: readonly PortalDeposit[] = [
      { from: who, to: other, mint: 100n, value: 60n },
      { from: who, to: undefined, mint: 7n, data: reverting },
      { from: who, to: undefined, data: creating },
      { from: who, to: other, mint: 1n, value: 1_000n },
      { from: who, to: other, mint: 2n, gas: 20_000n },
      { from: who, to: who, mint: 0n, value: 48n },
    ]
    for (const deposit of deposits) world.deposit(deposit)
    const origin = (await world.mine()).raw.block
    await world.mine()
    await sequencer.seal()
    world.post(world.batches(sequencer, 1n, 1n))
    await world.mine()
    safeAt(validator, 1n)
    assert.equal(originOfBlock(validator, 1n), origin.number)
    assert.equal(balance(validator, other), 60n)
    assert.equal(balance(validator, who), 40n + 7n + 1n + 2n)
    const created = createAddress(who, 2n)
    assert.deepEqual(
      validator.chain.state().code(validator.chain.state().account(created)!.codeHash),
      Uint8Array.of(0xfe),
    )
    const { hash } = validator.chain.heads().safe
    const receipts = validator.chain.reader.receiptsByHash(hash)!.slice(1)
    assert.deepEqual(
      receipts.map(({ succeeded, depositNonce }) => [succeeded, depositNonce]),
      [
        [true, 0n],
        [false, 1n],
        [true, 2n],
        [false, 3n],
        [false, 4n],
        [true, 5n],
      ],
    )
    assert.deepEqual(
      receipts.slice(3, 5).map(({ gasUsed }) => gasUsed),
      [100_000n, 20_000n],
    )
    assert.equal(validator.chain.state().account(who)?.nonce, 6n)
    await world.finish()
  })

  test('of several L1 blocks at once: in the order of L1, in the block that first reaches each', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mine()
    for (let round = 0; round < 4; round++) {
      world.deposit({ from: who, to: who, mint: BigInt(10 ** round) })
      world.deposit({ from: other, to: other, mint: 1n })
      await world.mine()
    }
    await world.mine()
    await sequencer.seal(2)
    const { transactions } = sequencer.chain.block(sequencer.chain.reader.hashByNumber(1n)!)!
    const minted = transactions.flatMap(({ tx }) => (tx.type === 0x7e && tx.mint > 0n ? [tx.mint] : []))
    assert.deepEqual(minted, [1n, 1n, 10n, 1n, 100n, 1n, 1_000n, 1n])
    world.post(world.batches(sequencer, 1n, 2n))
    await world.mine()
    safeAt(validator, 2n)
    assert.equal(balance(validator, who), 1_111n)
    await world.finish()
  })

  test('with more gas than one block has they wait for the next, and none is lost', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mine()
    // Gas limit 8 M less 1 M for the attributes: two L1 blocks of 3 M fit, a third does not.
    for (let round = 0; round < 5; round++) {
      world.deposit({ from: who, to: who, mint: 1n, gas: 3_000_000n })
      await world.mine()
    }
    await world.mine()
    await sequencer.seal(3)
    assert.deepEqual(
      [1n, 2n, 3n].map(
        (number) => sequencer.chain.block(sequencer.chain.reader.hashByNumber(number)!)!.transactions.length - 1,
      ),
      [2, 2, 1],
    )
    // Batches that take more at once end the channel.
    const [first] = world.batches(sequencer, 1n, 1n)
    const third = world.batches(sequencer, 2n, 2n)[0]!
    world.post([{ ...first!, epochNumber: third.epochNumber, epochHash: third.epochHash, timestamp: third.timestamp }])
    await world.mine()
    safeAt(validator, 0n)
    world.post(world.batches(sequencer, 1n, 3n))
    await world.mine()
    safeAt(validator, 3n)
    assert.equal(balance(validator, who), 5n)
    await world.finish()
  })

  describe('forced inclusion', () => {
    const forced = (index: number): PortalDeposit => ({ from: users[index]!.address, to: other, value: 1n })

    test('never: a sequencer that makes no blocks at all cannot stop them', async () => {
      const world = await setup()
      const { validator } = world
      await world.mine()
      world.deposit(forced(1))
      await world.mine()
      const included = world.l1.head().block.number
      while (balance(validator, other) === 0n) {
        assert.ok(world.l1.head().block.number - included <= window + forcedLag, 'within the window')
        await world.mine()
      }
      await world.finish()
    })

    test('partial: a block that leaves out one of two deposits is not what L1 means', async () => {
      const world = await setup()
      const { sequencer, validator } = world
      await world.mine()
      world.deposit(forced(1))
      world.deposit(forced(2))
      await world.mineMany(2)
      await sequencer.seal()
      // A batch cannot even say so: deposits are not in it.
      world.post(world.batches(sequencer, 1n, 1n))
      await world.mine()
      assert.equal(balance(validator, other), 2n)
      await world.finish()
    })

    test('all of them, while the sequencer stays on an old origin as long as it may', async () => {
      const world = await setup()
      const { validator } = world
      await world.mine()
      world.deposit(forced(1))
      await world.mine()
      const included = world.l1.head().block.number
      // It sticks to the origin before the deposit; time runs out before the window does, or the window.
      let parentHash = world.genesis.hash
      const { origin } = world.spec.l1
      let number = 0n
      while (balance(validator, other) === 0n) {
        const timestamp = origin.timestamp + number
        world.post([{ parentHash, epochNumber: origin.number, epochHash: origin.hash, timestamp, txs: [] }])
        await world.mine()
        parentHash = validator.chain.heads().safe.hash
        number++
        assert.ok(world.l1.head().block.number - included <= window + forcedLag, 'within the window')
      }
      await world.finish()
    })

    test('congested: blocks full of deposits come one after the other until all are in', async () => {
      const world = await setup()
      const { validator } = world
      await world.mine()
      for (let round = 0; round < 6; round++) {
        world.deposit({ ...forced(1), gas: 4_000_000n })
        await world.mine()
      }
      const last = world.l1.head().block.number
      while (balance(validator, other) < 6n) {
        assert.ok(world.l1.head().block.number - last <= window + forcedLag, 'within the window')
        await world.mine()
      }
      await world.finish()
    })
  })
})
