import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Block } from '../../core/block.ts'
import { bytesToHex } from '../../core/hex.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { rulesOf } from '../../genesis/spec.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { type TableName, tables } from '../../state/store/tables.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { createFaultKv } from '../crash/faultKv.ts'
import { takeBlock } from '../l1/derive/takeBlock.ts'
import { batchOf } from './handBatcher.ts'
import type { L1View } from './l1/simL1.ts'
import { type NodeOptions, openSequencer, openValidator, type SequencerNode, type TestNode } from './node.ts'
import { roles, users } from './spec.ts'
import { createWorld, type World } from './world.ts'

/** What L1 is at one moment, and when the sequencer then makes blocks. */
type Moment = {
  readonly view: L1View
  readonly sealsSec: readonly bigint[]
  /** Blocks that the sequencer made in it. */
  readonly made: readonly Block[]
}

/** A node with what it does at a moment: again from the beginning if it died on the way. */
type Actor<Node extends TestNode> = {
  readonly open: (options: NodeOptions) => Promise<Node>
  readonly act: (node: Node, moment: Moment, world: World) => Promise<unknown>
}

const validator: Actor<TestNode> = { open: openValidator, act: (node) => node.sync() }
/** Takes blocks, as far as it can before it has read the L1 that they are on, and the others afterwards. */
const follower: Actor<TestNode> = {
  open: openValidator,
  async act(node, { made }, { spec }) {
    const take = async () => {
      for (const block of made) await takeBlock({ ...node, rules: rulesOf(spec), origin: spec.l1.origin }, block)
    }
    await take()
    await node.sync()
    await take()
  },
}
const sequencer: Actor<SequencerNode> = { open: openSequencer, act: follow }

/** Reads L1, then makes the blocks that it has not made yet. */
async function follow(node: SequencerNode, { sealsSec }: Moment, world: World): Promise<void> {
  await node.sync()
  for (const timestamp of sealsSec) {
    if (node.chain.header().timestamp >= timestamp) continue
    const nonce = node.chain.state().account(users[1]!.address)?.nonce ?? 0n
    // What the pool held is not part of the database, so the block takes this one alone.
    node.mempool.clear()
    node.mempool.add(world.transfer(1, nonce), { local: true })
    await node.sequencer.mine({ timestamp })
  }
}

/** L1 with batches, blobs, a deposit, a fork, a block that takes the place of another, finality, an expired window. */
async function history(world: World): Promise<readonly Moment[]> {
  const { l1 } = world
  const node = await world.openSequencer()
  const moments: Moment[] = []
  async function moment(seals = 0): Promise<void> {
    const now = l1.head().block.timestamp
    const sealsSec = Array.from({ length: seals }, (_, index) => now + BigInt(index + 1))
    const made: Block[] = []
    const next = { view: l1.snapshot(), sealsSec, made }
    moments.push(next)
    await follow(node, next, world)
    const { number } = node.chain.heads().unsafe
    for (let ago = BigInt(seals) - 1n; ago >= 0n; ago--) {
      made.push(node.chain.block(node.chain.reader.hashByNumber(number - ago)!)!)
    }
  }
  const block = (number: bigint) => batchOf(node.chain.block(node.chain.reader.hashByNumber(number)!)!)

  await l1.mineMany(2)
  await moment(3)
  world.post([block(1n), block(2n)])
  world.post([block(3n)], { blobs: true })
  world.deposit({ from: roles.deployer.address, to: undefined, mint: 3n })
  await l1.mine()
  await moment(1)
  l1.finalize(l1.head().block.number - 1n)
  await l1.mine()
  await moment(2)
  await l1.reorg(2, { blocks: 3, inject: [world.postOf([block(1n), block(2n), block(3n)])] })
  await moment(2)
  world.post([{ ...block(4n), txs: [] }])
  await l1.mine()
  await moment(1)
  l1.finalize(l1.head().block.number)
  for (let round = 0; round < 23; round++) await l1.mine()
  await moment(2)
  l1.finalize(l1.head().block.number)
  await l1.mine()
  await moment(1)
  await node.stop()
  return moments
}

async function dump(kv: Kv, but: readonly TableName[]): Promise<Map<string, string>> {
  const entries = new Map<string, string>()
  for await (const [key, value] of kv.entries({ gte: new Uint8Array(0), lt: Uint8Array.of(0xff) })) {
    if (but.some((table) => tables[table].prefix === key[0])) continue
    entries.set(bytesToHex(key), bytesToHex(value))
  }
  return entries
}

async function isWhole(kv: Kv): Promise<void> {
  assert.deepEqual((await verifyStore(kv)).findings, [])
}

/** Lives through all of it on a database that fails at one write, is started again, and ends as if it had not failed. */
async function survive<Node extends TestNode>(
  actor: Actor<Node>,
  mode: 'before' | 'after',
  but: readonly TableName[] = [],
): Promise<number> {
  const world = await createWorld()
  const moments = await history(world)
  let now = moments[0]!
  const l1 = {
    clock: world.clock,
    head: () => now.view.head(),
    at: (number: bigint) => now.view.at(number),
    raw: (number: bigint) => now.view.raw(number),
    finalized: () => now.view.finalized(),
  }
  const open = (kv: Kv) => actor.open({ ...world, l1, kv })

  const kv = createMemoryKv()
  const counted = createFaultKv(kv, { failAt: Number.POSITIVE_INFINITY, mode })
  const control = await open(counted)
  for (now of moments) await actor.act(control, now, world)
  const wanted = await dump(kv, but)
  const { safe, finalized } = control.chain.heads()
  assert.ok(safe.number > 5n && finalized.number > 3n)
  const writes = counted.batches()
  await control.stop()

  for (let failAt = 1; failAt <= writes; failAt++) {
    const disk = createMemoryKv()
    let died = 0
    const restart = async () => {
      died++
      if (disk.get(Uint8Array.of(0)) !== undefined) await isWhole(disk)
      return open(disk)
    }
    now = moments[0]!
    let node = await open(createFaultKv(disk, { failAt, mode })).catch(restart)
    for (now of moments) {
      const isAlive = await actor.act(node, now, world).then(
        () => true,
        () => false,
      )
      if (isAlive) continue
      await node.stop()
      node = await restart()
      await actor.act(node, now, world)
    }
    assert.equal(died, 1, `write ${failAt}`)
    await isWhole(disk)
    assert.deepEqual(await dump(disk, but), wanted, `write ${failAt}`)
    await node.stop()
  }
  await world.abandon()
  return writes
}

describe('a process that dies at any write', () => {
  for (const mode of ['before', 'after'] as const) {
    test(`a validator, ${mode} the write: started again it ends with the same database`, async () => {
      assert.ok((await survive(validator, mode)) > 20)
    })

    test(`a sequencer, ${mode} the write: started again it ends with the same database`, async () => {
      assert.ok((await survive(sequencer, mode)) > 20)
    })
  }
  test('one that takes blocks before L1 says them: started again it ends with the same database', async () => {
    // A commit record says where the labels were when the block was appended: sooner or later than without the death.
    assert.ok((await survive(follower, 'before', ['commit'])) > 30)
  })
})
