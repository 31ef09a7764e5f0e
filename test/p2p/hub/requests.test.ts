import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBlock } from '../../../core/block.ts'
import { NodeError } from '../../../core/errors.ts'
import { type Hash, hexToBytes, zeroAddress } from '../../../core/hex.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import type { Seal } from '../../../core/seal.ts'
import { signTx } from '../../../core/txEnvelope.ts'
import { createServer } from '../../../p2p/hub/serve.ts'
import { defaultNetLimits } from '../../../p2p/limits.ts'
import type { Protocol } from '../../../p2p/transport.ts'
import { encodeBlobRequest } from '../../../p2p/wire/blob.ts'
import { decodeBlocks, encodeBlocks, encodeBlocksRequest, packBlocks } from '../../../p2p/wire/blocks.ts'
import { compressBlock } from '../../../p2p/wire/compress.ts'
import { encodeStatus, statusRequest } from '../../../p2p/wire/status.ts'
import { chainId, chainOf, createHubWorld, type HubWorld, messageOf, readsOf, statusAt, viewAt } from './hubs.ts'

const signedTx = signTx(
  {
    type: 2,
    chainId,
    nonce: 0n,
    maxFeePerGas: 10n,
    maxPriorityFeePerGas: 1n,
    gas: 21_000n,
    to: zeroAddress,
    value: 1n,
    data: new Uint8Array(0),
    accessList: [],
  },
  new Uint8Array(32).fill(9),
)
const chain = chainOf(200)
const raws = chain.map(encodeBlock)
const hash = `0x01${'ab'.repeat(31)}` as Hash
const bounds = { timeoutMs: 8_000, maxBytes: 4_194_304 }

/** Answers of a raw peer that says it has 200 blocks. */
function answering(answers: Partial<Record<Protocol, (data: Uint8Array) => Uint8Array | undefined>>) {
  return {
    request: async (_: string, protocol: Protocol, data: Uint8Array) => {
      const answer = answers[protocol]
      return answer === undefined ? (protocol === 'status' ? encodeStatus(statusAt(200n)) : undefined) : answer(data)
    },
  }
}

/** A hub that dials these raw peers. */
async function askingHub(world: HubWorld, peers: Readonly<Record<string, ReturnType<typeof answering>>>) {
  for (const [name, handlers] of Object.entries(peers)) await world.startRaw(name, handlers)
  const persistent = Object.keys(peers).map(world.net.addressOf)
  const hub = await world.start('hub', { bootnodes: persistent })
  // Four dials a second.
  await world.clock.advance(2_000)
  assert.equal((await hub.net.peers()).filter(({ status }) => status !== undefined).length, persistent.length)
  const scores = async () => Object.fromEntries((await hub.net.peers()).map(({ id, score }) => [id, Math.round(score)]))
  return { ...hub, scores }
}

test('blocks come from a peer that has them, with their senders and seals', async () => {
  const world = createHubWorld()
  const [block] = chainOf(1, [signedTx])
  const seal: Seal = { epoch: 0n, contentHash: hash, signature: { r: 5n, s: 6n, yParity: 1 } }
  await world.start('server', {
    view: viewAt(1n),
    reads: {
      blockAt: (number) => (number === 1n ? { raw: encodeBlock(block!), seal } : undefined),
      blob: () => undefined,
    },
  })
  const { net } = await world.start('hub', { bootnodes: [world.net.addressOf('server')] })
  await world.clock.advance(1_000)
  assert.deepEqual(await world.settle(net.blocks({ from: 1n, count: 64 })), {
    peer: 'server',
    blocks: [
      {
        number: 1n,
        parentHash: block!.header.parentHash,
        hash: block!.hash,
        raw: encodeBlock(block!),
        senders: [signedTx.from],
        seal,
      },
    ],
  })
  // Nobody says that it has these.
  assert.equal(await world.settle(net.blocks({ from: 2n, count: 1 })), undefined)
  await world.close()
})

test('a range is asked of the peer that has all of it, more than an answer holds is given in part', async () => {
  const world = createHubWorld()
  const short = answering({
    status: () => encodeStatus(statusAt(10n)),
    blocks: () => packBlocks(raws.slice(0, 10).map((raw) => ({ raw, seal: undefined }))),
  })
  await world.startRaw('short', short)
  await world.start('long', { view: viewAt(200n), reads: readsOf(chain) })
  const { net } = await world.start('hub', { bootnodes: ['short', 'long'].map(world.net.addressOf) })
  await world.clock.advance(1_000)
  const whole = await world.settle(net.blocks({ from: 1n, count: 500 }))
  assert.deepEqual([whole?.peer, whole?.blocks.length], ['long', 128])
  assert.deepEqual(whole?.blocks.at(-1)?.raw, raws[127])
  const part = await world.settle(net.blocks({ from: 1n, count: 500, peer: 'short' }))
  assert.deepEqual([part?.peer, part?.blocks.length], ['short', 10])
  assert.equal(await world.settle(net.blocks({ from: 1n, count: 1, peer: 'nobody' })), undefined)
  assert.equal(await world.settle(net.blocks({ from: 1n, count: 0 })), undefined)
  await world.close()
})

test('a malformed answer is held against the peer, and another one is asked', async () => {
  const item = (raw: Uint8Array) => ({ compressed: compressBlock(raw), seal: undefined })
  const [one, two, three] = raws as [Uint8Array, Uint8Array, Uint8Array]
  const stranger = encodeBlock({ ...chain[1]!, header: { ...chain[1]!.header, parentHash: hash } })
  const badTx = encodeBlock({ ...chain[0]!, transactions: [{ ...signedTx, raw: signedTx.raw.slice(0, -1) }] })
  const answers = {
    'no list': Uint8Array.of(0x80),
    'another number': encodeBlocks([item(two)]),
    'a gap': encodeBlocks([item(one), item(three)]),
    'another parent': encodeBlocks([item(one), item(stranger)]),
    'more than asked for': encodeBlocks([one, two, three].map(item)),
    'not compressed': encodeBlocks([{ compressed: one, seal: undefined }]),
    'no block': encodeBlocks([item(Uint8Array.of(1, 2, 3))]),
    'a transaction cut short': encodeBlocks([item(badTx)]),
    'a block beyond the limit': encodeBlocks([item(new Uint8Array(2_097_153))]),
  }
  for (const [what, answer] of Object.entries(answers)) {
    const world = createHubWorld()
    const { net, scores } = await askingHub(world, { mad: answering({ blocks: () => answer }) })
    assert.equal(await world.settle(net.blocks({ from: 1n, count: 2 })), undefined, what)
    assert.deepEqual(await scores(), { mad: -25 }, what)
    await world.start('good', { view: viewAt(200n), reads: readsOf(chain) })
    assert.equal(await world.settle(net.addPeer(world.net.addressOf('good'))), true)
    await world.clock.advance(100)
    assert.equal((await world.settle(net.blocks({ from: 1n, count: 2 })))?.peer, 'good', what)
    await world.close()
  }
})

test('peers that give nothing, nothing in time or too much lose a little, and others are asked in turn', async () => {
  const world = createHubWorld(4)
  const { net, scores } = await askingHub(world, {
    empty: answering({ blocks: () => Uint8Array.of(0xc0) }),
    refusing: answering({}),
    endless: answering({ blocks: () => new Uint8Array(4_194_305) }),
  })
  await world.startRaw('silent', {
    request: (_, protocol) =>
      protocol === 'status' ? Promise.resolve(encodeStatus(statusAt(200n))) : new Promise(() => {}),
  })
  assert.equal(await world.settle(net.blocks({ from: 1n, count: 2 })), undefined)
  assert.deepEqual(await scores(), { empty: -1, refusing: 0, endless: -25 })
  // What has nothing is asked again only after it has told anew.
  assert.equal(await world.settle(net.blocks({ from: 1n, count: 2, peer: 'empty' })), undefined)
  await world.settle(net.addPeer(world.net.addressOf('silent')))
  await world.clock.advance(100)
  const startMs = world.clock.nowMs()
  assert.equal(await world.settle(net.blocks({ from: 1n, count: 2, peer: 'silent' })), undefined)
  assert.ok(world.clock.nowMs() - startMs >= 8_000 && world.clock.nowMs() - startMs < 8_100)
  assert.deepEqual((await scores()).silent, -3)
  await world.close()
})

test('a node asks a peer no faster than the peer lets it, and at most two things at a time', async () => {
  const world = createHubWorld()
  let underWay = 0
  let most = 0
  await world.startRaw('slow', {
    async request(_, protocol) {
      if (protocol === 'status') return encodeStatus(statusAt(200n))
      most = Math.max(most, ++underWay)
      await world.clock.sleep(100, new AbortController().signal)
      underWay--
      return packBlocks([{ raw: raws[0]!, seal: undefined }])
    },
  })
  const server = await world.start('server', { view: viewAt(200n), reads: readsOf(chain) })
  const { net } = await world.start('hub', { bootnodes: ['slow', 'server'].map(world.net.addressOf) })
  await world.clock.advance(1_000)
  const asks = (peer: string) => Array.from({ length: 30 }, () => net.blocks({ from: 1n, count: 1, peer }))
  const answers = await world.settle(Promise.all([...asks('slow'), ...asks('server')]))
  assert.ok(answers.every((answer) => answer?.blocks.length === 1))
  assert.equal(most, 2)
  assert.equal((await server.net.peers())[0]?.score, 0)
  await world.close()
})

test('who has a bad score is asked only if there is nobody else', async () => {
  const world = createHubWorld()
  const good = () => packBlocks([{ raw: raws[0]!, seal: undefined }])
  const peers = { one: answering({ blocks: good }), two: answering({ blocks: good }) }
  const { net } = await askingHub(world, peers)
  const askTen = async () => {
    const asked = new Set<string | undefined>()
    for (let times = 0; times < 10; times++) {
      asked.add((await world.settle(net.blocks({ from: 1n, count: 1 })))?.peer)
      await world.clock.advance(1_000)
    }
    return [...asked].sort()
  }
  assert.deepEqual(await askTen(), ['one', 'two'])
  for (let times = 0; times < 4; times++) net.blame('one', 'useless_answer')
  assert.deepEqual(await askTen(), ['two'])
  await world.settle(net.removePeer('two'))
  assert.deepEqual(await askTen(), ['one'])
  await world.close()
})

test('a peer that gave nothing is not asked for it again until it has told anew where it is', async () => {
  const world = createHubWorld()
  let asked = 0
  const blocks = () => {
    asked++
    return Uint8Array.of(0xc0)
  }
  const { net } = await askingHub(world, { empty: answering({ blocks }) })
  const ask = () => world.settle(net.blocks({ from: 1n, count: 1 }))
  await Promise.all([await ask(), await ask(), await ask()])
  assert.equal(asked, 1)
  await world.clock.advance(2_000)
  await ask()
  assert.equal(asked, 2)
  await world.close()
})

test('a blob is asked of up to four peers, one after the other', async () => {
  const world = createHubWorld()
  const blob = new Uint8Array(131_072).fill(5)
  let asked = 0
  const none = () => {
    asked++
    return new Uint8Array(0)
  }
  const names = ['p1', 'p2', 'p3', 'p4', 'p5']
  const peers = Object.fromEntries(names.map((name) => [name, answering({ blob: none })]))
  const { net, scores } = await askingHub(world, peers)
  assert.equal(await world.settle(net.blob(hash)), undefined)
  assert.equal(asked, 4)
  assert.deepEqual(Object.values(await scores()), [0, 0, 0, 0, 0])
  await world.close()

  const second = createHubWorld()
  const request = encodeBlobRequest(hash)
  const short = answering({ blob: () => new Uint8Array(131_071) })
  const hub = await askingHub(second, { short })
  const reads = { blockAt: () => undefined, blob: (wanted: Hash) => (wanted === hash ? blob : undefined) }
  await second.start('server', { reads })
  await second.settle(hub.net.addPeer(second.net.addressOf('server')))
  assert.deepEqual(await second.settle(hub.net.blob(hash)), { peer: 'server', blob })
  assert.equal(request.length, 32)
  await second.close()
})

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

test('all peers together have a burst of forty requests, which is not held against anybody', async () => {
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
  // And what came back within the time that this took.
  assert.ok(answered >= 40 && answered <= 50, `${answered}`)
  assert.ok((await world.settle(ask('status', statusRequest))).length > 0)
  assert.equal(await score(), 0)
  await world.close()
})

test('who passes on a block has it, whatever its last status said', async () => {
  const world = createHubWorld()
  const handlers = {
    ...answering({
      status: () => encodeStatus(statusAt(0n)),
      blocks: () => packBlocks([{ raw: raws[0]!, seal: undefined }]),
    }),
  }
  const raw = await world.startRaw('raw', handlers)
  const { net } = await world.start('hub', { bootnodes: [world.net.addressOf('raw')] })
  await world.clock.advance(1_000)
  assert.equal(await world.settle(net.blocks({ from: 1n, count: 1 })), undefined)
  raw.transport.publish('blocks', await messageOf(chain[2]!))
  await world.clock.advance(50)
  assert.equal((await world.settle(net.blocks({ from: 1n, count: 1 })))?.peer, 'raw')
  await world.close()
})
