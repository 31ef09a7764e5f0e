import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { emptyTrieRoot } from '../../../core/account.ts'
import { type Block, encodeBlock } from '../../../core/block.ts'
import { type Header, headerHash } from '../../../core/header.ts'
import type { Hash } from '../../../core/hex.ts'
import { readSeal } from '../../../p2p/follow/seals.ts'
import { blockAt } from '../../../p2p/follow/serve.ts'
import { keyOf } from '../../../state/store/tables.ts'
import { roles } from '../../rollup/spec.ts'
import { createWorld, originOfBlock, type World, type WorldOptions } from '../../rollup/world.ts'
import {
  blockOf,
  type FollowNodeOptions,
  gossip,
  gossiped,
  headOf,
  openFollowNode,
  peerOf,
  signOf,
  tell,
  until,
} from './scene.ts'

/** A sequencer, and a node that follows it and has read L1. */
async function setup(options: FollowNodeOptions = {}, worldOptions: WorldOptions = {}) {
  const world = await createWorld(worldOptions)
  const sequencer = await world.openSequencer()
  await world.mineMany(3)
  const node = await openFollowNode(world, options)
  await node.sync()
  return { world, sequencer, node }
}

function altered({ header, transactions }: Block, changes: Partial<Header>): Block {
  const next = { ...header, ...changes }
  return { header: next, hash: headerHash(next), transactions }
}

/** Another sequencer at the same place: what it seals are siblings. */
async function rivalOf(world: World) {
  const rival = await world.openSequencer()
  await rival.sync()
  return rival
}

const wrong = `0x${'ab'.repeat(32)}` as Hash

describe('gossiped blocks', () => {
  test('are executed, stored with their seals, told of, and served as they were made', async () => {
    const { world, sequencer, node } = await setup()
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal(2)
    const before = node.changes.length
    assert.deepEqual(await gossip(world, sequencer, node, [1n, 2n]), ['imported', 'imported'])
    assert.deepEqual(headOf(node), sequencer.chain.heads().unsafe)
    assert.equal(node.changes.length, before + 2)
    for (const number of [1n, 2n]) {
      const block = blockOf(sequencer, number)
      const { seal } = await gossiped(world, block)
      assert.deepEqual(readSeal(node.kv, block.hash), seal)
      assert.deepEqual(blockAt(node.kv, number), { raw: encodeBlock(block), seal })
    }
    assert.equal(blockAt(node.kv, 0n)?.seal, undefined)
    assert.equal(blockAt(node.kv, 3n), undefined)
    assert.deepEqual(await gossip(world, sequencer, node, [1n, 2n]), ['known', 'known'])
    await node.stop()
    await world.finish()
  })

  test('are found again by L1, which executes none of them and keeps their seals', async () => {
    const { world, sequencer, node } = await setup()
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal(3)
    await gossip(world, sequencer, node, [1n, 2n, 3n])
    const appended = node.changes.length
    world.post(world.batches(sequencer, 1n, 3n))
    await world.mine()
    await node.sync()
    assert.deepEqual(node.chain.heads().safe, sequencer.chain.heads().unsafe)
    assert.ok(node.changes.slice(appended).every(({ dropped }) => dropped.length === 0))
    assert.ok(readSeal(node.kv, headOf(node).hash))
    assert.deepEqual(node.findings, [])
    await node.stop()
    await world.finish()
  })

  test('wait for their parents, in whatever order they come', async () => {
    const { world, sequencer, node } = await setup()
    await sequencer.seal(5)
    assert.deepEqual(await gossip(world, sequencer, node, [4n, 2n, 5n, 3n]), ['held', 'held', 'held', 'held'])
    assert.equal(node.blocks.stats().orphans, 4)
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['imported'])
    await until(world, () => headOf(node).number === 5n, 'those that waited', 1)
    assert.deepEqual(node.blocks.stats(), { orphans: 0, orphanBytes: 0, pausedAt: undefined })
    assert.deepEqual(node.net.asked, [], 'nothing was missing')
    await node.stop()
    await world.finish()
  })

  test('wait for L1 where it is not as far as that of the sequencer, or does not answer', async () => {
    const { world, sequencer, node } = await setup()
    await world.mineMany(4)
    await sequencer.seal(2)
    node.faults.lag = 4n
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['held'])
    node.faults.down = true
    assert.deepEqual(await gossip(world, sequencer, node, [1n, 2n]), ['held', 'held'])
    await until(world, () => node.lines.includes('blocks of peers wait for L1'), 'a line about it', 3)
    node.faults.down = false
    node.faults.lag = 0n
    await until(world, () => headOf(node).number === 2n, 'L1 has come', 3)
    assert.ok(node.l1.tip().block.number < world.l1.head().block.number, 'before derivation is there')
    await node.stop()
    await world.finish()
  })

  test('of an origin that derivation has not reached survive a restart and become safe', async () => {
    const { world, sequencer, node } = await setup()
    await world.mineMany(4)
    await sequencer.seal(2)
    await gossip(world, sequencer, node, [1n, 2n])
    await node.stop()
    const again = await openFollowNode(world, { kv: node.kv })
    assert.equal(headOf(again).number, 2n)
    await again.sync()
    assert.deepEqual(headOf(again), sequencer.chain.heads().unsafe)
    await again.stop()
    await world.finish()
  })

  test('of a node that makes the blocks itself are not looked at', async () => {
    const { world, sequencer, node } = await setup({ isSequencer: true })
    await sequencer.seal(1)
    assert.deepEqual(await gossip(world, sequencer, node, [1n, 0n]), ['useless', 'known'])
    await node.stop()
    await world.finish()
  })
})

describe('blocks that break a rule', () => {
  test('are refused once and for all, with what came after them, and are evidence', async () => {
    const { world, sequencer, node } = await setup()
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal(2)
    const bad = altered(blockOf(sequencer, 1n), { stateRoot: wrong })
    const child = altered(blockOf(sequencer, 2n), { parentHash: bad.hash })
    const { blocks, chain, findings } = node
    assert.equal(await blocks.block(await gossiped(world, child)), 'held')
    assert.equal(await blocks.block(await gossiped(world, bad)), 'invalid')
    assert.equal(await blocks.block(await gossiped(world, bad)), 'invalid')
    assert.equal(await blocks.block(await gossiped(world, child)), 'invalid')
    assert.equal(findings.length, 1)
    const finding = findings[0]!
    assert.ok(finding.kind === 'invalid_block' && finding.reject.reject === 'state_root')
    assert.equal(finding.block.hash, bad.hash)
    assert.equal(chain.heads().unsafe.number, 0n)
    await until(world, () => blocks.stats().orphans === 0, 'the child waits no more', 2)
    assert.deepEqual(await gossip(world, sequencer, node, [1n, 2n]), ['imported', 'imported'])
    await node.stop()
    await world.finish()
  })

  test('that are another body behind a sealed header do the block itself no harm', async () => {
    const { world, sequencer, node } = await setup()
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal(1)
    const block = blockOf(sequencer, 1n)
    const other = { ...block, transactions: block.transactions.slice(0, 1) }
    assert.equal(await node.blocks.block(await gossiped(world, other)), 'useless')
    assert.deepEqual(node.findings, [])
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['imported'])
    await node.stop()
    await world.finish()
  })

  test('without L1 attributes, or of an origin that they cannot have', async () => {
    const { world, sequencer, node } = await setup()
    await sequencer.seal(1)
    const block = blockOf(sequencer, 1n)
    const empty: Block = { ...altered(block, { transactionsRoot: emptyTrieRoot }), transactions: [] }
    assert.equal(await node.blocks.block(await gossiped(world, empty)), 'invalid')
    assert.equal(node.findings.length, 1)
    await world.mineMany(2)
    await sequencer.seal(2)
    await node.sync()
    assert.deepEqual(await gossip(world, sequencer, node, [1n, 2n]), ['imported', 'imported'])
    assert.ok(originOfBlock(sequencer, 2n) > originOfBlock(sequencer, 1n))
    const back = altered(block, { parentHash: headOf(node).hash, number: 3n })
    assert.equal(await node.blocks.block(await gossiped(world, back)), 'invalid')
    assert.equal(node.findings.length, 1, 'without L1 inputs there is no evidence')
    await node.stop()
    await world.finish()
  })

  test('are of no use, and nobody is told, if their seal is not of one who may seal them', async () => {
    const { world, sequencer, node } = await setup()
    await sequencer.seal(2)
    const sign = signOf(roles.proposer)
    const good = await gossiped(world, blockOf(sequencer, 1n), { sign })
    const bad = await gossiped(world, altered(blockOf(sequencer, 1n), { stateRoot: wrong }), { sign })
    assert.equal(await node.blocks.block(good), 'useless')
    assert.equal(await node.blocks.block(bad), 'useless')
    assert.deepEqual([headOf(node).number, node.findings.length], [0n, 0])
    await node.stop()
    await world.finish()
  })

  test("the signer at a block's origin may seal it, and the newest one", async () => {
    const { world, sequencer, node } = await setup()
    await sequencer.seal(1)
    world.configure({ unsafeSigner: roles.proposer.address })
    await world.mineMany(3)
    await node.sync()
    await sequencer.seal(2)
    const [older, newer] = [roles.signer, roles.proposer].map(signOf)
    const offer = async (number: bigint, sign = newer) =>
      node.blocks.block(await gossiped(world, blockOf(sequencer, number), { ...(sign && { sign }) }))
    assert.equal(await offer(1n, older), 'imported', 'before the change')
    assert.equal(await offer(2n, older), 'useless', 'after it')
    assert.equal(await offer(2n), 'imported')
    await node.chain.rewind(0n)
    assert.equal(await offer(1n), 'imported', 'the newest signer')
    await node.stop()
    await world.finish()
  })
})

describe('two blocks of the sequencer at one height', () => {
  test('stop following until L1 has decided; L1 is followed all the time', async () => {
    const { world, sequencer, node } = await setup()
    const rival = await rivalOf(world)
    rival.submit(world.transfer(1, 0n))
    await rival.seal(1)
    sequencer.submit(world.transfer(2, 0n))
    await sequencer.seal(4)
    assert.deepEqual(await gossip(world, rival, node, [1n]), ['imported'])
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['equivocation'])
    const finding = node.findings[0]!
    assert.ok(finding.kind === 'equivocation')
    assert.deepEqual([finding.first.hash, finding.second.hash], [headOf(node).hash, blockOf(sequencer, 1n).hash])
    assert.equal(node.blocks.stats().pausedAt, 1n)
    // Neither branch is followed, nor asked for.
    await rival.seal(1)
    assert.deepEqual(await gossip(world, rival, node, [2n]), ['held'])
    node.net.peers.set('anna', peerOf(world, sequencer))
    tell(world, node, 'anna', sequencer)
    await world.clock.advance(10_000)
    assert.deepEqual([headOf(node).number, node.net.asked.length], [1n, 0])
    // L1 decides for the other one.
    world.post(world.batches(sequencer, 1n, 1n))
    await world.l1.mine()
    await node.sync()
    assert.equal(node.blocks.stats().pausedAt, undefined)
    assert.equal(node.chain.heads().safe.hash, blockOf(sequencer, 1n).hash)
    await until(world, () => headOf(node).hash === sequencer.chain.heads().unsafe.hash, 'peers are followed again')
    assert.deepEqual(
      node.findings.map(({ kind }) => kind),
      ['equivocation', 'block_not_derived'],
    )
    await rival.stop()
    await node.stop()
    await sequencer.sync()
    await world.finish()
  })

  test('of which one is safe are evidence and stop nothing', async () => {
    const { world, sequencer, node } = await setup()
    const rival = await rivalOf(world)
    rival.submit(world.transfer(1, 0n))
    await rival.seal(1)
    await sequencer.seal(2)
    await gossip(world, sequencer, node, [1n])
    world.post(world.batches(sequencer, 1n, 1n))
    await world.l1.mine()
    await node.sync()
    assert.deepEqual(await gossip(world, rival, node, [1n]), ['equivocation'])
    assert.deepEqual(
      node.findings.map(({ kind }) => kind),
      ['equivocation'],
    )
    assert.deepEqual(await gossip(world, sequencer, node, [2n]), ['imported'])
    await rival.stop()
    await node.stop()
    await world.finish()
  })

  test('of two signers, one after the other, are no evidence against either', async () => {
    const { world, sequencer, node } = await setup()
    const rival = await rivalOf(world)
    rival.submit(world.transfer(1, 0n))
    await rival.seal(1)
    await sequencer.seal(1)
    world.configure({ unsafeSigner: roles.proposer.address })
    await world.l1.mine()
    await node.sync()
    assert.deepEqual(await gossip(world, rival, node, [1n]), ['imported'])
    const second = await gossiped(world, blockOf(sequencer, 1n), { sign: signOf(roles.proposer) })
    assert.equal(await node.blocks.block(second), 'useless')
    assert.deepEqual([node.findings, node.blocks.stats().pausedAt], [[], undefined])
    await rival.stop()
    await node.stop()
    await world.finish()
  })

  test('of different origins are no evidence: the first stays', async () => {
    const { world, sequencer, node } = await setup()
    const rival = await rivalOf(world)
    rival.submit(world.transfer(1, 0n))
    await rival.seal(1)
    await world.l1.mine()
    await sequencer.sync()
    await sequencer.seal(2)
    await gossip(world, rival, node, [1n])
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['useless'])
    assert.equal(headOf(node).hash, rival.chain.heads().unsafe.hash)
    assert.deepEqual([node.findings, node.blocks.stats().pausedAt], [[], undefined])
    await rival.stop()
    await node.stop()
    await world.finish()
  })
})

describe('L1 and gossip', () => {
  test('what L1 says in place of a sealed block is followed, and evidence if its parent and origin are equal', async () => {
    const { world, sequencer, node } = await setup()
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal(3)
    await gossip(world, sequencer, node, [1n, 2n, 3n])
    const gone = [3n, 2n, 1n].map((number) => ({ number, hash: blockOf(sequencer, number).hash }))
    const [batch] = world.batches(sequencer, 1n, 1n)
    world.post([{ ...batch!, txs: [] }])
    await world.mine()
    await node.sync()
    await world.clock.advance(500)
    assert.deepEqual(
      node.changes.flatMap(({ dropped }) => dropped),
      gone,
    )
    assert.equal(node.changes.flatMap(({ droppedTxs }) => droppedTxs).length, 1)
    assert.deepEqual(node.chain.heads().safe, sequencer.chain.heads().safe)
    assert.equal(node.findings.length, 1, 'the others have another parent')
    const finding = node.findings[0]!
    assert.ok(finding.kind === 'block_not_derived' && finding.block.hash === gone[2]!.hash)
    const { number, hash } = world.l1.head().block
    assert.deepEqual(finding.derived.l1Block, { number, hash })
    // Gossip goes on from there.
    await sequencer.seal(1)
    assert.deepEqual(await gossip(world, sequencer, node, [2n]), ['imported'])
    await node.stop()
    await world.finish()
  })

  test('a sealed block that comes after L1 has said otherwise is evidence too', async () => {
    const { world, sequencer, node } = await setup()
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal(1)
    const late = await gossiped(world, blockOf(sequencer, 1n))
    const [batch] = world.batches(sequencer, 1n, 1n)
    world.post([{ ...batch!, txs: [] }])
    await world.mine()
    await node.sync()
    assert.equal(await node.blocks.block(late), 'useless')
    assert.deepEqual(
      node.findings.map(({ kind }) => kind),
      ['block_not_derived'],
    )
    await node.stop()
    await world.finish()
  })

  test('a block whose origin L1 has dropped gives way to its sibling before derivation gets there', async () => {
    const { world, sequencer, node } = await setup()
    await world.l1.mine()
    await sequencer.sync()
    await world.l1.mine()
    await sequencer.sync()
    await sequencer.seal(2)
    assert.deepEqual(await gossip(world, sequencer, node, [1n, 2n]), ['imported', 'imported'])
    const dead = headOf(node)
    await world.l1.reorg(2)
    await sequencer.sync()
    assert.equal(sequencer.chain.heads().unsafe.number, 0n, 'the sequencer starts again')
    await sequencer.seal(1)
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['imported'])
    assert.deepEqual(headOf(node), sequencer.chain.heads().unsafe)
    assert.notEqual(headOf(node).hash, dead.hash)
    assert.deepEqual(
      node.changes.at(-1)?.dropped.map(({ number }) => number),
      [2n, 1n],
    )
    await node.sync()
    assert.deepEqual(headOf(node), sequencer.chain.heads().unsafe)
    assert.deepEqual(node.findings, [])
    await node.stop()
    await world.finish()
  })

  test('a block without a seal that is safe no more gives way to a sealed one', async () => {
    const { world, sequencer, node } = await setup()
    const rival = await rivalOf(world)
    rival.submit(world.transfer(1, 0n))
    await rival.seal(1)
    world.post(world.batches(rival, 1n, 1n))
    await world.l1.mine()
    await node.sync()
    assert.equal(node.chain.heads().safe.number, 1n)
    await world.l1.reorg(1)
    await node.sync()
    assert.deepEqual([headOf(node).number, node.chain.heads().safe.number], [1n, 0n])
    await sequencer.seal(1)
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['imported'])
    assert.deepEqual(headOf(node), sequencer.chain.heads().unsafe)
    await rival.stop()
    await node.stop()
    await world.finish()
  })

  test('a fork of L1 that is folded between the first question and the import is seen', async () => {
    const { world, sequencer, node } = await setup()
    await world.l1.mine()
    await sequencer.sync()
    await sequencer.seal(1)
    await node.sync()
    let release = () => {}
    const held = node.writer.exclusive(() => new Promise<void>((resolve) => (release = resolve)))
    await world.l1.reorg(3)
    const step = node.l1.step()
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
    // The follower waits for its turn: for the view of L1 the block's origin is still there.
    const code = gossip(world, sequencer, node, [1n])
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
    release()
    await held
    assert.equal(await step, 'reorged')
    assert.deepEqual(await code, ['held'])
    await node.sync()
    assert.equal(headOf(node).number, 0n, 'nothing of the dead fork is in the chain')
    await node.stop()
    await world.finish()
  })

  test('a failed write ends the follower, and the block is no fault of the peer', async () => {
    const { world, sequencer, node } = await setup()
    await sequencer.seal(1)
    const key = keyOf('header', 0n, node.chain.heads().unsafe.hash)
    await node.kv.batch([{ type: 'del', key }], { sync: true })
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['held'])
    await assert.rejects(node.running, { code: 'entry_missing' })
    assert.deepEqual(await gossip(world, sequencer, node, [1n]), ['held'])
    await world.abandon()
  })

  test('a node that stops has imported what it began with, and takes nothing more', async () => {
    const { world, sequencer, node } = await setup()
    await sequencer.seal(2)
    const first = gossip(world, sequencer, node, [1n])
    for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate)
    await node.stop()
    assert.ok(['imported', 'held'].includes((await first)[0]!))
    assert.deepEqual(await gossip(world, sequencer, node, [2n]), ['held'])
    const again = await openFollowNode(world, { kv: node.kv })
    assert.ok(headOf(again).number <= 1n)
    await again.stop()
    await world.finish()
  })
})
