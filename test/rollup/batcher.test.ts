import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TxKind } from '../../sequencer/sender/request.ts'
import { createDice } from './dice.ts'
import { addressWord } from './l1/logs.ts'
import { type BatcherNode, type BatcherNodeOptions, openBatcher } from './senders.ts'
import { mockRollup, roles, users, window } from './spec.ts'
import { type Setup, safeAt, setup } from './world.ts'

const gwei = 10n ** 9n
const ether = 10n ** 18n
const batcherAddress = roles.batcher.address

type Rig = Setup & BatcherNode & { round(options?: { seal?: number; mine?: boolean }): Promise<void> }

/** A sequencer, a validator, and the production batcher on the sequencer's chain. */
async function rig(options: Partial<BatcherNodeOptions> = {}): Promise<Rig> {
  const world = await setup()
  const batcher = await openBatcher({ l1: world.l1, spec: world.spec, node: world.sequencer, ...options })
  await world.mineMany(2)
  /** Blocks of L2, what the batcher does, a block of L1. */
  async function round({ seal = 1, mine = true } = {}): Promise<void> {
    await world.sequencer.seal(seal)
    await batcher.post()
    oneInFlight(world)
    if (mine) await world.mine()
  }
  return { ...world, ...batcher, round }
}

/** Never two transactions, or kinds of them, of the batcher at once. */
function oneInFlight({ l1 }: Setup): void {
  assert.ok(l1.pool.all().filter(({ from }) => from === batcherAddress).length <= 1)
}

/** Transactions to the inbox that L1 holds. */
function inbox({ l1, spec }: Setup): readonly TxKind[] {
  const kinds: TxKind[] = []
  for (let number = spec.l1.origin.number; number <= l1.head().block.number; number++) {
    for (const { to, isBlob } of l1.raw(number)!.txs) if (to === mockRollup.inbox) kinds.push(isBlob ? 'blobs' : 'call')
  }
  return kinds
}

/** Rounds until everything that was made is safe on the validator, too. */
async function settle(one: Rig): Promise<void> {
  const { number } = one.sequencer.chain.heads().unsafe
  for (let round = 0; one.validator.chain.heads().safe.number < number; round++) {
    assert.ok(round < 40, 'everything becomes safe in the end')
    await one.round({ seal: 0 })
  }
}

describe('batcher', () => {
  for (const carrier of ['blobs', 'calldata'] as const) {
    test(`what the sequencer makes is safe one L1 block later, in ${carrier}`, async () => {
      const one = await rig({ config: { carrier } })
      for (let round = 0; round < 6; round++) {
        one.sequencer.submit(one.transfer(1, BigInt(round)))
        await one.round({ seal: 2 })
        safeAt(one.validator, BigInt(2 * round + 2))
      }
      assert.deepEqual(new Set(inbox(one)), new Set([carrier === 'blobs' ? 'blobs' : 'call']))
      assert.equal(inbox(one).length, 6)
      assert.equal(one.validator.chain.state().account(users[1]!.address)?.nonce, 6n)
      assert.deepEqual(one.warnings, [])
      await one.finish()
    })
  }

  test('a fee spike: the stuck transaction is replaced until it gets in, and only one lands', async () => {
    const one = await rig({ config: { carrier: 'blobs' } })
    await one.sequencer.seal()
    await one.post()
    const [first] = one.l1.pool.all()
    one.l1.fees = { ...one.l1.fees, baseFee: 20n * gwei, blobBaseFee: 30n * gwei }
    for (let round = 0; round < 30 && one.validator.chain.heads().safe.number === 0n; round++)
      await one.round({ seal: 0 })
    safeAt(one.validator, 1n)
    assert.equal(inbox(one).length, 1)
    assert.ok(one.sender.status().replacements > 0)
    assert.equal(one.l1.included(first!.hash), undefined)
    await one.finish()
  })

  test('fees above every limit: it waits, says so once, and goes on when they fall', async () => {
    const one = await rig()
    one.l1.fees = { baseFee: 900n * gwei, blobBaseFee: 900n * gwei, tip: gwei }
    for (let round = 0; round < 6; round++) await one.round()
    assert.equal(inbox(one).length, 0)
    assert.equal(one.sender.status().trouble, 'fee_cap')
    one.l1.fees = { baseFee: gwei, blobBaseFee: gwei, tip: gwei }
    await one.pass(60)
    await settle(one)
    assert.equal(one.sender.status().trouble, undefined)
    assert.equal(one.warnings.filter((code) => code === 'fee_cap').length, 1)
    await one.finish()
  })

  test('blobs or calldata by price, with hysteresis, never both in flight', async () => {
    const one = await rig({ limits: { settleMs: 30_000 } })
    const dice = createDice(27)
    let nonce = 0n
    // Blob gas from nearly nothing to dear, and back.
    for (const blobBaseFee of [1n, 1n, 3n, 3_000n, 3_000n, 3_000n, 3_000n, 3n, 1n, 1n, 1n, 1n].map(
      (fee) => fee * 10n ** 7n,
    )) {
      one.l1.fees = { ...one.l1.fees, blobBaseFee }
      one.sequencer.submit(one.transfer(1, nonce++, { data: dice.bytes(2_000), gas: 200_000n }))
      await one.round()
    }
    await settle(one)
    const changes = inbox(one).filter((kind, index, all) => index > 0 && kind !== all[index - 1])
    assert.deepEqual([inbox(one)[0], ...changes], ['blobs', 'call', 'blobs'])
    await one.finish()
  })

  test('funds run low, then out: an alarm for each, nothing lost, and it goes on when somebody refills the account', async () => {
    const one = await rig()
    await one.round()
    const leave = async (wei: bigint) => {
      one.l1.inject({ from: users[0]!.address, to: batcherAddress, credit: wei - (await one.sender.balance()) })
      await one.mine()
    }
    // Enough for a few more batches: a day's warning, while posting goes on.
    await leave(10n ** 15n)
    await one.pass(60)
    for (let round = 0; round < 2; round++) await one.round()
    assert.equal(one.batcher.status().trouble, 'runway_low')
    assert.equal(one.sender.status().trouble, undefined)
    await leave(1_000n)
    for (let round = 0; round < 4; round++) await one.round()
    assert.equal(one.sender.status().trouble, 'insufficient_funds')
    assert.equal(one.warnings.filter((code) => code === 'insufficient_funds').length, 1)
    const before = one.validator.chain.heads().safe.number
    one.l1.inject({ from: users[0]!.address, to: batcherAddress, credit: ether })
    await one.mine()
    await settle(one)
    assert.ok(one.validator.chain.heads().safe.number >= before + 4n)
    await one.finish()
  })

  test('restarted with a transaction pending it goes on with that one', async () => {
    const one = await rig()
    await one.round({ mine: false })
    const [pending] = one.l1.pool.all()
    const again = await openBatcher({ l1: one.l1, spec: one.spec, node: one.sequencer, journal: one.journal })
    assert.equal(await again.post(), 'pending')
    assert.deepEqual(one.l1.pool.all(), [pending])
    await one.mine()
    safeAt(one.validator, 1n)
    assert.equal(await again.post(), 'idle')
    assert.equal(inbox(one).length, 1)
    await one.finish()
  })

  test('restarted without its journal it reads L1, and posts nothing twice that is safe', async () => {
    const one = await rig()
    await one.round()
    await one.round({ mine: false })
    const again = await openBatcher({ l1: one.l1, spec: one.spec, node: one.sequencer })
    // A transaction it knows nothing of waits in the pool.
    await again.post()
    oneInFlight(one)
    await one.mine()
    safeAt(one.validator, 2n)
    assert.equal(await again.post(), 'idle')
    await one.sequencer.seal()
    await again.post()
    await one.mine()
    safeAt(one.validator, 3n)
    assert.equal(inbox(one).length, 3)
    await one.finish()
  })

  test('answers that get lost, a pool that forgets, outages of the L1 node: everything lands once', async () => {
    const one = await rig()
    for (let round = 0; round < 12; round++) {
      await one.sequencer.seal()
      if (round % 3 === 0) one.faults.lostReplies = 1
      if (round % 4 === 1) one.l1.pool.drop()
      if (round % 5 === 2) one.faults.failNext = 3
      await one.post().catch((error: unknown) => assert.equal((error as { severity?: string }).severity, 'retry'))
      oneInFlight(one)
      await one.mine()
    }
    one.faults.failNext = 0
    await settle(one)
    const posted = inbox(one).length
    assert.ok(posted <= 13)
    await one.finish()
  })

  test('a transaction of the same key from elsewhere: it notices, and goes on', async () => {
    const one = await rig({ limits: { foreignMs: 30_000, disbeliefMs: 24_000 } })
    await one.round()
    one.l1.transact(roles.batcher.privateKey, { to: users[0]!.address, value: 1n, gas: 21_000n })
    await one.sequencer.seal()
    await one.post()
    oneInFlight(one)
    await one.mine()
    await settle(one)
    await one.finish()
  })

  test('a fork drops the batch: it is sent again, and again where its block has another origin', async () => {
    const one = await rig()
    await one.mineMany(3)
    await one.round()
    safeAt(one.validator, 1n)
    await one.l1.reorg(1)
    await one.sync()
    safeAt(one.validator, 0n)
    await settle(one)
    // Deeper: the blocks themselves go, with their origins.
    await one.round({ seal: 3 })
    await one.l1.reorg(6)
    await one.sync()
    await one.round({ seal: 2 })
    await settle(one)
    await one.finish()
  })

  test('down for longer than the window: forced blocks, then it catches up and nothing repeats', async () => {
    const one = await rig()
    one.sequencer.submit(one.transfer(1, 0n))
    for (let round = 0; round < 30; round++) {
      await one.sequencer.seal()
      await one.mine()
    }
    const forced = one.validator.chain.heads().safe.number
    assert.ok(forced > 0n)
    await settle(one)
    const before = inbox(one).length
    assert.ok(before < 10, 'no loop')
    for (let round = 0; round < 30; round++) {
      await one.round()
      const { origin } = one.validator.follower.tip().safe
      assert.ok(one.l1.head().block.number - origin.number < window, 'no more forced blocks')
    }
    assert.equal(one.validator.chain.state().account(users[1]!.address)?.nonce, 1n)
    await one.finish()
  })

  test('a key that L1 does not name posts nothing; named again it goes on', async () => {
    const one = await rig()
    one.configure({ batcherHash: addressWord(roles.nextBatcher.address) })
    await one.mine()
    for (let round = 0; round < 3; round++) await one.round()
    assert.equal(one.batcher.status().trouble, 'not_authorized')
    assert.equal(inbox(one).length, 0)
    const next = await openBatcher({ l1: one.l1, spec: one.spec, node: one.sequencer, key: roles.nextBatcher })
    await next.post()
    await one.mine()
    safeAt(one.validator, 3n)
    one.configure({ batcherHash: addressWord(batcherAddress) })
    await one.mine()
    await one.round()
    await settle(one)
    await one.finish()
  })
})
