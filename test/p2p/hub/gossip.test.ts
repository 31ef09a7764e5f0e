import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Block } from '../../../core/block.ts'
import { type Hash, hexToBytes } from '../../../core/hex.ts'
import type { BlockCode } from '../../../core/ports/net.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { encodeEnvelope } from '../../../p2p/wire/envelope.ts'
import { sealBlock } from '../../../p2p/wire/sealBlock.ts'
import {
  chainId,
  chainOf,
  createHubWorld,
  type HubWorld,
  messageOf,
  type RawPeer,
  signer,
  type TestHub,
  viewAt,
} from './hubs.ts'

/** A hub with raw peers connected to it. */
async function hubWith(world: HubWorld, names: readonly string[], options: Parameters<HubWorld['start']>[1] = {}) {
  const hub: TestHub = await world.start('hub', options)
  const raws: RawPeer[] = []
  for (const name of names) {
    const raw = await world.startRaw(name)
    await world.settle(raw.transport.dial(world.net.addressOf('hub')))
    raws.push(raw)
  }
  return { hub, raws }
}

const peerOf = async ({ net }: TestHub, id: string) => (await net.peers()).find((peer) => peer.id === id)

test('a block goes on from hub to hub once each has taken it, and no further than the one that has not', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  const [one, two] = chainOf(2)
  const a = await world.start('a')
  const heard: bigint[] = []
  const code = (number: bigint): BlockCode => (number === 1n ? 'imported' : 'held')
  const b = await world.start('b', {
    persistent: [net.addressOf('a')],
    listener: {
      block: async ({ number }) => {
        heard.push(number)
        return code(number)
      },
      tx: async () => 'accepted',
      attestation: async () => 'counted',
      status: () => {},
      gone: () => {},
    },
  })
  const c = await world.start('c', { persistent: [net.addressOf('b')] })
  await clock.advance(1_000)
  assert.deepEqual(net.connections(), ['a b', 'b c'])
  for (const block of [one!, two!]) a.net.publish('blocks', await messageOf(block))
  await clock.advance(100)
  assert.deepEqual(heard, [1n, 2n])
  assert.deepEqual(
    c.heard.blocks.map(({ number, peer }) => ({ number, peer })),
    [{ number: 1n, peer: 'b' }],
  )
  assert.deepEqual((await peerOf(b, 'a'))?.messages, { accepted: 1, ignored: 1, rejected: 0 })
  await world.close()
})

test('what a peer passes on raises its score, what is invalid costs it what the table says, and in the end a ban', async () => {
  const world = createHubWorld()
  const { hub, raws } = await hubWith(world, ['raw'])
  const [raw] = raws
  raw!.transport.publish('blocks', await messageOf(chainOf(1)[0]!))
  await world.clock.advance(20)
  assert.equal((await peerOf(hub, 'raw'))?.score, 0.5)
  for (let index = 0; index < 4; index++) {
    raw!.transport.publish('txs', Uint8Array.of(index))
    await world.clock.advance(20)
  }
  assert.deepEqual((await peerOf(hub, 'raw'))?.messages, { accepted: 1, ignored: 0, rejected: 4 })
  assert.deepEqual(raw!.lost, [])
  raw!.transport.publish('txs', Uint8Array.of(9))
  await world.clock.advance(20)
  assert.deepEqual(raw!.lost, ['hub'])
  assert.deepEqual(hub.heard.gone, ['raw'])
  assert.deepEqual(hub.heard.logs.filter(({ text }) => text === 'peer banned').length, 1)
  assert.equal((await hub.net.info()).banned, 1)
  await assert.rejects(world.settle(raw!.transport.dial(world.net.addressOf('hub'))), { code: 'peer_unreachable' })
  await world.clock.advance(3_600_000)
  assert.equal(await world.settle(raw!.transport.dial(world.net.addressOf('hub'))), 'hub')
  await world.close()
})

test('the chain thread has peers banned too', async () => {
  const world = createHubWorld()
  const { hub, raws } = await hubWith(world, ['raw'])
  hub.net.blame('raw', 'invalid_block')
  assert.equal((await peerOf(hub, 'raw'))?.score, -50)
  hub.net.blame('raw', 'contradicts_l1')
  assert.deepEqual(raws[0]!.lost, ['hub'])
  await world.close()
})

test('a persistent peer loses in score but is not banned', async () => {
  const world = createHubWorld()
  const { hub, raws } = await hubWith(world, ['raw'], { persistent: [world.net.addressOf('raw')] })
  for (let index = 0; index < 10; index++) hub.net.blame('raw', 'malformed_answer')
  assert.equal((await peerOf(hub, 'raw'))?.score, -200)
  assert.deepEqual([raws[0]!.lost, (await hub.net.info()).banned], [[], 0])
  await world.close()
})

test('three bans at one public address disconnect everybody there and keep the address out', async () => {
  const world = createHubWorld()
  const hub = await world.start('hub')
  const ids = ['p1', 'p2', 'p3', 'p4']
  const raws = await Promise.all(ids.map((id) => world.startRaw(id, {}, '203.0.113.5')))
  for (const raw of raws) await world.settle(raw.transport.dial(world.net.addressOf('hub')))
  for (const id of ids.slice(0, 3)) for (let times = 0; times < 2; times++) hub.net.blame(id, 'invalid_block')
  assert.deepEqual(
    raws.map(({ lost }) => lost),
    ids.map(() => ['hub']),
  )
  const fresh = await world.startRaw('fresh', {}, '203.0.113.5')
  await assert.rejects(world.settle(fresh.transport.dial(world.net.addressOf('hub'))), { code: 'peer_unreachable' })
  await world.close()
})

test('beyond its rate a peer is ignored without harm, a flood gets it banned', async () => {
  const world = createHubWorld()
  const { hub, raws } = await hubWith(world, ['busy', 'mad'])
  const [busy, mad] = raws
  hub.net.blame('busy', 'useless_answer')
  // Attestations of a chain without a registry are ignored by the gate: only the rate is at work.
  let sent = 0
  const attest = (raw: RawPeer, count: number) => {
    for (let index = 0; index < count; index++) {
      raw.transport.publish('attestations', Uint8Array.of(++sent >> 8, sent & 255))
    }
  }
  attest(busy!, 1_000)
  const blocks = await Promise.all(chainOf(40).map(messageOf))
  for (const block of blocks) busy!.transport.publish('blocks', block)
  await world.clock.advance(20)
  assert.equal(hub.heard.blocks.length, 32)
  assert.deepEqual((await peerOf(hub, 'busy'))?.messages, { accepted: 32, ignored: 1_008, rejected: 0 })
  assert.deepEqual((await peerOf(hub, 'busy'))?.score, 11)
  attest(mad!, 1_024 + 110)
  await world.clock.advance(20)
  assert.deepEqual([busy!.lost, mad!.lost], [[], ['hub']])
  await world.close()
})

test('twenty peers that send ten thousand invalid messages a second are banned, and blocks arrive meanwhile', async () => {
  const world = createHubWorld(6)
  const { net, clock } = world
  const hub = await world.start('hub')
  const attackers: RawPeer[] = []
  for (let index = 0; index < 20; index++) attackers.push(await world.startRaw(`attacker${index}`))
  const honest = await world.startRaw('honest')
  for (const raw of [...attackers, honest]) await world.settle(raw.transport.dial(net.addressOf('hub')))
  const messages = await Promise.all(chainOf(5).map(messageOf))
  const topics = ['blocks', 'txs', 'attestations'] as const
  let nonce = 0
  const banned: number[] = []
  for (const [second, message] of messages.entries()) {
    for (const raw of attackers) {
      for (let index = 0; index < 500; index++) {
        const data = new Uint8Array(200).fill(index)
        new DataView(data.buffer).setUint32(0, nonce++)
        raw.transport.publish(topics[nonce % 3]!, data)
      }
    }
    honest.transport.publish('blocks', message)
    await clock.advance(1_000)
    assert.equal(hub.heard.blocks.length, second + 1)
    banned.push((await hub.net.info()).banned)
  }
  assert.equal(banned[0], 20)
  assert.deepEqual(
    (await hub.net.peers()).map(({ id }) => id),
    ['honest'],
  )
  await world.close()
})

test('what many strangers send at no cost to them keeps no block of another peer away', async () => {
  const world = createHubWorld(7)
  const { net, clock } = world
  const hub = await world.start('hub')
  const strangers: RawPeer[] = []
  for (let index = 0; index < 44; index++) strangers.push(await world.startRaw(`stranger${index}`))
  const honest = await world.startRaw('honest')
  for (const raw of [...strangers, honest]) await world.settle(raw.transport.dial(net.addressOf('hub')))
  const blocks = chainOf(20)
  const { parentHash, hash } = { parentHash: blocks[0]!.header.parentHash, hash: blocks[0]!.hash }
  const signature = { r: 1n, s: 1n, yParity: 0 } as const
  let nonce = 0n
  for (const block of blocks) {
    for (const raw of strangers) {
      for (let index = 0; index < 12; index++) {
        // A number that is final: ignored, and nobody knows that it was not honest.
        const old = { epoch: nonce++, number: 0n, parentHash, hash, signature, compressed: Uint8Array.of(1) }
        raw.transport.publish('blocks', encodeEnvelope(old))
      }
    }
    honest.transport.publish('blocks', await messageOf(block))
    await clock.advance(1_000)
  }
  assert.equal((await hub.net.info()).banned, 0)
  assert.equal(hub.heard.blocks.length, 20)
  await world.close()
})

const nextKey = new Uint8Array(32).fill(9)
const nextSigner = privateKeyToAddress(nextKey)

/** The gossiped form of a block, sealed by a key that the hub was not told of. */
async function sealedByNext(block: Block): Promise<Uint8Array> {
  const seal = { address: nextSigner, sign: async (digest: Hash) => sign(hexToBytes(digest), nextKey) }
  return (await sealBlock({ chainId, epoch: 0n, block, sign: seal })).message
}

test('a signer that peers have heard of from L1 a little earlier costs them nothing', async () => {
  const world = createHubWorld()
  const { hub, raws } = await hubWith(world, ['raw'])
  const blocks = chainOf(30)
  for (const block of blocks.slice(0, 24)) {
    raws[0]!.transport.publish('blocks', await sealedByNext(block))
    await world.clock.advance(1_000)
  }
  assert.deepEqual((await peerOf(hub, 'raw'))?.messages, { accepted: 0, ignored: 24, rejected: 0 })
  hub.net.tell({ ...viewAt(0n), signers: [nextSigner, signer.address] })
  raws[0]!.transport.publish('blocks', await sealedByNext(blocks[24]!))
  await world.clock.advance(300_000)
  assert.deepEqual(
    hub.heard.blocks.map(({ number }) => number),
    [25n],
  )
  assert.ok((await peerOf(hub, 'raw'))!.score > 0)
  await world.close()
})

test('a signer that L1 does not name within two minutes costs those who passed its blocks on', async () => {
  const world = createHubWorld()
  const { hub, raws } = await hubWith(world, ['raw', 'other'])
  const blocks = chainOf(4)
  for (const block of blocks) raws[0]!.transport.publish('blocks', await sealedByNext(block))
  await world.clock.advance(119_000)
  assert.deepEqual([(await peerOf(hub, 'raw'))?.score, raws[0]!.lost], [0, []])
  await world.clock.advance(3_000)
  assert.deepEqual([raws[0]!.lost, raws[1]!.lost], [['hub'], []])
  assert.deepEqual(hub.heard.blocks, [])
  await world.close()
})

test('who sends blocks of no signer without end is banned before the two minutes are over', async () => {
  const world = createHubWorld()
  const { raws } = await hubWith(world, ['raw'])
  const blocks = chainOf(400)
  let sent = 0
  for (; raws[0]!.lost.length === 0 && sent < blocks.length; sent++) {
    raws[0]!.transport.publish('blocks', await sealedByNext(blocks[sent]!))
    await world.clock.advance(125)
  }
  assert.ok(sent < 300, `${sent} were looked at`)
  await world.close()
})
