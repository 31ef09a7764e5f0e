import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { maxSentBytes } from '../../../p2p/host/gossip.ts'
import { maxMessageBytes } from '../../../p2p/transport.ts'
import type { Verdict } from '../../../p2p/verdict.ts'
import { connect, startHost, until } from './hosts.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (data: Uint8Array): string => new TextDecoder().decode(data)

describe('gossip between hosts', { timeout: 60_000 }, () => {
  test('a message reaches a peer with its topic and the peer that passed it on', async (t) => {
    const [a, b] = await Promise.all([startHost(t), startHost(t)])
    await connect(a, b)
    a.transport.publish('blocks', bytes('one'))
    a.transport.publish('txs', bytes('two'))
    a.transport.publish('attestations', bytes('three'))
    await until('three messages', () => b.received.length === 3)
    const heard = b.received.map(({ topic, data }) => `${topic} ${text(data)}`).sort()
    assert.deepEqual(heard, ['attestations three', 'blocks one', 'txs two'])
    assert.ok(b.received.every(({ peer }) => peer === a.transport.self))
    assert.equal(a.received.length, 0)
  })

  test('what found nobody can be sent again, what found somebody goes out once', async (t) => {
    const [a, b] = await Promise.all([startHost(t), startHost(t)])
    a.transport.publish('txs', bytes('early'))
    await connect(a, b)
    for (let times = 0; times < 3; times++) a.transport.publish('txs', bytes('early'))
    a.transport.publish('txs', bytes('last'))
    await until('both messages', () => b.received.length >= 2)
    await sleep(300)
    assert.deepEqual(
      b.received.map(({ data }) => text(data)),
      ['early', 'last'],
    )
  })

  test('passes on what was accepted, when it was accepted, and nothing else', async (t) => {
    const judged = Promise.withResolvers<void>()
    const message = async (_peer: string, _topic: string, data: Uint8Array): Promise<Verdict> => {
      await judged.promise
      return text(data) as Verdict
    }
    const [a, b, c] = await Promise.all([startHost(t), startHost(t, { message }), startHost(t)])
    await connect(a, b)
    await connect(b, c)
    for (const verdict of ['reject', 'ignore', 'accept']) a.transport.publish('blocks', bytes(verdict))
    await until('three messages at the middle', () => b.received.length === 3)
    await sleep(1_200)
    assert.equal(c.received.length, 0, 'nothing is passed on before it is judged')
    judged.resolve()
    await until('the accepted one', () => c.received.length === 1)
    await sleep(1_200)
    assert.deepEqual(
      c.received.map(({ data }) => text(data)),
      ['accept'],
    )
  })

  test('five hosts in a ring hear a message once each', async (t) => {
    const hosts = await Promise.all(Array.from({ length: 5 }, () => startHost(t)))
    for (const [i, host] of hosts.entries()) await connect(host, hosts[(i + 1) % 5]!)
    hosts[0]!.transport.publish('blocks', bytes('around'))
    await until('all have it', () => hosts.slice(1).every(({ received }) => received.length === 1))
    await sleep(1_200)
    assert.deepEqual(
      hosts.map(({ received }) => received.length),
      [0, 1, 1, 1, 1],
    )
  })

  test('almost 4 MiB pass; what is larger reaches nobody and costs no connection', async (t) => {
    const [a, b] = await Promise.all([startHost(t), startHost(t)])
    await connect(a, b)
    a.transport.publish('blocks', new Uint8Array(maxMessageBytes + 1))
    a.transport.publish('blocks', new Uint8Array(maxSentBytes + 1))
    a.transport.publish('blocks', new Uint8Array(maxSentBytes))
    await until('the one that fits', () => b.received.length === 1, 20_000)
    assert.equal(b.received[0]!.data.length, maxSentBytes)
    a.transport.publish('blocks', bytes('next'))
    await until('the next one', () => b.received.length === 2)
    assert.deepEqual(b.gone, [])
  })

  test('hosts of two chains connect and hear nothing of each other', async (t) => {
    const [a, b, c] = await Promise.all([startHost(t), startHost(t, {}, { chainId: 31_338n }), startHost(t)])
    await b.transport.dial(a.address)
    await connect(c, a)
    c.transport.publish('blocks', bytes('ours'))
    b.transport.publish('blocks', bytes('theirs'))
    await until('ours', () => a.received.length === 1)
    await sleep(1_200)
    assert.deepEqual(
      [a, b, c].map(({ received }) => received.map(({ data }) => text(data))),
      [['ours'], [], []],
    )
    assert.deepEqual(a.transport.state(b.transport.self).topics, [])
    await assert.rejects(
      b.transport.request(a.transport.self, 'status', bytes(''), { timeoutMs: 2_000, maxBytes: 64 }),
      {
        code: 'peer_refused',
      },
    )
  })
})
