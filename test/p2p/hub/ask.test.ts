import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBlock } from '../../../core/block.ts'
import { type Hash, zeroAddress } from '../../../core/hex.ts'
import type { Seal } from '../../../core/seal.ts'
import { signTx } from '../../../core/txEnvelope.ts'
import type { Protocol } from '../../../p2p/transport.ts'
import { encodeBlobRequest } from '../../../p2p/wire/blob.ts'
import { encodeBlocks, packBlocks } from '../../../p2p/wire/blocks.ts'
import { compressBlock } from '../../../p2p/wire/compress.ts'
import { encodeStatus } from '../../../p2p/wire/status.ts'
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
