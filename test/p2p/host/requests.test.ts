import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, startHost, testProtocol, until } from './hosts.ts'
import { startRawPeer } from './rawPeer.ts'

const bounds = { timeoutMs: 5_000, maxBytes: 1_000 }
const request = new Uint8Array([1, 2, 3])

describe('requests between hosts', { timeout: 60_000 }, () => {
  test('answers name the peer that asked and the protocol; empty requests and answers are whole', async (t) => {
    const asked: string[] = []
    const answer = async (peer: string, protocol: string, data: Uint8Array): Promise<Uint8Array> => {
      asked.push(`${peer} ${protocol}`)
      return data
    }
    const [a, b] = await Promise.all([startHost(t), startHost(t, { request: answer })])
    await connect(a, b)
    assert.deepEqual(await a.transport.request(b.transport.self, 'blocks', request, bounds), request)
    assert.deepEqual(await a.transport.request(b.transport.self, 'status', new Uint8Array(), bounds), new Uint8Array())
    // The other way over the same connection.
    assert.deepEqual(await b.transport.request(a.transport.self, 'blob', request, bounds), request)
    assert.deepEqual(asked, [`${a.transport.self} blocks`, `${a.transport.self} status`])
  })

  test('4 MiB come whole; one byte over the bound is refused by the one that asks', async (t) => {
    const answer = crypto.getRandomValues(new Uint8Array(65_536))
    const large = new Uint8Array(4_194_304)
    for (let at = 0; at < large.length; at += answer.length) large.set(answer, at)
    const [a, b] = await Promise.all([startHost(t), startHost(t, { request: async () => large })])
    await connect(a, b)
    const got = await a.transport.request(b.transport.self, 'blocks', request, { ...bounds, maxBytes: large.length })
    assert.ok(Buffer.from(got).equals(large))
    const short = { ...bounds, maxBytes: large.length - 1 }
    await assert.rejects(a.transport.request(b.transport.self, 'blocks', request, short), { code: 'peer_too_long' })
  })

  test('says why there is no answer: unreachable, refused, too slow', async (t) => {
    const never = Promise.withResolvers<Uint8Array>()
    t.after(() => never.resolve(request))
    const answers = { status: undefined, blocks: never.promise, blob: request }
    const [a, b] = await Promise.all([
      startHost(t),
      startHost(t, { request: async (_peer, protocol) => await answers[protocol] }),
    ])
    await assert.rejects(a.transport.request(b.transport.self, 'blob', request, bounds), { code: 'peer_unreachable' })
    await connect(a, b)
    await assert.rejects(a.transport.request(b.transport.self, 'status', request, bounds), { code: 'peer_refused' })
    const quick = { ...bounds, timeoutMs: 300 }
    await assert.rejects(a.transport.request(b.transport.self, 'blocks', request, quick), { code: 'peer_timeout' })
    assert.deepEqual(await a.transport.request(b.transport.self, 'blob', request, bounds), request)
    b.transport.disconnect(a.transport.self)
    await until('both know', () => a.gone.length === 1 && b.gone.length === 1)
    await assert.rejects(a.transport.request(b.transport.self, 'blob', request, bounds), { code: 'peer_unreachable' })
  })

  test('an answer that the connection takes away halfway is no answer', async (t) => {
    const a = await startHost(t)
    const raw = await startRawPeer(t)
    await raw.node.handle(testProtocol('blocks'), async (stream, connection) => {
      stream.send(new Uint8Array(100))
      await sleep(200)
      connection.abort(new Error('gone'))
    })
    await raw.dial(a)
    await until('connected', () => a.connected.length === 1)
    await assert.rejects(a.transport.request(raw.id, 'blocks', request, bounds), { code: 'peer_refused' })
  })

  test('resets a request that is too long, one that never ends, and an answer that nobody reads', async (t) => {
    const limits = { readMs: 400, writeMs: 400 }
    let answered = 0
    const handlers = {
      request: async () => {
        answered++
        return new Uint8Array(4_194_304)
      },
    }
    const a = await startHost(t, handlers, { limits })
    const raw = await startRawPeer(t)
    const connection = await raw.dial(a)

    const long = await connection.newStream(testProtocol('blocks'))
    long.send(new Uint8Array(129))
    await until('the long one is reset', () => long.status === 'reset')

    const endless = await connection.newStream(testProtocol('blocks'))
    endless.send(request)
    await until('the endless one is reset', () => endless.status === 'reset', 2_000)
    assert.equal(answered, 0)

    const unread = await connection.newStream(testProtocol('blocks'))
    raw.stopReading(unread)
    unread.send(request)
    await unread.close()
    await until('the unread one is reset', () => raw.isReset(unread), 3_000)
    assert.equal(answered, 1)
  })

  test('few answers are under way at a time, and few streams of one peer', async (t) => {
    const gate = Promise.withResolvers<void>()
    let running = 0
    let most = 0
    const handlers = {
      request: async (_peer: string, _protocol: string, data: Uint8Array) => {
        most = Math.max(most, ++running)
        await gate.promise
        running--
        return data
      },
    }
    const a = await startHost(t, handlers, { limits: { maxAnswers: 3 } })
    const peers = await Promise.all(Array.from({ length: 3 }, () => startHost(t)))
    for (const peer of peers) await connect(peer, a)
    const asked = peers.flatMap(({ transport }) =>
      Array.from({ length: 4 }, () => transport.request(a.transport.self, 'blob', request, bounds)),
    )
    const outcomes = Promise.allSettled(asked)
    await until('three are under way', () => running === 3)
    await sleep(500)
    gate.resolve()
    const answered = (await outcomes).filter(({ status }) => status === 'fulfilled').length
    assert.equal(most, 3)
    assert.equal(answered, 3)
    assert.deepEqual(await peers[0]!.transport.request(a.transport.self, 'blob', request, bounds), request)
  })

  test('answers that nobody takes keep no status from others, and one peer has only two under way', async (t) => {
    const never = Promise.withResolvers<Uint8Array>()
    t.after(() => never.resolve(request))
    const answers = { status: request, blocks: never.promise, blob: never.promise }
    let running = 0
    const handlers = {
      request: async (_peer: string, protocol: 'status' | 'blocks' | 'blob') => {
        running++
        return await answers[protocol]
      },
    }
    const a = await startHost(t, handlers, { limits: { maxAnswers: 3 } })
    const [greedy, other, late] = await Promise.all([startHost(t), startHost(t), startHost(t)])
    for (const peer of [greedy, other, late]) await connect(peer, a)
    const ask = (from: typeof greedy, protocol: 'status' | 'blocks' | 'blob') =>
      from.transport.request(a.transport.self, protocol, request, { ...bounds, timeoutMs: 1_500 })
    const hung = (['blocks', 'blocks', 'blob', 'blob'] as const).map((protocol) => ask(greedy, protocol))
    const outcomes = Promise.allSettled(hung)
    await until('two are under way', () => running === 2)
    await sleep(300)
    const third = Promise.allSettled([ask(other, 'blocks')])
    await until('another peer is heard', () => running === 3)
    await assert.rejects(ask(late, 'blocks'), { code: 'peer_refused' })
    assert.deepEqual(await ask(late, 'status'), request)
    assert.equal(running, 4)
    await Promise.all([outcomes, third])
  })
})
