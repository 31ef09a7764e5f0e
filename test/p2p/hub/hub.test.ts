import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeStatus } from '../../../p2p/wire/status.ts'
import { chainOf, createHubWorld, type genesis, messageOf, statusAt, viewAt } from './hubs.ts'

const other = `0x${'22'.repeat(32)}` as typeof genesis

test('two hubs connect and tell each other where they are, and when one has gone', async () => {
  const world = createHubWorld()
  const { clock, net } = world
  const a = await world.start('a', { view: viewAt(3n) })
  const b = await world.start('b', { view: viewAt(5n), persistent: [net.addressOf('a')] })
  await clock.advance(1_000)
  assert.deepEqual(a.heard.statuses[0], { peer: 'b', status: statusAt(5n) })
  assert.deepEqual(b.heard.statuses[0], { peer: 'a', status: statusAt(3n) })

  const [seen] = await b.net.peers()
  assert.deepEqual(
    { ...seen, sinceMs: undefined },
    {
      id: 'a',
      address: net.addressOf('a'),
      direction: 'outbound',
      sinceMs: undefined,
      agent: 'virtual',
      latencyMs: 10,
      topics: ['blocks', 'txs', 'attestations'],
      score: 0,
      isPersistent: true,
      status: statusAt(3n),
      messages: { accepted: 0, ignored: 0, rejected: 0 },
    },
  )
  const [from] = await a.net.peers()
  assert.deepEqual([from?.id, from?.direction, from?.isPersistent], ['b', 'inbound', false])
  assert.deepEqual(await a.net.info(), { id: 'a', addresses: [net.addressOf('a')], peers: 1, banned: 0 })

  await b.net.close()
  await b.net.close()
  await clock.advance(1_000)
  assert.deepEqual(a.heard.gone, ['b'])
  assert.deepEqual(b.heard.gone, [])
  assert.equal((await a.net.info()).peers, 0)
  assert.equal(await b.net.blocks({ from: 1n, count: 1 }), undefined)
  await world.close()
})

test('a status is asked anew every ten seconds or so, every second of a peer that is ahead', async () => {
  const world = createHubWorld()
  const { clock, net } = world
  const a = await world.start('a', { view: viewAt(3n) })
  const b = await world.start('b', { view: viewAt(5n), persistent: [net.addressOf('a')] })
  await clock.advance(40_000)
  const counts = () => [a.heard.statuses.length, b.heard.statuses.length] as const
  const [ofB, ofA] = counts()
  assert.ok(ofB >= 20 && ofB <= 41, `${ofB} statuses of the peer ahead`)
  assert.ok(ofA >= 4 && ofA <= 6, `${ofA} statuses of the peer behind`)
  b.net.tell(viewAt(9n))
  await clock.advance(2_500)
  assert.equal(a.heard.statuses.at(-1)?.status.unsafe.number, 9n)
  a.net.tell(viewAt(9n))
  await clock.advance(2_500)
  const caughtUp = counts()[0]
  await clock.advance(40_000)
  assert.ok(counts()[0] - caughtUp <= 6)
  await world.close()
})

test('a peer of another chain is banned at once, however well it did before; the operator is told if it is persistent', async () => {
  const world = createHubWorld()
  const { clock, net } = world
  let status = statusAt(1n)
  const stranger = await world.startRaw('stranger', { request: async () => encodeStatus(status) })
  const a = await world.start('a')
  await world.settle(stranger.transport.dial(net.addressOf('a')))
  const valid = await messageOf(chainOf(1)[0]!)
  stranger.transport.publish('blocks', valid)
  await clock.advance(20)
  assert.equal((await a.net.peers())[0]?.score, 0.5)
  status = statusAt(1n, { genesis: other })
  await clock.advance(15_000)
  assert.deepEqual(stranger.lost, ['a'])
  assert.equal((await a.net.info()).banned, 1)
  await assert.rejects(world.settle(stranger.transport.dial(net.addressOf('a'))), { code: 'peer_unreachable' })

  const b = await world.start('b', { persistent: [net.addressOf('stranger')] })
  await clock.advance(2_000)
  assert.equal((await b.net.info()).peers, 0)
  assert.ok(b.heard.logs.some(({ text }) => text === 'a persistent peer is of another chain'))
  await world.close()
})

test('a peer that owes three statuses in a row is disconnected, a malformed one costs a quarter of a ban', async () => {
  const world = createHubWorld()
  const { clock, net } = world
  const a = await world.start('a')
  const silent = await world.startRaw('silent', { request: () => new Promise(() => {}) })
  const mad = await world.startRaw('mad', { request: async () => Uint8Array.of(0xc0) })
  await world.settle(silent.transport.dial(net.addressOf('a')))
  await world.settle(mad.transport.dial(net.addressOf('a')))
  await clock.advance(100)
  const scoreOf = async (id: string) => (await a.net.peers()).find((peer) => peer.id === id)?.score
  assert.equal(await scoreOf('mad'), -25)
  await clock.advance(8_000)
  assert.equal(await scoreOf('silent'), -3)
  await clock.advance(60_000)
  assert.deepEqual([silent.lost, mad.lost], [['a'], ['a']])
  assert.equal((await a.net.info()).banned, 0)
  await world.close()
})

test('a node that is told to stop by its signal leaves the network', async () => {
  const world = createHubWorld()
  const { clock, net } = world
  const ending = new AbortController()
  await world.start('a', { signal: ending.signal })
  const raw = await world.startRaw('raw')
  await world.settle(raw.transport.dial(net.addressOf('a')))
  ending.abort()
  await clock.advance(100)
  assert.deepEqual(raw.lost, ['a'])
  assert.deepEqual(net.connections(), [])
  const late = await world.start('late', { signal: AbortSignal.abort() })
  await assert.rejects(world.settle(raw.transport.dial(net.addressOf('late'))), { code: 'peer_unreachable' })
  await late.net.close()
})

test('only the operator peers past a full house, and lists are kept to', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  const limits = { maxPeers: 2, maxInbound: 2 }
  const a = await world.start('a', { limits, persistent: [net.addressOf('friend')], deny: ['10.9.0.0/16', 'foe'] })
  const dial = async (name: string, ip?: string) => {
    const raw = await world.startRaw(name, {}, ip)
    return world.settle(raw.transport.dial(net.addressOf('a'))).then(
      () => true,
      () => false,
    )
  }
  const results = [await dial('foe'), await dial('near', '10.9.1.1'), await dial('one'), await dial('two')]
  assert.deepEqual(results, [false, false, true, true])
  assert.deepEqual([await dial('three'), await dial('friend')], [false, true])
  await clock.advance(1_000)
  assert.deepEqual((await a.net.peers()).map(({ id }) => id).sort(), ['friend', 'one', 'two'])
  await world.close()
})

test('connections that were admitted together for the last place are not all kept', async () => {
  const world = createHubWorld()
  const { net } = world
  const hub = await world.start('hub', {
    limits: { maxPeers: 1 },
    startTransport: (handlers) => net.join('hub')({ ...handlers, admits: () => true }),
  })
  const [first, second] = [await world.startRaw('first'), await world.startRaw('second')]
  for (const raw of [first, second]) await world.settle(raw.transport.dial(net.addressOf('hub')))
  assert.deepEqual([first.lost, second.lost, (await hub.net.info()).peers], [[], ['hub'], 1])
  assert.deepEqual(hub.heard.gone, [])
  await world.close()
})
