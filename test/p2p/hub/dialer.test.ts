import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHubWorld } from './hubs.ts'

test('a persistent peer is dialled until it is there, more and more seldom, and again when it has gone', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  const hub = await world.start('hub', { persistent: [net.addressOf('late')] })
  const texts = () => hub.heard.logs.filter(({ level }) => level !== 'debug').map(({ text }) => text)
  await clock.advance(300_000)
  assert.deepEqual(texts(), ['persistent peer not reached'])
  const late = await world.startRaw('late')
  for (let sec = 0; sec < 80 && late.connected.length === 0; sec++) await clock.advance(1_000)
  assert.deepEqual([net.connections(), texts()[1]], [['hub late'], 'persistent peer connected'])
  // A connection that lasts starts from short waits again.
  await clock.advance(31_000)
  late.transport.disconnect('hub')
  await clock.advance(1_100)
  assert.deepEqual(net.connections(), ['hub late'])
  await clock.advance(31_000)
  net.crash('late')
  await clock.advance(4_500)
  const again = await world.startRaw('late')
  await clock.advance(8_000)
  assert.deepEqual([late.connected.length, again.connected.length], [2, 1])
  await world.close()
})

test('a peer that closes every connection is dialled more and more seldom', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  const rude = await world.startRaw('rude', {
    connected: () => void setImmediate(() => rude.transport.disconnect('hub')),
  })
  let dials = 0
  await world.start('hub', {
    persistent: [net.addressOf('rude')],
    startTransport: async (handlers) => {
      const transport = await net.join('hub')(handlers)
      const dial = (address: string) => {
        dials++
        return transport.dial(address)
      }
      return { ...transport, dial }
    },
  })
  await clock.advance(60_000)
  const first = dials
  assert.ok(first >= 4 && first <= 8, `${first} dials in the first minute`)
  await clock.advance(600_000)
  assert.ok(dials - first >= 7 && dials - first <= 15, `${dials - first} dials in ten minutes`)
  await world.close()
})

test('bootnodes and peers met before are dialled only while there are few', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  const names = Array.from({ length: 12 }, (_, index) => `boot${index}`)
  const bootnodes = names.map(net.addressOf)
  const hub = await world.start('hub', { bootnodes: [...bootnodes, net.addressOf('hub')], limits: { wantedPeers: 3 } })
  for (const name of names) await world.startRaw(name)
  await clock.advance(5_000)
  const count = async () => (await hub.net.info()).peers
  const before = await count()
  assert.ok(before >= 3 && before <= 6, `${before}`)
  for (const { id } of await hub.net.peers()) net.crash(id)
  await clock.advance(100)
  assert.equal(await count(), 0)
  await clock.advance(60_000)
  assert.ok((await count()) >= 3)
  await world.close()
})

test('strangers that connect, however many, do not keep a node from the peers that it chooses itself', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  const names = Array.from({ length: 6 }, (_, index) => `boot${index}`)
  const hub = await world.start('hub', { bootnodes: names.map(net.addressOf) })
  for (let index = 0; index < 45; index++) {
    const raw = await world.startRaw(`stranger${index}`)
    await world.settle(raw.transport.dial(net.addressOf('hub')))
  }
  for (const name of names) await world.startRaw(name)
  await clock.advance(90_000)
  const chosen = (await hub.net.peers()).filter(({ direction }) => direction === 'outbound')
  assert.ok(chosen.length >= 4, `${chosen.length} were dialled`)
  await world.close()
})

test('a peer that the operator adds is kept up, one that is removed is not dialled any more', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  const hub = await world.start('hub')
  const raw = await world.startRaw('raw')
  const { settle } = world
  assert.equal(await settle(hub.net.addPeer('nonsense')), false)
  assert.equal(await settle(hub.net.addPeer(net.addressOf('absent'))), false)
  assert.equal(await settle(hub.net.addPeer(net.addressOf('raw'))), true)
  assert.equal(await settle(hub.net.addPeer(net.addressOf('raw'))), true)
  assert.equal((await hub.net.peers())[0]?.isPersistent, true)
  raw.transport.disconnect('hub')
  await clock.advance(5_000)
  assert.equal((await hub.net.info()).peers, 1)
  await world.startRaw('absent')
  await clock.advance(30_000)
  assert.equal((await hub.net.info()).peers, 2)

  assert.equal(await hub.net.removePeer('raw'), true)
  assert.equal(await hub.net.removePeer('raw'), false)
  await clock.advance(120_000)
  assert.deepEqual(net.connections(), ['absent hub'])
  await world.close()
})

test('adding a banned peer lifts its ban', async () => {
  const world = createHubWorld()
  const { net } = world
  const hub = await world.start('hub')
  const raw = await world.startRaw('raw')
  await world.settle(raw.transport.dial(net.addressOf('hub')))
  for (let times = 0; times < 2; times++) hub.net.blame('raw', 'invalid_block')
  assert.deepEqual([raw.lost.length, (await hub.net.info()).banned], [1, 1])
  assert.equal(await world.settle(hub.net.addPeer(net.addressOf('raw'))), true)
  assert.deepEqual(await hub.net.info().then(({ peers, banned }) => [peers, banned]), [1, 0])
  await world.close()
})

test('an address without an id is persistent all the same', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  await world.startRaw('raw')
  const address = net.addressOf('raw').replace(/\/p2p\/.*/, '')
  const hub = await world.start('hub', { persistent: [address], allow: ['nobody'] })
  await clock.advance(1_000)
  assert.deepEqual(
    (await hub.net.peers()).map(({ id, isPersistent }) => ({ id, isPersistent })),
    [{ id: 'raw', isPersistent: true }],
  )
  await world.close()
})

test('peers that were cut off find each other again once they can', async () => {
  const world = createHubWorld()
  const { net, clock } = world
  const names = ['a', 'b', 'c', 'd']
  const persistent = names.map(net.addressOf)
  const hubs = []
  for (const name of names) {
    hubs.push(await world.start(name, { persistent: persistent.filter((_, index) => names[index] !== name) }))
  }
  await clock.advance(3_000)
  assert.equal(net.connections().length, 6)
  net.partition(['a', 'b'], ['c', 'd'])
  await clock.advance(60_000)
  assert.deepEqual(net.connections(), ['a b', 'c d'])
  net.heal()
  await clock.advance(90_000)
  assert.equal(net.connections().length, 6)
  for (const { net: hub } of hubs) assert.equal((await hub.info()).banned, 0)
  await world.close()
})
