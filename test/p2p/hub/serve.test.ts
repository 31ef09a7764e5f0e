import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../../core/errors.ts'
import { type Hash, hexToBytes } from '../../../core/hex.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { createServer } from '../../../p2p/hub/serve.ts'
import { defaultNetLimits } from '../../../p2p/limits.ts'
import type { Protocol } from '../../../p2p/transport.ts'
import { decodeBlocks, encodeBlocksRequest } from '../../../p2p/wire/blocks.ts'
import { encodeStatus, statusRequest } from '../../../p2p/wire/status.ts'
import { chainOf, createHubWorld, type HubWorld, readsOf, statusAt, viewAt } from './hubs.ts'

const chain = chainOf(200)
const hash = `0x01${'ab'.repeat(31)}` as Hash
const bounds = { timeoutMs: 8_000, maxBytes: 4_194_304 }

/** A raw peer connected to a hub that serves the chain. */
async function served(world: HubWorld, options: Parameters<HubWorld['start']>[1] = {}) {
  const hub = await world.start('hub', { view: viewAt(200n), reads: readsOf(chain), ...options })
  const raw = await world.startRaw('raw')
  await world.settle(raw.transport.dial(world.net.addressOf('hub')))
  const ask = (protocol: Protocol, data: Uint8Array) => raw.transport.request('hub', protocol, data, bounds)
  const score = async () => Math.round((await hub.net.peers())[0]?.score ?? Number.NaN)
  return { ...hub, raw, ask, score }
}

test('requests that are malformed are refused and cost something', async () => {
  const world = createHubWorld()
  const { ask, score } = await served(world)
  const refused = { code: 'peer_refused' }
  await assert.rejects(world.settle(ask('status', Uint8Array.of(1))), refused)
  await assert.rejects(world.settle(ask('blocks', Uint8Array.of(0xc0))), refused)
  await assert.rejects(world.settle(ask('blob', new Uint8Array(31))), refused)
  assert.equal(await score(), -30)
  assert.deepEqual(await world.settle(ask('status', statusRequest)), encodeStatus(statusAt(200n)))
  assert.deepEqual(await world.settle(ask('blob', hexToBytes(hash))), new Uint8Array(0))
  assert.equal(await score(), -30)
  await world.close()
})

test('an answer ends where the chain changed while it was read, and at the head that is told', async () => {
  const world = createHubWorld()
  const other = { ...chain[4]!, header: { ...chain[4]!.header, parentHash: hash } }
  const reads = readsOf(chain.map((block) => (block.header.number === 5n ? other : block)))
  const { ask, net } = await served(world, { reads })
  const countFrom = async (from: bigint) => {
    const answer = await world.settle(ask('blocks', encodeBlocksRequest({ from, count: 10 })))
    return decodeBlocks(answer, { maxCount: 10, maxBlockBytes: 2_097_152 })?.length
  }
  assert.deepEqual([await countFrom(1n), await countFrom(6n), await countFrom(201n)], [4, 10, 0])
  net.tell(viewAt(8n))
  assert.equal(await countFrom(6n), 3)
  await world.close()
})

test('a database that cannot be read refuses the request, and the node goes on', async () => {
  const world = createHubWorld()
  const failing = () => {
    throw new NodeError({ code: 'db_damaged', severity: 'fatal', message: 'damaged' })
  }
  const { ask, heard, score } = await served(world, { reads: { blockAt: failing, blob: failing } })
  await assert.rejects(world.settle(ask('blocks', encodeBlocksRequest({ from: 1n, count: 1 }))), {
    code: 'peer_refused',
  })
  assert.equal(await score(), 0)
  assert.equal(heard.logs.filter(({ level }) => level === 'warn').length, 1)
  assert.ok((await world.settle(ask('status', statusRequest))).length > 0)
  await world.close()
})

test('one request of a peer is answered after the other, four wait', async () => {
  let reading = 0
  const order: number[] = []
  const answer = createServer({
    bans: { isBanned: () => false },
    conduct: { blame: () => assert.fail('nothing wrong'), credit: () => {} },
    reads: {
      blockAt: () => undefined,
      blob: (wanted) => {
        assert.equal(reading++, 0)
        order.push(Number(wanted.slice(0, 4)))
        reading--
        return undefined
      },
    },
    status: () => statusAt(0n),
    limits: defaultNetLimits,
    clock: createManualClock(),
    log: { info: () => {}, warn: () => {}, debug: () => {} },
    signal: new AbortController().signal,
  })
  const ask = (peer: string, byte: number) => answer(peer, 'blob', new Uint8Array(32).fill(byte))
  const first = [1, 2, 3, 4, 5, 6, 7].map((byte) => ask('a', byte))
  const other = ask('b', 8)
  const none = new Uint8Array(0)
  assert.deepEqual(await Promise.all(first), [none, none, none, none, none, undefined, undefined])
  assert.deepEqual(await other, none)
  assert.deepEqual(
    order.filter((byte) => byte !== 8),
    [1, 2, 3, 4, 5],
  )
  assert.deepEqual(await ask('a', 9), none)
})

test('a peer has a burst of fifteen requests; a flood of them gets it banned', async () => {
  const world = createHubWorld()
  const { ask, score, raw } = await served(world)
  const outcomes = async (count: number) => {
    const asks = Array.from({ length: count }, () => ask('blob', hexToBytes(hash)))
    const all = await world.settle(Promise.allSettled(asks))
    return all.filter(({ status }) => status === 'fulfilled').length
  }
  assert.equal(await outcomes(20), 15)
  assert.equal(await score(), 0)
  await world.clock.advance(1_000)
  assert.equal(await outcomes(5), 4)
  await outcomes(200)
  assert.deepEqual(raw.lost, ['hub'])
  await world.close()
})

test('all peers together have a burst of forty requests, which is not held against anybody, and each has a part', async () => {
  const world = createHubWorld()
  const { ask, score } = await served(world)
  let answered = 0
  for (let index = 0; index < 6; index++) {
    const raw = await world.startRaw(`other${index}`)
    await world.settle(raw.transport.dial(world.net.addressOf('hub')))
    for (let times = 0; times < 3; times++) {
      const asks = [1, 2, 3, 4, 5].map(() => raw.transport.request('hub', 'blob', hexToBytes(hash), bounds))
      const all = await world.settle(Promise.allSettled(asks))
      answered += all.filter(({ status }) => status === 'fulfilled').length
    }
  }
  // And what came back within the time that this took, and a part of each peer's own.
  assert.ok(answered >= 40 && answered <= 56, `${answered}`)
  const late = await world.startRaw('late')
  await world.settle(late.transport.dial(world.net.addressOf('hub')))
  const own = await world.settle(late.transport.request('hub', 'blob', hexToBytes(hash), bounds))
  assert.ok(own !== undefined)
  assert.ok((await world.settle(ask('status', statusRequest))).length > 0)
  assert.equal(await score(), 0)
  await world.close()
})
