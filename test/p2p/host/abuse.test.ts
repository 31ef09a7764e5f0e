import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Stream } from '@libp2p/interface'
import { maxMessageBytes } from '../../../p2p/transport.ts'
import { connect, startHost, type TestHost, testProtocol, testTopic, until } from './hosts.ts'
import { encodePrefixed, frameOf, openGossip, startRawPeer } from './rawPeer.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const ids = (count: number): Uint8Array[] =>
  Array.from({ length: count }, () => crypto.getRandomValues(new Uint8Array(20)))
const blocks = testTopic('blocks')

/** An honest peer's message arrives in less than a second. */
async function passes(from: TestHost, to: TestHost, text: string): Promise<void> {
  const start = performance.now()
  from.transport.publish('blocks', bytes(text))
  const isIt = ({ data }: { readonly data: Uint8Array }): boolean => new TextDecoder().decode(data) === text
  await until('the honest message', () => to.received.some(isIt))
  const ms = performance.now() - start
  assert.ok(ms < 1_000, `${Math.round(ms)} ms`)
}

async function startPair(t: TestContext, options: Parameters<typeof startHost>[2] = {}): Promise<[TestHost, TestHost]> {
  const [target, honest] = await Promise.all([startHost(t, {}, options), startHost(t)])
  await connect(honest, target)
  return [target, honest]
}

describe('abuse of a host', { timeout: 90_000 }, () => {
  test('10,000 invalid messages: a valid one passes in less than a second, spammers are not listened to', async (t) => {
    let judged = 0
    const target = await startHost(t, {
      message: async (_peer, _topic, data) => {
        if (data[0] !== 255) return 'accept'
        judged++
        return 'reject'
      },
    })
    const honest = await startHost(t)
    await connect(honest, target)
    const spammers = await Promise.all(Array.from({ length: 5 }, async () => openGossip(await startRawPeer(t), target)))
    for (let round = 0; round < 100; round++) {
      for (const { send } of spammers) {
        const messages = Array.from({ length: 20 }, () => ({ topic: blocks, data: Uint8Array.of(255, ...ids(1)[0]!) }))
        send(frameOf({ messages }))
      }
      if (round === 50) await passes(honest, target, 'in the middle')
    }
    await passes(honest, target, 'after it')
    // Scores are looked at twice a second, and good peers' only once.
    await sleep(1_100)
    const before = judged
    for (const [i, { send }] of spammers.entries()) {
      send(frameOf({ messages: [{ topic: blocks, data: Uint8Array.of(255, i) }] }))
    }
    await sleep(300)
    assert.equal(judged, before, 'nobody listens to them any more')
    assert.ok(judged <= 10_000 && judged >= 100)
  })

  test('floods of control messages cost others nothing and stay out of memory', async (t) => {
    const [target, honest] = await startPair(t)
    const raw = await startRawPeer(t)
    const { send } = await openGossip(raw, target)
    send(frameOf({ subscriptions: [blocks, testTopic('txs')] }))
    globalThis.gc?.()
    const heapBefore = process.memoryUsage().heapUsed
    for (let round = 0; round < 20; round++) {
      // Beyond what is decoded, and just within it.
      for (const count of [5_000, 500]) {
        send(frameOf({ control: { ihave: [{ topicID: blocks, messageIDs: ids(count) }] } }))
        send(frameOf({ control: { iwant: [{ messageIDs: ids(count) }] } }))
        send(frameOf({ control: { idontwant: [{ messageIDs: ids(Math.min(count, 128)) }] } }))
      }
      const topics = Array.from({ length: 5_000 }, (_, i) => `topic ${round} ${i}`)
      send(frameOf({ subscriptions: topics }))
      for (let i = 0; i < 300; i++) send(frameOf({ subscriptions: topics.slice(i * 16, i * 16 + 16) }))
      send(frameOf({ control: { graft: Array.from({ length: 60 }, () => ({ topicID: blocks })) } }))
      send(frameOf({ control: { graft: topics.slice(0, 60).map((topicID) => ({ topicID })) } }))
      const peers = ids(5_000).map((peerID) => ({ peerID }))
      send(frameOf({ control: { prune: [{ topicID: blocks, peers, backoff: 1 }] } }))
      send(
        frameOf({
          control: { prune: [{ topicID: blocks, peers: peers.slice(0, 16), backoff: Number.MAX_SAFE_INTEGER }] },
        }),
      )
      send(frameOf({ messages: [{ topic: topics[0]!, data: bytes('of no topic') }] }))
      send(crypto.getRandomValues(new Uint8Array(200)))
      await sleep(1)
    }
    await passes(honest, target, 'after it')
    await passes(target, honest, 'the other way')
    assert.deepEqual(
      target.received.map(({ topic }) => topic).filter((topic) => topic !== 'blocks'),
      [],
    )
    assert.equal(target.connected.length, 2, 'no peer was dialled on hearsay')
    globalThis.gc?.()
    const grown = process.memoryUsage().heapUsed - heapBefore
    assert.ok(grown < 128 << 20, `${grown >> 20} MiB`)
  })

  test('a frame that is too long ends its channel, and soon the connection', async (t) => {
    const [target, honest] = await startPair(t, { limits: { withoutGossipMs: 1_000 } })
    const lengths = [maxMessageBytes + 1, 2 ** 31, 2 ** 52]
    await Promise.all(
      lengths.map(async (length) => {
        const raw = await startRawPeer(t)
        const { stream } = await openGossip(raw, target)
        await sleep(300)
        stream.send(encodePrefixed(new Uint8Array(10), length))
        await until('it is gone', () => target.gone.includes(raw.id))
      }),
    )
    await passes(honest, target, 'still here')
    assert.equal(target.gone.includes(honest.transport.self), false)
  })

  test('a peer without gossip is gone after a while', async (t) => {
    const [target, honest] = await startPair(t, { limits: { withoutGossipMs: 500 } })
    const raw = await startRawPeer(t)
    await raw.dial(target)
    await until('it is gone', () => target.gone.includes(raw.id))
    await sleep(1_500)
    assert.deepEqual(target.gone, [raw.id])
    await passes(honest, target, 'still here')
  })

  test('a peer that falls silent is gone within ten seconds', async (t) => {
    const [target, honest] = await startPair(t, { limits: { pingMs: 1_000 } })
    const raw = await startRawPeer(t)
    await openGossip(raw, target)
    const [connection] = raw.node.getConnections()
    socketOf(connection!).pause()
    const start = performance.now()
    await until('it is gone', () => target.gone.includes(raw.id), 10_000)
    assert.ok(performance.now() - start < 10_000)
    assert.deepEqual(target.gone, [raw.id])
    await passes(honest, target, 'still here')
  })

  test('streams that say nothing are few and reset in time', async (t) => {
    const [target, honest] = await startPair(t, { limits: { negotiateMs: 700, readMs: 700 } })
    const raw = await startRawPeer(t)
    const connection = await raw.dial(target)
    await sleep(200)
    const streams: Stream[] = []
    for (let i = 0; i < 1_000; i++) streams.push(await muxerOf(connection).createStream())
    const open = (): number => streams.filter(({ status }) => status === 'open').length
    await until('those beyond the limit are reset', () => open() <= 64)
    await until('all are reset', () => open() === 0, 5_000)
    // With a protocol, but without a request.
    const asked = await Promise.allSettled(
      Array.from({ length: 10 }, () => connection.newStream(testProtocol('status'))),
    )
    const mute = asked.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    await until('few are left', () => mute.filter(({ status }) => status === 'open').length <= 2)
    await until('all are reset', () => mute.every(({ status }) => status !== 'open'), 5_000)
    await passes(honest, target, 'after it')
    const answer = await honest.transport.request(target.transport.self, 'status', bytes('x'), {
      timeoutMs: 2_000,
      maxBytes: 9,
    })
    assert.deepEqual(answer, bytes('x'))
  })

  test('a peer that sends a byte a time is reset in time, and a request is answered meanwhile', async (t) => {
    const [target, honest] = await startPair(t, { limits: { readMs: 800 } })
    const raw = await startRawPeer(t)
    const connection = await raw.dial(target)
    const slow = await connection.newStream(testProtocol('blocks'))
    const drip = setInterval(() => {
      if (slow.status === 'open') slow.send(Uint8Array.of(1))
    }, 50)
    t.after(() => clearInterval(drip))
    const bounds = { timeoutMs: 2_000, maxBytes: 100 }
    assert.deepEqual(await honest.transport.request(target.transport.self, 'blocks', bytes('y'), bounds), bytes('y'))
    await until('the slow one is reset', () => slow.status === 'reset', 3_000)
  })

  test('peers that come and go leave nothing behind', async (t) => {
    const [target, honest] = await startPair(t)
    for (let round = 0; round < 8; round++) {
      const raws = await Promise.all(Array.from({ length: 5 }, () => startRawPeer(t)))
      await Promise.all(raws.map((raw) => raw.dial(target)))
      await Promise.all(raws.map((raw) => raw.node.stop()))
    }
    await until('all have left', () => target.transport.connections().length === 1)
    assert.equal(target.gone.length, target.connected.length - 1)
    await passes(honest, target, 'still here')
  })
})

/** Parts of a connection that its interface does not show. */
function innerOf(connection: Connection): { readonly muxer: Muxer; readonly maConn: { pause(): void } } {
  return connection as unknown as { readonly muxer: Muxer; readonly maConn: { pause(): void } }
}
type Muxer = { createStream(): Promise<Stream> }
const muxerOf = (connection: Connection): Muxer => innerOf(connection).muxer
const socketOf = (connection: Connection): { pause(): void } => innerOf(connection).maConn
