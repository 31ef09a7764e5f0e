import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { emptyBytes, zeroHash } from '../../../core/hex.ts'
import { rulesOf } from '../../../genesis/spec.ts'
import { createL1Store } from '../../../l1/store/records.ts'
import { createBatcher } from '../../../sequencer/batcher/batcher.ts'
import { type BatcherConfig, type BatcherOptions, defaultBatcherConfig } from '../../../sequencer/batcher/types.ts'
import { createMemoryJournal, type SendJournal } from '../../../sequencer/sender/journal.ts'
import { defaultSenderLimits } from '../../../sequencer/sender/limits.ts'
import { openSender } from '../../../sequencer/sender/sender.ts'
import { createDice } from '../../rollup/dice.ts'
import { createFakeKzg } from '../../rollup/l1/fakeKzg.ts'
import { createFaults, walletOf } from '../../rollup/l1/ports.ts'
import { l1ChainId } from '../../rollup/l1/simL1.ts'
import { mockRollup, roles } from '../../rollup/spec.ts'
import { safeAt, setup as setupWorld } from '../../rollup/world.ts'
import { Killed, signer } from '../sender/fixtures.ts'

const gwei = 10n ** 9n

type Effect = 'journal' | 'send' | 'archive' | 'acknowledge'

/**
 * Sequencer and validator with a batcher whose effects are counted; `killAt` lets it die at one of them, before or after
 * it took place.
 */
async function setup({
  config = {},
  rollup = mockRollup,
  limits = {},
}: {
  readonly config?: Partial<BatcherConfig>
  readonly rollup?: BatcherOptions['rollup']
  readonly limits?: Partial<typeof defaultSenderLimits>
} = {}) {
  const world = await setupWorld()
  const { l1, spec, sequencer, clock } = world
  const faults = createFaults()
  const warnings: unknown[] = []
  const effects: Effect[] = []
  let killAt: { readonly effect: number; readonly isDone: boolean } | undefined
  const log = { info: () => {}, warn: (fields: object) => warnings.push('code' in fields ? fields.code : undefined) }

  async function effect<T>(name: Effect, act: () => Promise<T>): Promise<T> {
    const isLast = killAt?.effect === effects.push(name)
    if (isLast && !killAt?.isDone) throw new Killed()
    const result = await act()
    if (isLast) throw new Killed()
    return result
  }

  const kept = createMemoryJournal()
  const journal: SendJournal = {
    entries: kept.entries,
    put: (entry) => effect(entry.acknowledged ? 'acknowledge' : 'journal', () => kept.put(entry)),
    remove: kept.remove,
  }
  const wallet = walletOf(l1, faults)
  const chain = {
    ...sequencer.chain,
    write: (ops: Parameters<typeof sequencer.chain.write>[0]) => effect('archive', () => sequencer.chain.write(ops)),
  }

  async function open() {
    const sender = await openSender({
      wallet: { ...wallet, send: (raw) => effect('send', () => wallet.send(raw)) },
      sign: signer(roles.batcher.privateKey),
      l1ChainId,
      sidecars: 'eip7594',
      journalPath: undefined,
      journal,
      clock,
      log,
      limits: { ...defaultSenderLimits, ...limits },
    })
    const batcher = createBatcher({
      chain,
      follower: sequencer.follower,
      sender,
      kzg: createFakeKzg(),
      rollup,
      rules: rulesOf(spec),
      wallet,
      clock,
      log,
      config: { ...defaultBatcherConfig, maxDelayMs: 0, quality: 1, ...config },
    })
    return { sender, batcher }
  }

  const rig = {
    ...world,
    faults,
    warnings,
    effects,
    journal: kept,
    ...(await open()),
    killAt: (effect: number | undefined, isDone = false) => {
      killAt = effect === undefined ? undefined : { effect, isDone }
    },
    restart: async () => {
      Object.assign(rig, await open())
    },
    waiting: () => l1.pool.all().filter(({ from }) => from === roles.batcher.address),
    inbox: () => {
      const found: { readonly isBlob: boolean; readonly blobs: number }[] = []
      for (let number = spec.l1.origin.number; number <= l1.head().block.number; number++) {
        for (const { to, isBlob, blobHashes } of l1.raw(number)!.txs) {
          if (to === rollup.inbox) found.push({ isBlob, blobs: blobHashes.length })
        }
      }
      return found
    },
    /** Steps and L1 blocks until everything is safe everywhere. */
    settle: async () => {
      const { number } = sequencer.chain.heads().unsafe
      for (let round = 0; world.validator.chain.heads().safe.number < number; round++) {
        assert.ok(round < 60, 'everything becomes safe in the end')
        await rig.batcher.step()
        await world.mine()
      }
    },
  }
  await world.mineMany(2)
  return rig
}

describe('batcher', () => {
  for (const carrier of ['blobs', 'calldata'] as const) {
    test(`killed at any effect, before or after it: the next start goes on, and no block is posted twice (${carrier})`, async () => {
      let effects = 100
      let kills = 0
      for (let at = 1; at <= effects; at++) {
        for (const isDone of [false, true]) {
          const rig = await setup({ config: { carrier } })
          rig.killAt(at, isDone)
          for (let round = 0; round < 3; round++) {
            await rig.sequencer.seal()
            for (const step of [1, 2]) {
              try {
                await rig.batcher.step()
              } catch (error) {
                assert.ok(error instanceof Killed, String(error))
                kills++
                await rig.restart()
              }
              assert.ok(rig.waiting().length <= step && rig.waiting().length <= 1)
            }
            await rig.mine()
          }
          effects = Math.min(effects, rig.effects.length)
          rig.killAt(undefined)
          await rig.settle()
          assert.equal(rig.sequencer.chain.heads().unsafe.number, 3n)
          assert.ok(rig.inbox().length <= 3, `${rig.inbox().length} batches for 3 blocks`)
          safeAt(rig.validator, 3n)
          await rig.abandon()
        }
      }
      assert.ok(kills >= 2 * 6, `${kills} kills`)
    })
  }

  test('a batch that a fork has made worthless gives way to the blocks that hold now, with the same nonce', async () => {
    const rig = await setup({ config: { carrier: 'calldata' } })
    await rig.mineMany(4)
    await rig.sequencer.seal(2)
    await rig.batcher.step()
    const [first] = rig.waiting()
    assert.ok(first !== undefined)
    // The fork drops the origin of these blocks; what waits in the pool stays there.
    await rig.l1.reorg(6, { blocks: 7 })
    await rig.sync()
    await rig.sequencer.seal()
    assert.equal(await rig.batcher.step(), 'replaced')
    const [second, ...others] = rig.waiting()
    assert.deepEqual(others, [])
    assert.ok(second !== undefined && second.nonce === first.nonce && second.hash !== first.hash)
    await rig.settle()
    assert.equal(rig.inbox().length, 1)
    await rig.finish()
  })

  test('a batch that nobody needs any more, with nothing to put in its place, is cancelled', async () => {
    const rig = await setup({ config: { carrier: 'blobs' } })
    await rig.sequencer.seal()
    await rig.batcher.step()
    // Somebody else posts the block with the same authority.
    rig.post(rig.batches(rig.sequencer, 1n, 1n))
    await rig.mine({ pool: false })
    safeAt(rig.sequencer, 1n)
    for (let round = 0; round < 5; round++) {
      assert.equal(await rig.batcher.step(), 'pending')
      await rig.mine({ pool: false })
    }
    assert.equal(await rig.batcher.step(), 'replaced')
    await rig.mine()
    assert.equal(await rig.batcher.step(), 'idle')
    assert.equal(rig.inbox().length, 1, 'only that of the other')
    await rig.finish()
  })

  test('batches that L1 ignores are posted ever more seldom, with an alarm', async () => {
    // An inbox that derivation does not read.
    const rig = await setup({ rollup: { ...mockRollup, inbox: `0x${'ee'.repeat(20)}` as typeof mockRollup.inbox } })
    await rig.sequencer.seal()
    for (let round = 0; round < 18; round++) {
      await rig.batcher.step()
      await rig.mine()
    }
    const posted = rig.inbox().length
    assert.ok(posted >= 3 && posted <= 6, `${posted} in 18 L1 blocks`)
    assert.equal(rig.batcher.status().trouble, 'batch_ignored')
    assert.equal(rig.batcher.status().ignored, posted)
    assert.ok(rig.warnings.includes('batch_ignored'))
    await rig.abandon()
  })

  test('what comes too late for the window is not posted at all', async () => {
    const rig = await setup()
    await rig.sequencer.seal()
    const safe = rig.sequencer.follower.tip().safe
    // As if L1 had gone on, and nothing of it was derived yet.
    const head = { number: safe.origin.number + 22n, hash: zeroHash }
    const follower = {
      ...rig.sequencer.follower,
      status: () => ({ ...rig.sequencer.follower.status(), l1Head: head, behind: 0n, trouble: undefined }),
    }
    const wallet = walletOf(rig.l1)
    const batcher = createBatcher({
      ...{ chain: rig.sequencer.chain, follower, sender: rig.sender, kzg: createFakeKzg(), rollup: mockRollup },
      ...{ rules: rulesOf(rig.spec), wallet, clock: rig.clock, log: { info: () => {}, warn: () => {} } },
      config: { ...defaultBatcherConfig, maxDelayMs: 0 },
    })
    assert.equal(await batcher.step(), 'held')
    assert.equal(batcher.status().trouble, 'window_passed')
    assert.equal(rig.waiting().length, 0)
    await rig.abandon()
  })

  test('nothing is posted while L1 is not followed closely, or has trouble', async () => {
    const rig = await setup()
    await rig.sequencer.seal()
    for (let block = 0; block < 3; block++) await rig.l1.mine()
    rig.sequencer.faults.badBlocks = 1_000
    await rig.sequencer.sync()
    assert.equal(await rig.batcher.step(), 'behind')
    assert.equal(rig.waiting().length, 0)
    rig.sequencer.faults.badBlocks = 0
    await rig.clock.advance(60_000)
    await rig.sync()
    assert.equal(await rig.batcher.step(), 'posted')
    await rig.abandon()
  })

  test('blobs are in the archive before L1 has them', async () => {
    const rig = await setup({ config: { carrier: 'blobs' } })
    await rig.sequencer.seal()
    await rig.batcher.step()
    assert.deepEqual(rig.effects, ['archive', 'journal', 'send'])
    const [tx] = rig.waiting()
    const store = createL1Store(rig.sequencer.kv)
    for (const [index, hash] of tx!.blobs!.hashes.entries()) {
      assert.deepEqual(store.blob(hash), tx!.blobs!.blobs[index])
    }
    await rig.abandon()
  })

  test('what gathers while L1 does not answer counts as backlog', async () => {
    const rig = await setup()
    const dice = createDice(4)
    await rig.sequencer.seal()
    await rig.batcher.step()
    rig.faults.down = true
    for (let nonce = 0n; nonce < 3n; nonce++) {
      rig.sequencer.submit(rig.transfer(2, nonce, { data: dice.bytes(100_000), gas: 5_000_000n }))
      await rig.sequencer.seal()
      await assert.rejects(rig.batcher.step(), { severity: 'retry' })
    }
    const { backlogBytes } = rig.batcher.status()
    assert.ok(backlogBytes > 300_000, `${backlogBytes}`)
    rig.faults.down = false
    await rig.settle()
    await rig.batcher.step()
    assert.equal(rig.batcher.status().backlogBytes, 0)
    await rig.finish()
  })

  test('a backlog is posted in full transactions, several blobs each, in order', async () => {
    const rig = await setup({ config: { carrier: 'blobs', maxBlobs: 3 } })
    const dice = createDice(3)
    for (let nonce = 0n; nonce < 9n; nonce++) {
      rig.sequencer.submit(rig.transfer(2, nonce, { data: dice.bytes(100_000), gas: 5_000_000n }))
      await rig.sequencer.seal()
    }
    await rig.batcher.step()
    const { backlogBytes, waitingBlocks } = rig.batcher.status()
    assert.equal(waitingBlocks, 9n)
    assert.ok(backlogBytes > 900_000 && backlogBytes < 1_000_000, `${backlogBytes}`)
    await rig.settle()
    assert.ok(rig.inbox().length >= 3 && rig.inbox().length <= 4, `${rig.inbox().length} transactions`)
    assert.ok(rig.inbox()[0]!.blobs === 3)
    await rig.batcher.step()
    const { batches, blobs, contentBytes } = rig.batcher.status()
    assert.equal(batches.blobs, rig.inbox().length)
    assert.equal(
      blobs,
      rig.inbox().reduce((sum, one) => sum + one.blobs, 0),
    )
    assert.ok(contentBytes > 900_000)
    await rig.finish()
  })

  test('a block that calldata cannot carry goes in blobs', async () => {
    const rig = await setup()
    rig.l1.fees = { baseFee: gwei, tip: 1n, blobBaseFee: 400n * gwei }
    rig.sequencer.submit(rig.transfer(2, 0n, { data: createDice(1).bytes(90_000), gas: 3_900_000n }))
    rig.sequencer.submit(rig.transfer(3, 0n, { data: createDice(2).bytes(90_000), gas: 3_900_000n }))
    await rig.sequencer.seal()
    for (let round = 0; round < 4; round++) await rig.batcher.step()
    assert.deepEqual(
      rig.waiting().map(({ blobs }) => blobs?.hashes.length),
      [2],
    )
    await rig.settle()
    await rig.finish()
  })

  test('with only calldata allowed, a block that is too large holds everything, with an alarm', async () => {
    const rig = await setup({ config: { carrier: 'calldata', maxCalldataBytes: 20_000 } })
    rig.sequencer.submit(rig.transfer(2, 0n, { data: createDice(1).bytes(30_000), gas: 5_000_000n }))
    await rig.sequencer.seal()
    assert.equal(await rig.batcher.step(), 'held')
    assert.equal(rig.batcher.status().trouble, 'batch_too_large')
    await rig.abandon()
  })

  test('waits for the longest delay, or for a quarter of the window', async () => {
    const rig = await setup({ config: { maxDelayMs: 30_000 } })
    await rig.sequencer.seal()
    assert.equal(await rig.batcher.step(), 'idle')
    await rig.clock.advance(28_000)
    assert.equal(await rig.batcher.step(), 'idle')
    await rig.clock.advance(1_000)
    assert.equal(await rig.batcher.step(), 'posted')
    await rig.abandon()

    const late = await setup({ config: { maxDelayMs: 3_600_000 } })
    await late.sequencer.seal()
    assert.equal(await late.batcher.step(), 'idle')
    await late.mineMany(5)
    assert.equal(await late.batcher.step(), 'posted')
    await late.abandon()
  })

  test('an account that lasts less than a day raises an alarm', async () => {
    const rig = await setup()
    const balance = await rig.sender.balance()
    rig.l1.inject({ from: roles.deployer.address, to: roles.batcher.address, credit: 10n ** 15n - balance })
    await rig.mine()
    for (let round = 0; round < 5; round++) {
      await rig.sequencer.seal()
      await rig.batcher.step()
      await rig.mine()
      await rig.clock.advance(60_000)
    }
    await rig.batcher.step()
    assert.equal(rig.batcher.status().trouble, 'runway_low')
    assert.ok(rig.batcher.status().runwayMs! < 24 * 3_600_000)
    rig.l1.inject({ from: roles.deployer.address, to: roles.batcher.address, credit: balance })
    await rig.mine()
    await rig.clock.advance(60_000)
    await rig.batcher.step()
    assert.equal(rig.batcher.status().trouble, undefined)
    await rig.finish()
  })

  test('a memo that cannot be read keeps nothing from landing', async () => {
    const rig = await setup()
    await rig.sender.begin({
      kind: 'call',
      to: mockRollup.inbox,
      memo: emptyBytes,
      data: emptyBytes,
      value: 0n,
      gas: 21_000n,
    })
    assert.equal(await rig.batcher.step(), 'pending')
    await rig.mine()
    assert.equal(await rig.batcher.step(), 'idle')
    await rig.sequencer.seal()
    await rig.clock.advance(300_000)
    assert.equal(await rig.batcher.step(), 'posted')
    await rig.settle()
    await rig.abandon()
  })
})
