import assert from 'node:assert/strict'
import { createServer, connect as openSocket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TransportHandlers } from '../../../p2p/transport.ts'
import { connect, startHost, type TestHost, until } from './hosts.ts'
import { startRawPeer } from './rawPeer.ts'

type Asked = Parameters<TransportHandlers['admits']>[0]

describe('connections of a host', { timeout: 60_000 }, () => {
  test('both sides learn who is there, where from, with which software, and that it has left', async (t) => {
    const [a, b] = await Promise.all([startHost(t), startHost(t, {}, { agent: 'openledger/0.1 \u0007' })])
    await connect(a, b)
    const [outbound, inbound] = [a.connected[0]!, b.connected[0]!]
    assert.deepEqual([outbound.peer, outbound.direction, outbound.ip], [b.transport.self, 'outbound', '127.0.0.1'])
    assert.deepEqual([inbound.peer, inbound.direction, inbound.ip], [a.transport.self, 'inbound', '127.0.0.1'])
    assert.equal(outbound.address, b.address)
    assert.deepEqual(a.transport.connections(), [outbound])
    assert.equal(a.transport.state(b.transport.self).agent, 'openledger/0.1 ?')
    assert.equal(await a.transport.dial(b.address), b.transport.self, 'a second dial finds the connection')
    a.transport.disconnect(b.transport.self)
    await until('both know', () => a.gone.length === 1 && b.gone.length === 1)
    assert.deepEqual([a.transport.connections(), b.transport.connections()], [[], []])
    await a.transport.dial(b.address)
    assert.equal(a.connected.length, 2)
  })

  test('asks before the handshake by address and after it by peer, and keeps out whom the handlers refuse', async (t) => {
    const asked: Asked[] = []
    let allow = (_asked: Asked): boolean => true
    const admits = (connection: Asked): boolean => {
      asked.push(connection)
      return allow(connection)
    }
    const [a, b] = await Promise.all([startHost(t, { admits }), startHost(t)])
    await connect(b, a)
    assert.deepEqual(
      asked.map(({ peer, ip, direction }) => [peer, ip, direction]),
      [
        [undefined, '127.0.0.1', 'inbound'],
        [b.transport.self, '127.0.0.1', 'inbound'],
      ],
    )
    b.transport.disconnect(a.transport.self)
    await until('gone', () => a.gone.length === 1)
    for (const refuse of [(c: Asked) => c.peer === undefined, (c: Asked) => c.peer === b.transport.self]) {
      allow = (connection) => !refuse(connection)
      await b.transport.dial(a.address).catch(() => {})
      await sleep(100)
      assert.deepEqual([a.transport.connections(), a.connected.length], [[], 1])
    }
    await assert.rejects(a.transport.dial(b.address), { code: 'peer_unreachable', severity: 'retry' })
    await assert.rejects(a.transport.dial('nowhere'), { code: 'bad_address', severity: 'fatal' })
  })

  test('another peer at the address than the one that was named is refused', async (t) => {
    const [a, b, c] = await Promise.all([startHost(t), startHost(t), startHost(t)])
    const wrong = b.address.replace(b.transport.self, c.transport.self)
    await assert.rejects(a.transport.dial(wrong), { code: 'peer_unreachable' })
    assert.deepEqual(a.transport.connections(), [])
  })

  test('a port that is taken is named', async (t) => {
    const a = await startHost(t)
    const listen = [a.address.replace(/\/p2p\/.*/, '')]
    const failure = { code: 'p2p_listen', severity: 'fatal', message: /127\.0\.0\.1\/tcp\/\d+: the port is in use/ }
    await assert.rejects(startHost(t, {}, { listen }), failure)
  })

  test('announced addresses replace those listened on', async (t) => {
    const a = await startHost(t, {}, { announce: ['/dns4/node.example/tcp/9222'] })
    assert.deepEqual(a.transport.addresses(), [`/dns4/node.example/tcp/9222/p2p/${a.transport.self}`])
  })

  test('two hosts that know one bootnode find it by themselves; with a table they find each other', async (t) => {
    const boot = await startHost(t, {}, { dht: true })
    const options = { dht: true, bootnodes: [boot.address] }
    const [a, b] = await Promise.all([startHost(t, {}, options), startHost(t, {}, options)])
    await until('both reach the bootnode', () => boot.connected.length === 2, 15_000)
    const isKnown = (host: TestHost, other: TestHost): boolean =>
      host.connected.some((c) => c.peer === other.transport.self)
    await until('they found each other', () => isKnown(a, b) && isKnown(b, a), 20_000)
  })

  test('garbage, silence and slowness on the port end in time and cost others nothing', async (t) => {
    const a = await startHost(t, {}, { limits: { handshakeMs: 500, maxPending: 200 } })
    const port = Number(a.address.split('/')[4])
    const closed: Promise<number>[] = []
    const open = (write: (send: (data: Uint8Array) => void) => void): void => {
      const start = performance.now()
      const socket = openSocket(port, '127.0.0.1')
      t.after(() => socket.destroy())
      socket.on('error', () => {})
      socket.on('connect', () => write((data) => socket.write(data)))
      closed.push(new Promise((resolve) => socket.on('close', () => resolve(performance.now() - start))))
    }
    for (let i = 0; i < 20; i++) {
      open((send) => send(crypto.getRandomValues(new Uint8Array(1 + i * 500))))
      open(() => {})
      open((send) => send(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')))
      // A length of 2^53 before a protocol's name.
      open((send) => send(new Uint8Array([255, 255, 255, 255, 255, 255, 255, 15])))
      open((send) => send(new TextEncoder().encode('\x13/multistream/1.0.0\n')))
    }
    const b = await startHost(t)
    await connect(b, a)
    const timesMs = await Promise.all(closed)
    assert.ok(Math.max(...timesMs) < 5_000, `all were closed within ${Math.round(Math.max(...timesMs))} ms`)
    assert.deepEqual([a.connected.length, a.gone.length], [1, 0])
  })

  test('one address opens only so many connections in a second, one peer only two', async (t) => {
    const a = await startHost(t, {}, { limits: { inboundPerSec: 5 } })
    const raw = await startRawPeer(t)
    const port = Number(a.address.split('/')[4])
    const reset = await Promise.all(Array.from({ length: 20 }, () => isClosedSoon(t, port)))
    assert.ok(reset.filter((isClosed) => isClosed).length >= 15)
    await sleep(1_100)
    for (let count = 1; count <= 3; count++) await raw.node.dial(raw.address(a), { force: true })
    await until('the third is closed', () => raw.node.getConnections().length === 2)
    await until('the peer is known', () => a.connected.length === 1)
    await sleep(200)
    assert.deepEqual([raw.node.getConnections().length, a.transport.connections().length, a.gone.length], [2, 1, 0])
  })

  test('a dial that nobody answers ends in time', async (t) => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    t.after(() => silent.close())
    const at = silent.address()
    const port = typeof at === 'object' ? at?.port : 0
    const a = await startHost(t, {}, { limits: { dialMs: 400 } })
    const start = performance.now()
    await assert.rejects(a.transport.dial(`/ip4/127.0.0.1/tcp/${port}`), { code: 'peer_unreachable' })
    assert.ok(performance.now() - start < 3_000)
  })

  test('a host that closes says so to its peers and frees its port at once', async (t) => {
    const [a, b] = await Promise.all([startHost(t), startHost(t)])
    await connect(a, b)
    const start = performance.now()
    await a.transport.close()
    assert.ok(performance.now() - start < 1_500)
    await until('the other side knows', () => b.gone.length === 1)
    await startHost(t, {}, { listen: [a.address.replace(/\/p2p\/.*/, '')] })
  })
})

/** Whether a connection is closed within 300 ms, before it said anything. */
function isClosedSoon(t: TestContext, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openSocket(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve(true))
    setTimeout(() => resolve(false), 300)
  })
}
