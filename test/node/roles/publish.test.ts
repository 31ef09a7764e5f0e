import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hash } from '../../../core/hex.ts'
import { rulesOf } from '../../../genesis/spec.ts'
import { signerOf } from '../../../node/keys/signer.ts'
import { silentLogger } from '../../../node/log/logger.ts'
import { createPublisher } from '../../../node/roles/publish.ts'
import { readSeal } from '../../../p2p/follow/seals.ts'
import { decodeEnvelope } from '../../../p2p/wire/envelope.ts'
import { roles } from '../../rollup/spec.ts'
import { createWorld } from '../../rollup/world.ts'

async function setup() {
  const world = await createWorld()
  const node = await world.openSequencer()
  await world.mineMany(3)
  const published: Hash[] = []
  const net = {
    publish: (_topic: string, data: Uint8Array) => {
      const message = decodeEnvelope(data)
      assert.ok(message !== undefined && 'hash' in message)
      // What is said must be on disk by then.
      assert.ok(readSeal(node.chain.kv, message.hash) !== undefined)
      published.push(message.hash)
    },
  }
  const open = () =>
    createPublisher(
      { chain: node.chain, rules: rulesOf(world.spec), log: silentLogger },
      { net, sign: signerOf(roles.signer.privateKey), isNamed: () => state.isNamed },
    )
  const state = { isNamed: true }
  const hashAt = (number: bigint) => node.chain.reader.hashByNumber(number)!
  const blockAt = (number: bigint) => node.chain.block(hashAt(number))!
  return { world, node, published, open, hashAt, blockAt, state }
}

test('blocks go out in their order, each after its seal is on disk', async () => {
  const { world, node, published, open, hashAt, blockAt } = await setup()
  const publisher = open()
  await node.seal(3)
  for (const number of [1n, 2n, 3n]) publisher.sealed(blockAt(number))
  await publisher.settled()
  assert.deepEqual(published, [1n, 2n, 3n].map(hashAt))
  await world.abandon()
})

test('blocks that a crash left without a seal are sealed at the next start, the others are not sent again', async () => {
  const { world, node, published, open, hashAt, blockAt } = await setup()
  await node.seal(3)
  const first = open()
  await first.settled()
  assert.equal(published.length, 3)
  await node.seal(1)
  await open().settled()
  assert.deepEqual(published.slice(3), [hashAt(4n)])
  first.sealed(blockAt(4n))
  await first.settled()
  assert.equal(published.length, 5, 'the same block may be said again')
  await world.abandon()
})

test('while L1 names another signer blocks are sealed, and nothing is said that would cost this node its peers', async () => {
  const { world, node, published, open, hashAt, blockAt, state } = await setup()
  const publisher = open()
  await node.seal(2)
  state.isNamed = false
  publisher.sealed(blockAt(1n))
  await publisher.settled()
  assert.ok(readSeal(node.chain.kv, hashAt(1n)) !== undefined)
  assert.deepEqual(published, [])
  state.isNamed = true
  publisher.sealed(blockAt(2n))
  await publisher.settled()
  assert.deepEqual(published, [hashAt(2n)])
  await world.abandon()
})

test('a block that cannot be sealed ends who publishes at once, not only when the node stops', async () => {
  const { world, node } = await setup()
  await node.seal(2)
  const sign = { ...signerOf(roles.signer.privateKey), sign: () => Promise.reject(new Error('a bug')) }
  const publisher = createPublisher(
    { chain: node.chain, rules: rulesOf(world.spec), log: silentLogger },
    { net: { publish: () => assert.fail('nothing is said') }, sign, isNamed: () => true },
  )
  await assert.rejects(publisher.run(new AbortController().signal), { message: 'a bug' })
  await world.abandon()
})

test('who publishes ends with the signal, after the last block', async () => {
  const { world, node, published, open, blockAt } = await setup()
  await node.seal(1)
  const stop = new AbortController()
  const publisher = open()
  const running = publisher.run(stop.signal)
  publisher.sealed(blockAt(1n))
  stop.abort()
  await running
  assert.equal(published.length, 2)
  await open().run(stop.signal)
  await world.abandon()
})

test('a second block of one parent and one origin is never sealed', async () => {
  const { world, node, published, open, hashAt, blockAt } = await setup()
  await node.seal(2)
  const publisher = open()
  await publisher.settled()
  const before = hashAt(2n)
  // As when L1 had put another block there, and then took it back.
  await node.sequencer.exclusive(async () => void (await node.chain.rewind(1n)))
  await node.stop()
  const again = await world.openSequencer({ kv: node.kv })
  await again.sync()
  again.submit(world.transfer(1, 0n))
  await again.seal(1)
  const rival = again.chain.block(again.chain.reader.hashByNumber(2n)!)!
  assert.notEqual(rival.hash, before)
  const next = createPublisher(
    { chain: again.chain, rules: rulesOf(world.spec), log: silentLogger },
    {
      net: { publish: () => assert.fail('nothing is said') },
      sign: signerOf(roles.signer.privateKey),
      isNamed: () => true,
    },
  )
  next.sealed(rival)
  await next.settled()
  assert.equal(readSeal(again.chain.kv, rival.hash), undefined)
  assert.equal(published.length, 2)
  assert.ok(blockAt(1n))
  await world.abandon()
})
