import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import { rulesOf } from '../../genesis/spec.ts'
import { l1PartOf, takeBlock } from '../l1/derive/takeBlock.ts'
import { createDice, type Dice } from './dice.ts'
import { postOf, rawPost } from './handBatcher.ts'
import { addressWord } from './l1/logs.ts'
import type { SequencerNode, TestNode } from './node.ts'
import { type BatcherNode, openBatcher } from './senders.ts'
import { roles, users, window } from './spec.ts'
import { createWorld, type World } from './world.ts'

/** ROLLUP_SEED: this one. ROLLUP_SEEDS: so many new ones. Otherwise the same few every time. */
const { ROLLUP_SEED: one, ROLLUP_SEEDS: many, ROLLUP_ACTIONS: length = '160' } = process.env
const fresh = Array.from({ length: Number(many ?? 0) }, () => randomInt(2 ** 31))
const seeds = one !== undefined ? [Number(one)] : many !== undefined ? fresh : [1, 2, 3, 4, 5, 6]

/** Everything that takes part, with what a restart replaces. */
type Scene = {
  readonly world: World
  readonly dice: Dice
  sequencer: SequencerNode
  validator: TestNode
  batcher: BatcherNode
  /** Blocks that the validator took before L1 said them, and of them those whose origin it had not read. */
  readonly taken: { blocks: number; ahead: number }
}

async function open(dice: Dice): Promise<Scene> {
  const world = await createWorld()
  const sequencer = await world.openSequencer()
  const validator = await world.openValidator()
  const batcher = await openBatcher({ l1: world.l1, spec: world.spec, node: sequencer })
  await world.mineMany(2)
  return { world, dice, sequencer, validator, batcher, taken: { blocks: 0, ahead: 0 } }
}

/** Outages may happen at any time, anything else is a bug. */
async function tolerant(task: Promise<unknown>): Promise<void> {
  await task.catch((error: unknown) => {
    if (!(error instanceof NodeError && error.severity === 'retry')) throw error
  })
}

function submit({ world, dice, sequencer }: Scene): void {
  const user = 1 + dice.below(3)
  const { address } = users[user]!
  const { mempool, chain } = sequencer
  const nonce = mempool.pendingNonce(address) ?? chain.state().account(address)?.nonce ?? 0n
  const data = dice.bytes(dice.below(2_000))
  mempool.add(world.transfer(user, nonce, { to: users[0]!.address, data, gas: 200_000n }), { local: true })
}

function deposit({ world, dice }: Scene): void {
  const from = `0x${'d0'.repeat(19)}${dice.pick(['01', '02'])}` as Address
  const to = dice.once(4) ? undefined : from
  const mint = BigInt(dice.below(1_000))
  const value = dice.once(3) ? mint + 1_000_000n : mint
  world.deposit({
    from,
    to,
    mint,
    value,
    gas: BigInt(30_000 + dice.below(300_000)),
    data: dice.bytes(dice.below(50)),
  })
}

/** A fork above what is final. */
async function reorg({ world, dice }: Scene): Promise<void> {
  const { l1 } = world
  const lowest = l1.finalized() ?? world.spec.l1.origin.number
  const room = Number(l1.head().block.number - lowest)
  if (room < 1) return
  const depth = 1 + dice.below(Math.min(room, dice.once(5) ? 25 : 4))
  await l1.reorg(depth, { keep: dice.once(2), blocks: depth + dice.below(3) })
  await world.sync()
}

async function finalize({ world, dice }: Scene): Promise<void> {
  const { l1 } = world
  const lowest = l1.finalized() ?? world.spec.l1.origin.number
  const room = Number(l1.head().block.number - lowest)
  if (room > 0) l1.finalize(lowest + BigInt(dice.below(room)))
  await world.sync()
}

function configure({ world, dice }: Scene): void {
  world.configure(
    dice.pick([
      { gasLimit: BigInt(6_000_000 + dice.below(4_000_000)) },
      { daFeeScalar: dice.below(5_000) },
      { eip1559Denominator: 8 + dice.below(100), eip1559Elasticity: 2 + dice.below(8) },
    ]),
  )
}

/** Data on L1 that counts for nothing, or is of somebody else. */
function pollute({ world, dice, sequencer }: Scene): void {
  const bytes = dice.bytes(1 + dice.below(500))
  const { number } = sequencer.chain.heads().unsafe
  const foreign = number === 0n ? [] : [postOf(world.batches(sequencer, number, number), { from: users[4]!.address })]
  world.l1.inject(dice.pick([rawPost([bytes], { blobs: true }), rawPost([bytes]), ...foreign]))
}

function breakSomething({ dice, sequencer, validator, batcher }: Scene): void {
  const faults = dice.pick([sequencer, validator, batcher]).faults
  dice.pick([
    () => {
      faults.failNext = 1 + dice.below(6)
    },
    () => {
      faults.badBlocks = 1 + dice.below(3)
    },
    () => {
      faults.lag = BigInt(dice.below(4))
    },
    () => {
      validator.faults.lostBlobs = 'all'
    },
    () => {
      faults.lostReplies = 1
    },
    () => {
      faults.down = true
    },
  ])()
}

function heal({ sequencer, validator, batcher }: Scene): void {
  for (const { faults } of [sequencer, validator, batcher]) {
    Object.assign(faults, { failNext: 0, badBlocks: 0, lag: 0n, lostBlobs: 'none', lostReplies: 0, down: false })
  }
}

async function restart(scene: Scene): Promise<void> {
  const { world, dice, sequencer, validator, batcher } = scene
  const { l1, spec } = world
  if (dice.once(3)) {
    await validator.stop()
    // A new database now and then: everything is derived again.
    scene.validator = await world.openValidator(dice.once(2) ? {} : { kv: validator.kv })
  } else if (dice.once(2)) {
    await sequencer.stop()
    scene.sequencer = await world.openSequencer({ kv: sequencer.kv })
    scene.batcher = await openBatcher({ l1, spec, node: scene.sequencer, journal: batcher.journal })
  } else {
    const journal = dice.once(4) ? {} : { journal: batcher.journal }
    scene.batcher = await openBatcher({ l1, spec, node: sequencer, ...journal })
  }
  await world.sync()
}

/** L1 goes on or takes another fork, and the validator knows it only from blocks of the sequencer. */
async function surprise(scene: Scene): Promise<void> {
  const { world, dice, sequencer } = scene
  const { l1 } = world
  for (let rounds = 1 + dice.below(3); rounds > 0; rounds--) {
    const lowest = l1.finalized() ?? world.spec.l1.origin.number
    const room = Math.min(4, Number(l1.head().block.number - lowest))
    if (room > 0 && dice.once(4)) await l1.reorg(1 + dice.below(room), { keep: dice.once(2) })
    else await l1.mineMany(1 + dice.below(4))
    await sequencer.sync()
    await tolerant(sequencer.seal(1 + dice.below(2)))
    if (dice.once(2)) await tolerant(gossip(scene))
  }
}

/** The validator takes blocks of the sequencer that L1 does not say yet. */
async function gossip({ world, dice, sequencer, validator, taken }: Scene): Promise<void> {
  const { spec } = world
  const node = { ...validator, rules: rulesOf(spec), origin: spec.l1.origin }
  const { chain } = sequencer
  const first = validator.chain.heads().unsafe.number + 1n
  const last = first + BigInt(dice.below(20))
  for (let number = first; number <= last && number <= chain.heads().unsafe.number; number++) {
    const block = chain.block(chain.reader.hashByNumber(number)!)!
    const result = await takeBlock(node, block)
    assert.equal(typeof result, 'string', 'a block of the sequencer breaks no rule')
    if (result !== 'taken') return
    taken.blocks++
    if (l1PartOf(block)!.origin.number > validator.follower.tip().block.number) taken.ahead++
  }
}

/** No unsafe block has an origin that derivation knows to be another one. */
function checkOrigins({ sequencer, validator }: Scene): void {
  for (const { chain, follower } of [sequencer, validator]) {
    const { unsafe, safe } = chain.heads()
    for (let { number } = unsafe; number > safe.number; number--) {
      const { origin } = l1PartOf(chain.block(chain.reader.hashByNumber(number)!)!)!
      const known = follower.record(origin.number)?.block.hash ?? origin.hash
      assert.equal(origin.hash, known, `block ${number}`)
    }
  }
}

function changeFees({ world, dice }: Scene): void {
  const gwei = 10n ** 9n
  const [baseFee, blobBaseFee] = [BigInt(1 + dice.below(40)) * gwei, BigInt(1 + dice.below(40)) * (gwei / 4n)]
  world.l1.fees = { baseFee, blobBaseFee, tip: gwei }
}

/** The batcher's key is taken from it for a while. */
function rotate({ world, dice }: Scene): void {
  const { address } = dice.once(2) ? roles.nextBatcher : roles.batcher
  world.configure({ batcherHash: addressWord(address) })
}

/** How often each happens, against the others. */
const actions: readonly (readonly [weight: number, action: (scene: Scene) => unknown])[] = [
  [12, submit],
  [14, ({ dice, sequencer }) => tolerant(sequencer.seal(1 + dice.below(3)))],
  [14, ({ batcher }) => tolerant(batcher.post())],
  [16, ({ world, dice }) => world.mineMany(1 + (dice.once(8) ? dice.below(8) : 0))],
  [4, deposit],
  [4, reorg],
  [4, finalize],
  [2, configure],
  [3, pollute],
  [4, breakSomething],
  [5, heal],
  [3, restart],
  [3, changeFees],
  [1, rotate],
  [1, ({ world }) => world.l1.pool.drop()],
  [8, surprise],
  [14, (scene) => tolerant(gossip(scene))],
]
const lots = actions.flatMap(([weight, action]) => Array.from({ length: weight }, () => action))

function checkInvariants({ world }: Scene): void {
  const mine = world.l1.pool.all().filter(({ from }) => from === roles.batcher.address)
  assert.ok(new Set(mine.map(({ blobs }) => blobs === undefined)).size <= 1, 'one kind in flight')
}

/** After all faults have ended: what was made becomes safe, and the chain's time is that of the clock. */
async function recover(scene: Scene): Promise<void> {
  const { world } = scene
  heal(scene)
  world.configure({ batcherHash: addressWord(roles.batcher.address) })
  world.l1.fees = { baseFee: 10n ** 9n, blobBaseFee: 1_000_000n, tip: 10n ** 9n }
  for (let rounds = 0; ; rounds++) {
    assert.ok(rounds < 3 * Number(window), 'the chain recovers by itself')
    await world.mine()
    await world.sync()
    await tolerant(scene.sequencer.seal())
    await scene.batcher.post()
    checkInvariants(scene)
    const { unsafe, safe } = scene.validator.chain.heads()
    const lag = BigInt(world.clock.nowMs()) / 1_000n - scene.sequencer.chain.header().timestamp
    if (rounds > 5 && unsafe.hash === safe.hash && safe.number + 3n > scene.sequencer.chain.heads().unsafe.number) {
      assert.ok(lag < 60n, 'the time of the chain is that of the clock')
      return
    }
  }
}

describe('any mixture of actions, faults, forks and restarts', () => {
  for (const seed of seeds) {
    test(`ROLLUP_SEED=${seed}`, async (t) => {
      const scene = await open(createDice(seed))
      for (let done = 0; done < Number(length); done++) {
        await scene.dice.pick(lots)(scene)
        checkInvariants(scene)
        checkOrigins(scene)
      }
      const { blocks, ahead } = scene.taken
      t.diagnostic(`${blocks} blocks taken before L1 said them, ${ahead} of them with an origin that was not read yet`)
      await recover(scene)
      await scene.world.finish()
    })
  }
})
