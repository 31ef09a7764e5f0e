import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openBatcher } from './senders.ts'
import { users, window } from './spec.ts'
import { type Setup, setup } from './world.ts'

/** Blocks on demand, as in production. */
const mode = { demand: true, automine: false, intervalMs: 0 }
const mempoolNonce = ({ sequencer }: Setup) =>
  sequencer.mempool.pendingNonce(users[1]!.address) ?? sequencer.chain.state().account(users[1]!.address)?.nonce ?? 0n

const userTxs = ({ sequencer }: Setup, number: bigint) =>
  sequencer.chain.block(sequencer.chain.reader.hashByNumber(number)!)!.transactions.filter(({ tx }) => tx.type !== 0x7e)

/** A slot of L1 in which so many transactions of 4 KB each come in. */
async function slot(world: Setup, txs: number): Promise<void> {
  for (let sent = 0; sent < txs; sent++) {
    const data = new Uint8Array(4_000).fill(7)
    world.sequencer.submit(world.transfer(1, mempoolNonce(world), { data, gas: 200_000n }))
  }
  await world.pass(12)
  await world.mine()
}

describe('back-pressure', () => {
  test('blocks get smaller when half of the window is gone, empty near its end, and full again after a batch', async () => {
    const world = await setup({ mode, limits: { sequencingWindow: 40n } })
    const { sequencer, l1, spec } = world
    const batcher = await openBatcher({ l1, spec, node: sequencer })
    await world.mineMany(2)
    const age = () => l1.head().block.number - sequencer.follower.tip().safe.origin.number
    const sizes = new Map<'full' | 'slow' | 'stop', number>()
    let seen = 0n
    while (age() < 39n) {
      await slot(world, 12)
      const { number } = sequencer.chain.heads().unsafe
      const phase = age() < 18n ? 'full' : age() >= 22n && age() < 34n ? 'slow' : age() >= 38n ? 'stop' : undefined
      for (seen++; seen <= number; seen++) {
        if (phase !== undefined) sizes.set(phase, Math.max(sizes.get(phase) ?? 0, userTxs(world, seen).length))
      }
      seen = number
    }
    assert.ok(sizes.get('full')! > 4, 'all of them at once')
    assert.ok(sizes.get('slow')! >= 1 && sizes.get('slow')! <= 4, 'a few at a time')
    assert.equal(sizes.get('stop') ?? 0, 0)
    assert.equal(sequencer.sequencer.trouble(), 'backlog')
    assert.ok(sequencer.mempool.status().pending > 0, 'they wait')
    // The batcher comes back in time: nothing is forced, and what waited goes in.
    await batcher.post()
    await world.mine()
    await batcher.post()
    await world.pass(2)
    assert.equal(sequencer.sequencer.trouble(), undefined)
    for (let round = 0; round < 4; round++) {
      await slot(world, 0)
      await batcher.post()
    }
    assert.equal(sequencer.mempool.status().pending, 0)
    await world.mine()
    assert.equal(world.validator.chain.state().account(users[1]!.address)?.nonce, mempoolNonce(world))
    await world.finish()
  })

  test('with the batcher gone for good it ends all the same: L1 forces blocks, and production goes on', async () => {
    const world = await setup({ mode })
    const { sequencer, l1 } = world
    await world.mineMany(2)
    let stops = 0
    for (let round = 0; round < 3 * Number(window); round++) {
      await slot(world, round % 4 === 0 ? 1 : 0)
      if (sequencer.sequencer.trouble() === 'backlog') stops++
      const age = l1.head().block.number - sequencer.follower.tip().safe.origin.number
      assert.ok(age <= window, 'the safe head never falls out of the window')
    }
    assert.ok(stops > 0)
    assert.ok(sequencer.chain.heads().unsafe.number > sequencer.chain.heads().safe.number)
    await world.finish()
  })

  test('deposits go into blocks even while users’ transactions do not', async () => {
    const world = await setup({ mode, limits: { sequencingWindow: 40n } })
    const { sequencer } = world
    await world.mineMany(2)
    while (sequencer.sequencer.trouble() !== 'backlog') await slot(world, 1)
    const { number } = sequencer.chain.heads().unsafe
    world.deposit({ from: users[2]!.address, to: users[2]!.address, mint: 77n })
    const before = sequencer.chain.state().account(users[2]!.address)!.balance
    for (let round = 0; round < 3; round++) await slot(world, 0)
    assert.ok(sequencer.chain.heads().unsafe.number > number)
    assert.equal(sequencer.chain.state().account(users[2]!.address)!.balance, before + 77n)
    await world.finish()
  })
})
