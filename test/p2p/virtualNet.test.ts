import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/ports/manualClock.ts'
import type { Transport, TransportHandlers } from '../../p2p/transport.ts'
import type { Verdict } from '../../p2p/verdict.ts'
import { createDice } from '../rollup/dice.ts'
import type { LinkQuality } from './virtualLinks.ts'
import { createVirtualNet, type VirtualNet } from './virtualNet.ts'

const message = Uint8Array.of(1, 2, 3)
const bounds = { timeoutMs: 1_000, maxBytes: 10 }

function scene(seed: number, quality: Partial<LinkQuality> = {}) {
  const clock = createManualClock()
  const dice = createDice(seed)
  const net = createVirtualNet({ clock, random: () => dice.below(1 << 30) / (1 << 30), quality })
  const log: string[] = []
  const join = (name: string, verdict: Verdict = 'accept', handlers: Partial<TransportHandlers> = {}) =>
    net.join(name)({
      admits: () => true,
      connected: ({ peer, direction }) => void log.push(`${name} + ${peer} ${direction}`),
      disconnected: (peer) => void log.push(`${name} - ${peer}`),
      message: async (peer, topic, data) => {
        log.push(`${name} < ${peer} ${topic} ${data.join()} at ${clock.nowMs()}`)
        return verdict
      },
      request: async (_, protocol, data) => (protocol === 'status' ? data : undefined),
      score: () => 0,
      ...handlers,
    })
  const received = (name: string) => log.filter((line) => line.startsWith(`${name} <`)).length
  async function connect(from: Transport, to: string): Promise<void> {
    const dialled = from.dial(net.addressOf(to))
    await clock.advance(1_000)
    await dialled
  }
  return { clock, net, log, join, connect, received }
}

/** The transports of a ring of so many nodes. */
async function ring({ join, connect }: ReturnType<typeof scene>, size: number): Promise<Transport[]> {
  const transports: Transport[] = []
  for (let index = 0; index < size; index++) transports.push(await join(`n${index}`))
  for (const [index, transport] of transports.entries()) await connect(transport, `n${(index + 1) % size}`)
  return transports
}

test('a message goes everywhere once, and no further than a node that does not accept it', async () => {
  const { clock, net, log, join, connect } = scene(1)
  const a = await join('a')
  const b = await join('b')
  const c = await join('c', 'ignore')
  const d = await join('d')
  await connect(a, 'b')
  await connect(b, 'c')
  await connect(a, 'c')
  await connect(c, 'd')
  assert.deepEqual(log.splice(0), [
    ...['a + b outbound', 'b + a inbound', 'b + c outbound', 'c + b inbound'],
    ...['a + c outbound', 'c + a inbound', 'c + d outbound', 'd + c inbound'],
  ])
  const startMs = clock.nowMs()
  a.publish('blocks', message)
  await clock.advance(100)
  assert.deepEqual(log, [`b < a blocks 1,2,3 at ${startMs + 10}`, `c < a blocks 1,2,3 at ${startMs + 10}`])
  assert.deepEqual([net.traffic('c').messages, net.traffic('c').copies], [1, 1])
  assert.equal(net.traffic('a').sentBytes, 2 * (3 + 64))
  a.publish('blocks', message)
  await clock.advance(100)
  assert.equal(log.length, 2)
  // Another topic, and later the same one, are another message.
  a.publish('txs', message)
  await clock.advance(65_000)
  a.publish('blocks', message)
  await clock.advance(100)
  assert.equal(log.length, 6)
  a.publish('blocks', new Uint8Array(4_194_305))
  await clock.advance(100)
  assert.equal(log.length, 6)
  await d.close()
})

test('a request has one answer, or says why there is none', async () => {
  const { clock, net, join, connect } = scene(1)
  const a = await join('a')
  await join('b')
  await connect(a, 'b')
  const ask = async (...args: Parameters<Transport['request']>) => {
    const answer = a.request(...args)
    answer.catch(() => {})
    await clock.advance(2_000)
    return answer
  }
  assert.deepEqual(await ask('b', 'status', message, bounds), message)
  await assert.rejects(ask('b', 'blocks', message, bounds), { code: 'peer_refused' })
  await assert.rejects(ask('b', 'status', new Uint8Array(11), bounds), { code: 'peer_too_long' })
  await assert.rejects(ask('b', 'status', new Uint8Array(129), bounds), { code: 'peer_refused' })
  await assert.rejects(ask('c', 'status', message, bounds), { code: 'peer_unreachable' })
  net.cut('b', 'a')
  await assert.rejects(ask('b', 'status', message, bounds), { code: 'peer_timeout', severity: 'retry' })
  net.heal()
  const lost = a.request('b', 'status', message, bounds)
  net.crash('b')
  await assert.rejects(lost, { code: 'peer_unreachable' })
})

test('who is dialled may refuse, be away or be nobody', async () => {
  const { clock, net, join } = scene(1)
  const a = await join('a')
  const closed = await join('closed', 'accept', { admits: () => false })
  const dial = async (from: Transport, address: string) => {
    const dialled = from.dial(address)
    dialled.catch(() => {})
    await clock.advance(10_000)
    return dialled
  }
  await assert.rejects(dial(a, net.addressOf('closed')), { code: 'peer_unreachable' })
  await assert.rejects(dial(closed, net.addressOf('a')), { code: 'peer_unreachable' })
  await assert.rejects(dial(a, net.addressOf('nobody')), { code: 'peer_unreachable' })
  await assert.rejects(dial(a, 'nonsense'), { code: 'bad_address', severity: 'fatal' })
  const b = await join('b')
  net.partition(['a'], ['b'])
  await assert.rejects(dial(a, net.addressOf('b')), { code: 'peer_unreachable' })
  net.heal()
  assert.equal(await dial(a, net.addressOf('b')), 'b')
  assert.equal(await dial(b, net.addressOf('a')), 'a')
  assert.deepEqual(net.connections(), ['a b'])
  await assert.rejects(join('b'), /taken/)
})

test('a partition loses messages at once and connections after a while; a clog only holds messages up', async () => {
  const world = scene(1)
  const { clock, net, received, log } = world
  const [a, b] = await ring(world, 3)
  net.partition(['n0'], ['n1', 'n2'])
  a!.publish('blocks', message)
  await clock.advance(10_000)
  assert.deepEqual([received('n1'), received('n2'), net.connections().length], [0, 0, 3])
  net.heal()
  await clock.advance(30_000)
  assert.equal(net.connections().length, 3)
  net.partition(['n0'], ['n1', 'n2'])
  await clock.advance(20_000)
  assert.deepEqual(net.connections(), ['n1 n2'])
  assert.ok(log.includes('n0 - n1') && log.includes('n1 - n0'))

  net.clog('n1', 'n2')
  b!.publish('blocks', Uint8Array.of(9))
  await clock.advance(60_000)
  assert.equal(received('n2'), 0)
  net.unclog('n1', 'n2')
  await clock.advance(1)
  assert.equal(received('n2'), 1)
})

test('a crashed node hears nothing more, and its name can be taken again', async () => {
  const world = scene(1)
  const { clock, net, log, received } = world
  const [a] = await ring(world, 3)
  a!.publish('blocks', message)
  net.crash('n1')
  await clock.advance(1_000)
  assert.equal(received('n1'), 0)
  assert.deepEqual(
    log.filter((line) => line.includes(' - ')),
    ['n0 - n1', 'n2 - n1'],
  )
  const again = await world.join('n1')
  await world.connect(again, 'n0')
  a!.publish('blocks', Uint8Array.of(4))
  await clock.advance(1_000)
  assert.equal(received('n1'), 1)
})

test('loss and duplication are as often as set, and a lossy net still floods', async () => {
  const world = scene(3, { loss: 0.2 })
  const { clock, net, received } = world
  // A mesh: lost dials are made again.
  const transports: Transport[] = []
  for (let index = 0; index < 5; index++) transports.push(await world.join(`n${index}`))
  for (const [index, transport] of transports.entries()) {
    for (let other = index + 1; other < 5; other++) {
      while (!net.connections().includes(`n${index} n${other}`)) {
        transport.dial(net.addressOf(`n${other}`)).catch(() => {})
        await clock.advance(11_000)
      }
    }
  }
  for (let index = 0; index < 100; index++) transports[0]!.publish('txs', Uint8Array.of(index))
  await clock.advance(1_000)
  for (const name of ['n1', 'n2', 'n3', 'n4']) assert.ok(received(name) >= 95, `${name} ${received(name)}`)
  const lost = 1 - net.traffic('n1').receivedBytes / (100 * 4 * 65)
  assert.ok(lost > 0.05 && lost < 0.35, `${lost}`)

  const twice = scene(3, { duplication: 0.5 })
  const [a] = await ring(twice, 2)
  for (let index = 0; index < 100; index++) a!.publish('txs', Uint8Array.of(index))
  await twice.clock.advance(1_000)
  const { messages, copies } = twice.net.traffic('n1')
  assert.equal(messages, 100)
  assert.ok(copies > 30 && copies < 70, `${copies}`)
})

test('the same seed gives the same run, another one another', async () => {
  async function run(seed: number): Promise<readonly string[]> {
    const world = scene(seed, { loss: 0.1, duplication: 0.1, jitterMs: 50 })
    world.net.setQuality({ loss: 0 })
    const transports = await ring(world, 5)
    world.net.setQuality({ loss: 0.1 })
    world.net.setQuality({ delayMs: 200 }, { from: 'n0', to: 'n1' })
    for (let index = 0; index < 20; index++) {
      transports[index % 5]!.publish('txs', Uint8Array.of(index))
      await world.clock.advance(25)
      if (index === 5) world.net.partition(['n0', 'n1'])
      if (index === 15) world.net.heal()
    }
    await world.clock.advance(1_000)
    return world.log
  }
  const [first, second, third] = [await run(5), await run(5), await run(6)]
  assert.deepEqual(first, second)
  assert.notDeepEqual(first, third)
})

test('one link may differ from the others', async () => {
  const world = scene(1)
  const { clock, net, received } = world
  const [a] = await ring(world, 3)
  const slow: Parameters<VirtualNet['setQuality']> = [{ delayMs: 5_000 }, { from: 'n0', to: 'n1' }]
  net.setQuality(...slow)
  net.cut('n2', 'n1')
  a!.publish('blocks', message)
  await clock.advance(4_999)
  assert.deepEqual([received('n1'), received('n2')], [0, 1])
  await clock.advance(1)
  assert.equal(received('n1'), 1)
  assert.deepEqual(net.qualityOf('n0', 'n2').delayMs, 10)
})
