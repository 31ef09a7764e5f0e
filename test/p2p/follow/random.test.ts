import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, test } from 'node:test'
import type { GossipedBlock } from '../../../core/ports/net.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { createDice, type Dice } from '../../rollup/dice.ts'
import type { SequencerNode } from '../../rollup/node.ts'
import { users, window } from '../../rollup/spec.ts'
import { createWorld, type World } from '../../rollup/world.ts'
import { blockOf, type FollowNode, gossiped, headOf, openFollowNode, peerOf, tell, until } from './scene.ts'

/** FOLLOW_SEED: this one. FOLLOW_SEEDS: so many new ones. Otherwise the same few every time. */
const { FOLLOW_SEED: one, FOLLOW_SEEDS: many, FOLLOW_ACTIONS: length = '120' } = process.env
const fresh = Array.from({ length: Number(many ?? 0) }, () => randomInt(2 ** 31))
const seeds = one !== undefined ? [Number(one)] : many !== undefined ? fresh : [1, 2, 3, 4, 5, 6]

type Scene = {
  readonly world: World
  readonly dice: Dice
  readonly sequencer: SequencerNode
  node: FollowNode
  /** Everything that was ever gossiped, for those who repeat it. */
  readonly messages: GossipedBlock[]
  /** Nothing waits for what an action began: the next one comes in between. */
  readonly begun: Set<Promise<unknown>>
  syncing: Promise<unknown>
}

async function open(dice: Dice): Promise<Scene> {
  const world = await createWorld()
  const sequencer = await world.openSequencer()
  await world.mineMany(3)
  const node = await openFollowNode(world)
  return { world, dice, sequencer, node, messages: [], begun: new Set(), syncing: Promise.resolve() }
}

function begin({ begun }: Scene, task: Promise<unknown>): void {
  begun.add(task)
  void task.finally(() => begun.delete(task)).catch(() => {})
}

async function turns({ dice }: Scene): Promise<void> {
  for (let left = dice.below(4); left > 0; left--) await new Promise(setImmediate)
}

/** The node's L1 follower goes on while everything else does; one step at a time. */
function follow(scene: Scene): void {
  const { node } = scene
  scene.syncing = scene.syncing.then(node.sync)
  begin(scene, scene.syncing)
}

async function seal({ world, dice, sequencer, messages }: Scene): Promise<void> {
  const user = 1 + dice.below(3)
  const { address } = users[user]!
  const nonce = sequencer.mempool.pendingNonce(address) ?? sequencer.chain.state().account(address)?.nonce ?? 0n
  if (dice.once(2)) sequencer.mempool.add(world.transfer(user, nonce), { local: true })
  const before = sequencer.chain.heads().unsafe.number
  await sequencer.seal(1 + dice.below(3)).catch(() => {})
  for (let number = before + 1n; number <= sequencer.chain.heads().unsafe.number; number++) {
    messages.push(await gossiped(world, blockOf(sequencer, number), { peer: dice.pick(['anna', 'berta']) }))
  }
}

/** Some of the newest blocks, or old ones again, in any order. */
function hear(scene: Scene): void {
  const { dice, messages, node } = scene
  if (messages.length === 0) return
  for (let count = 1 + dice.below(4); count > 0; count--) {
    const back = dice.once(6) ? dice.below(messages.length) : dice.below(Math.min(5, messages.length))
    begin(scene, node.blocks.block(messages.at(-1 - back)!))
  }
}

function peers({ world, dice, node, sequencer }: Scene): void {
  const honest = peerOf(world, sequencer)
  for (const name of ['anna', 'berta']) {
    node.net.peers.set(name, async (from, count) => {
      for (let left = dice.below(6); left > 0; left--) await new Promise(setImmediate)
      if (dice.once(4)) return dice.once(2) ? [] : undefined
      return honest(from, 1 + dice.below(Math.min(count, 20)))
    })
    tell(world, node, name, sequencer)
  }
}

async function post({ world, sequencer }: Scene): Promise<void> {
  const { safe, unsafe } = sequencer.chain.heads()
  if (unsafe.number > safe.number) world.post(world.batches(sequencer, safe.number + 1n, unsafe.number))
  await world.mine()
}

async function reorg({ world, dice, sequencer }: Scene): Promise<void> {
  const { l1 } = world
  const lowest = l1.finalized() ?? world.spec.l1.origin.number
  const room = Number(l1.head().block.number - lowest)
  if (room < 1) return
  const depth = 1 + dice.below(Math.min(room, 4))
  await l1.reorg(depth, { keep: dice.once(2), blocks: depth + dice.below(3) })
  await sequencer.sync()
}

async function restart(scene: Scene): Promise<void> {
  await scene.syncing
  await scene.node.stop()
  await Promise.all(scene.begun)
  scene.node = await openFollowNode(scene.world, { kv: scene.node.kv })
  scene.syncing = Promise.resolve()
}

function finalize({ world, dice }: Scene): void {
  const { l1 } = world
  const lowest = l1.finalized() ?? world.spec.l1.origin.number
  const room = Number(l1.head().block.number - lowest) - 6
  if (room > 0) l1.finalize(lowest + BigInt(dice.below(room)))
}

const actions: readonly (readonly [weight: number, action: (scene: Scene) => unknown])[] = [
  [14, seal],
  [20, hear],
  [10, follow],
  [8, ({ world }) => world.mine()],
  [6, post],
  [5, reorg],
  [8, peers],
  [10, ({ world, dice }) => world.clock.advance(dice.below(3_000))],
  [3, ({ node, dice }) => Object.assign(node.faults, { failNext: dice.below(4), lag: BigInt(dice.below(3)) })],
  [2, ({ node }) => Object.assign(node.faults, { failNext: 0, lag: 0n })],
  [2, finalize],
  [1, restart],
  [1, ({ node }) => node.blocks.gone('anna')],
]
const lots = actions.flatMap(([weight, action]) => Array.from({ length: weight }, () => action))

/** The sequencer is honest: nothing is held against it, or against peers that give what it made. */
function check({ node }: Scene): void {
  assert.deepEqual(
    node.findings.filter(({ kind }) => kind === 'invalid_block'),
    [],
  )
  assert.deepEqual(node.net.blamed, [])
}

async function recover(scene: Scene): Promise<void> {
  const { world, sequencer, node } = scene
  Object.assign(node.faults, { failNext: 0, lag: 0n })
  await scene.syncing
  for (let rounds = 0; rounds < Number(window) / 2; rounds++) {
    await post(scene)
    await node.sync()
  }
  await seal(scene)
  node.net.peers.clear()
  node.net.peers.set('clara', peerOf(world, sequencer))
  node.blocks.gone('anna')
  node.blocks.gone('berta')
  tell(world, node, 'clara', sequencer)
  await until(world, () => headOf(node).hash === sequencer.chain.heads().unsafe.hash, 'the head of the sequencer', 120)
  await until(world, () => node.blocks.stats().orphans === 0, 'nothing waits for ever', 601)
  await Promise.all(scene.begun)
}

describe('any order of gossip, ranges, L1, forks, outages and restarts', () => {
  for (const seed of seeds) {
    test(`FOLLOW_SEED=${seed}`, async () => {
      const scene = await open(createDice(seed))
      for (let done = 0; done < Number(length); done++) {
        await scene.dice.pick(lots)(scene)
        await turns(scene)
        check(scene)
      }
      await recover(scene)
      const { world, node, sequencer } = scene
      check(scene)
      assert.deepEqual(node.chain.heads().safe, sequencer.chain.heads().safe)
      assert.deepEqual((await verifyStore(node.kv)).findings, [])
      await node.stop()
      await world.finish({ keepsFinality: true })
    })
  }
})
