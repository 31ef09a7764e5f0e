import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NodeError } from '../../../core/errors.ts'
import { headerHash } from '../../../core/header.ts'
import type { ServedBlock } from '../../../core/ports/net.ts'
import { followLimits } from '../../../p2p/follow/limits.ts'
import { blockAt } from '../../../p2p/follow/serve.ts'
import { roles } from '../../rollup/spec.ts'
import { createWorld } from '../../rollup/world.ts'
import {
  blockOf,
  type FollowNodeOptions,
  gossip,
  gossiped,
  headOf,
  openFollowNode,
  type Peer,
  peerOf,
  signOf,
  storedPeer,
  tell,
  until,
} from './scene.ts'

/** A sequencer with so many blocks, and a node that has read L1. */
async function setup(blocks: number, options: FollowNodeOptions = {}) {
  const world = await createWorld()
  const sequencer = await world.openSequencer()
  await world.mineMany(3)
  const node = await openFollowNode(world, options)
  await node.sync()
  await sequencer.seal(blocks)
  const isLevel = () => headOf(node).hash === sequencer.chain.heads().unsafe.hash
  return { world, sequencer, node, isLevel }
}

type Scene = Awaited<ReturnType<typeof setup>>

async function end({ world, node }: Scene): Promise<void> {
  await node.stop()
  await world.finish()
}

describe('blocks asked of peers', () => {
  test('newcomers that promise much and give nothing hold up only one request while another peer gives', async () => {
    const scene = await setup(20)
    const { world, sequencer, node, isLevel } = scene
    node.net.peers.set('honest', peerOf(world, sequencer))
    tell(world, node, 'honest', sequencer)
    await until(world, isLevel, 'the head')
    for (let index = 0; index < 12; index++) {
      const liar = `liar${index}`
      node.net.peers.set(liar, async () => {
        await world.clock.sleep(8_000, new AbortController().signal)
        return undefined
      })
      tell(world, node, liar, sequencer, 1_000_000n)
    }
    await sequencer.seal(5)
    tell(world, node, 'honest', sequencer)
    await until(world, isLevel, 'what the honest peer has', 20)
    await end(scene)
  })

  test('a node that comes late catches up, tells how far it is, and serves what it got to the next', async () => {
    const scene = await setup(150)
    const { world, sequencer, node, isLevel } = scene
    let slowest = Promise.resolve()
    const honest = peerOf(world, sequencer)
    node.net.peers.set('anna', async (from, count) => {
      const blocks = await honest(from, count)
      slowest = world.clock.sleep(1_000, new AbortController().signal)
      await slowest
      return blocks
    })
    tell(world, node, 'anna', sequencer)
    await until(world, () => headOf(node).number > 0n, 'the first blocks')
    const progress = node.blocks.progress()
    assert.ok(progress !== undefined && progress.from === 0n && progress.highest === 150n)
    assert.ok(progress.current > 0n && progress.current <= 150n)
    await until(world, isLevel, 'the head')
    await until(world, () => node.blocks.progress() === undefined, 'nothing more to catch up', 1)
    assert.deepEqual(
      node.net.asked.map(({ from, count }) => [from, count]),
      [
        [1n, 128],
        [129n, 22],
      ],
    )
    assert.ok(node.lines.includes('caught up from peers'))
    // One that has it from peers gives it on, with the seals.
    const next = await openFollowNode(world)
    await next.sync()
    next.net.peers.set('berta', storedPeer(node))
    tell(world, next, 'berta', node)
    await until(world, () => headOf(next).number === 150n, 'the next one')
    assert.deepEqual(blockAt(next.kv, 140n), blockAt(node.kv, 140n))
    assert.deepEqual([...node.net.blamed, ...next.net.blamed, ...node.findings], [])
    await next.stop()
    await end(scene)
  })

  test('a block without its ancestors brings them all', async () => {
    const scene = await setup(37)
    const { world, sequencer, node, isLevel } = scene
    node.net.peers.set('anna', peerOf(world, sequencer))
    assert.deepEqual(await gossip(world, sequencer, node, [37n]), ['held'])
    await until(world, isLevel, 'the gap is filled', 2)
    await sequencer.seal(2)
    assert.deepEqual(await gossip(world, sequencer, node, [38n, 39n]), ['imported', 'imported'])
    assert.equal(node.blocks.stats().orphans, 0)
    await end(scene)
  })

  test('one block that is missing at the end comes too, later', async () => {
    const scene = await setup(2)
    const { world, sequencer, node, isLevel } = scene
    await gossip(world, sequencer, node, [1n])
    node.net.peers.set('anna', peerOf(world, sequencer))
    tell(world, node, 'anna', sequencer)
    await world.clock.advance(2_000)
    assert.deepEqual(node.net.asked, [], 'gossip has its time')
    await until(world, isLevel, 'the last block', 10)
    await end(scene)
  })

  test('are had from the honest one among those that give nothing, nonsense or what strangers sealed', async () => {
    const scene = await setup(150)
    const { world, sequencer, node, isLevel } = scene
    const stranger = signOf(roles.proposer)
    const honest = peerOf(world, sequencer)
    const swapped: Peer = async (from, count) => [...((await honest(from, count)) ?? [])].reverse()
    const bad: Record<string, Peer> = {
      silent: () => new Promise(() => {}),
      away: async () => undefined,
      empty: async () => [],
      swapped,
      stranger: peerOf(world, sequencer, async (block) => (await gossiped(world, block, { sign: stranger })).seal),
      unsealed: peerOf(world, sequencer, async () => undefined),
      hollow: async (from, count) =>
        (await honest(from, count))?.map(({ raw, ...block }): ServedBlock => ({ ...block, raw: raw.slice(0, -1) })),
    }
    for (const [name, peer] of Object.entries(bad)) {
      node.net.peers.set(name, peer)
      tell(world, node, name, sequencer, 2n ** 60n)
    }
    node.net.peers.set('anna', honest)
    tell(world, node, 'anna', sequencer)
    await until(world, isLevel, 'the head', 60)
    const blamed = new Map(node.net.blamed.map(({ peer, offence }) => [peer, offence]))
    for (const [peer, offence] of blamed)
      assert.equal(offence, peer === 'stranger' ? 'useless_answer' : 'malformed_answer')
    for (const peer of blamed.keys()) assert.ok(['swapped', 'stranger', 'hollow'].includes(peer), peer)
    assert.deepEqual(node.findings, [])
    await end(scene)
  })

  test('peers that claim much and give nothing are asked less and less', async () => {
    const scene = await setup(1)
    const { world, sequencer, node } = scene
    for (const peer of ['anna', 'berta']) {
      node.net.peers.set(peer, async () => [])
      tell(world, node, peer, sequencer, 2n ** 64n - 1n)
    }
    for (let minutes = 0; minutes < 60; minutes++) await world.clock.advance(60_000)
    const { length } = node.net.asked
    assert.ok(length >= 8 && length <= 30, `${length} requests in an hour`)
    // They are believed again once they are worth it.
    node.net.peers.set('anna', peerOf(world, sequencer))
    tell(world, node, 'anna', sequencer)
    await until(world, () => headOf(node).number === 1n, 'the block', 1_000)
    await end(scene)
  })

  test('one peer is not asked oftener than it answers', async () => {
    const scene = await setup(40)
    const { world, sequencer, node, isLevel } = scene
    const times: number[] = []
    const honest = peerOf(world, sequencer)
    node.net.peers.set('anna', async (from) => {
      times.push(world.clock.nowMs())
      return await honest(from, 4)
    })
    tell(world, node, 'anna', sequencer)
    await until(world, isLevel, 'the head')
    assert.equal(times.length, 10)
    for (const [index, ms] of times.slice(1).entries()) assert.ok(ms - times[index]! >= followLimits.spacingMs)
    await end(scene)
  })

  test('an invalid block among them is evidence, and a fault of the peer that gave it', async () => {
    const scene = await setup(5)
    const { world, sequencer, node } = scene
    const bad = { ...blockOf(sequencer, 3n) }
    const header = { ...bad.header, gasUsed: bad.header.gasUsed + 1n }
    const forged = await gossiped(world, { ...bad, header, hash: headerHash(header) })
    node.net.peers.set('anna', async (from, count) => {
      const blocks = (await peerOf(world, sequencer)(from, count))!
      return [...blocks.slice(0, 2), forged]
    })
    tell(world, node, 'anna', sequencer)
    await until(world, () => node.net.blamed.length > 0, 'the invalid block', 10)
    assert.deepEqual(node.net.blamed, [{ peer: 'anna', offence: 'invalid_block' }])
    assert.deepEqual(
      node.findings.map(({ kind }) => kind),
      ['invalid_block'],
    )
    assert.equal(headOf(node).number, 2n)
    await end(scene)
  })

  test('what has no seal is left to L1, and peers are followed again after it', async () => {
    const scene = await setup(10)
    const { world, sequencer, node, isLevel } = scene
    const half: Peer = peerOf(world, sequencer, async (block) =>
      block.header.number <= 5n ? undefined : (await gossiped(world, block)).seal,
    )
    node.net.peers.set('anna', half)
    tell(world, node, 'anna', sequencer)
    await world.clock.advance(30_000)
    assert.deepEqual([headOf(node).number, node.net.blamed.length], [0n, 0])
    world.post(world.batches(sequencer, 1n, 5n))
    await world.l1.mine()
    await node.sync()
    await until(world, isLevel, 'the rest', 5)
    await end(scene)
  })

  test('a node on a branch that L1 has dropped goes back to where it parts from its peers', async () => {
    const scene = await setup(3)
    const { world, sequencer, node, isLevel } = scene
    await gossip(world, sequencer, node, [1n, 2n, 3n])
    await world.l1.mine()
    await sequencer.sync()
    await world.l1.mine()
    await sequencer.sync()
    await sequencer.seal(20)
    node.net.peers.set('anna', peerOf(world, sequencer))
    tell(world, node, 'anna', sequencer)
    await until(world, isLevel, 'the first branch')
    await world.l1.reorg(2)
    await sequencer.sync()
    assert.equal(sequencer.chain.heads().unsafe.number, 3n)
    await sequencer.seal(30)
    assert.equal(headOf(node).number, 23n, 'derivation has not seen it')
    tell(world, node, 'anna', sequencer)
    await until(world, isLevel, 'the second branch')
    assert.deepEqual([...node.findings, ...node.net.blamed], [])
    await end(scene)
  })

  test('peers that go back and forth, or take their time for each block, do not keep it from the others', async () => {
    const scene = await setup(40)
    const { world, sequencer, node, isLevel } = scene
    const rival = await world.openSequencer()
    await rival.sync()
    rival.submit(world.transfer(1, 0n))
    await rival.seal(12)
    const [honest, other] = [peerOf(world, sequencer), peerOf(world, rival)]
    node.net.peers.set('anna', async (from) => {
      await world.clock.sleep(7_000, new AbortController().signal)
      return honest(from, 1)
    })
    tell(world, node, 'anna', sequencer)
    await until(world, () => headOf(node).number === 2n, 'the first blocks', 60)
    // Known blocks below the head, and those of another branch above it.
    node.net.peers.set('berta', async (from, count) => (from <= 2n ? honest(from, 1) : other(from, Math.min(count, 2))))
    tell(world, node, 'berta', sequencer)
    node.net.peers.set('clara', honest)
    tell(world, node, 'clara', sequencer)
    await until(world, isLevel, 'the head', 60)
    await rival.stop()
    await end(scene)
  })

  test('with catching up from L1 only small gaps are asked for', async () => {
    const scene = await setup(10, { catchUp: 'l1' })
    const { world, sequencer, node } = scene
    node.net.peers.set('anna', peerOf(world, sequencer))
    tell(world, node, 'anna', sequencer, followLimits.l1Gap + 1n)
    await world.clock.advance(20_000)
    assert.deepEqual(node.net.asked, [])
    tell(world, node, 'anna', sequencer, followLimits.l1Gap)
    await until(world, () => headOf(node).number === 10n, 'the gap')
    await end(scene)
  })

  test('a net that is away, or fails, is no trouble', async () => {
    const scene = await setup(5)
    const { world, sequencer, node, isLevel } = scene
    node.net.peers.set('anna', async () => {
      throw new NodeError({ code: 'net_restarting', severity: 'retry', message: 'the net starts again' })
    })
    tell(world, node, 'anna', sequencer)
    await world.clock.advance(10_000)
    node.net.peers.set('anna', peerOf(world, sequencer))
    await until(world, isLevel, 'the head', 120)
    node.blocks.gone('anna')
    await sequencer.seal(5)
    await world.clock.advance(60_000)
    assert.ok(node.net.asked.every(({ from }) => from <= 5n))
    await end(scene)
  })
})
