import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brotliCompressSync, constants } from 'node:zlib'
import { type Address, bigintToFixed, concatBytes, emptyBytes, joinBytes, zeroHash } from '../../core/hex.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { type Batch, encodeBatch } from '../../l1/batch/batch.ts'
import { encodeChannel } from '../../l1/batch/channel.ts'
import { encodeFrame } from '../../l1/batch/frame.ts'
import { channelToPayloads } from '../../l1/batch/payload.ts'
import { createDice } from './dice.ts'
import { payloadsOf, rawPost } from './handBatcher.ts'
import { roles, users } from './spec.ts'
import { safeAt, setup } from './world.ts'

const channelId = bigintToFixed(77n, 16)
const payloads = (channel: Uint8Array) => channelToPayloads(channel, { channelId, maxBytes: 120_000 })
const brotli = (content: Uint8Array) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
const channelOf = (content: Uint8Array) => concatBytes(Uint8Array.of(1), brotli(content))
const frame = (data: Uint8Array, fields: { number?: number; isLast?: boolean; id?: Uint8Array } = {}) =>
  concatBytes(
    Uint8Array.of(0),
    encodeFrame({ channelId: fields.id ?? channelId, number: fields.number ?? 0, data, isLast: fields.isLast ?? true }),
  )

/** Everything that is not quite a channel with this batch in it. */
function garbage(batch: Batch): Readonly<Record<string, readonly Uint8Array[]>> {
  const channel = encodeChannel([batch])
  const content = encodeRlp(encodeBatch(batch))
  const [payload] = payloads(channel)
  const half = channel.length >> 1
  const parts = [channel.subarray(0, half), channel.subarray(half)]
  const noise = createDice(10).bytes(5_000)
  return {
    'no bytes': [emptyBytes],
    'random bytes': [noise],
    'random bytes in a frame': [frame(noise)],
    'an unknown payload version': [concatBytes(Uint8Array.of(0xff), payload!.subarray(1))],
    'an alternative-DA commitment': [concatBytes(Uint8Array.of(1), payload!.subarray(1))],
    'a frame cut off': [payload!.subarray(0, -5)],
    'bytes after the frame': [concatBytes(payload!, Uint8Array.of(0))],
    'two frames in one payload': [
      concatBytes(frame(parts[0]!, { isLast: false }), frame(parts[1]!, { number: 1 }).subarray(1)),
    ],
    'frames in the wrong order': [frame(parts[1]!, { number: 1 }), frame(parts[0]!, { isLast: false })],
    'a frame twice': [
      frame(parts[0]!, { isLast: false }),
      frame(parts[0]!, { isLast: false }),
      frame(parts[1]!, { number: 1 }),
    ],
    'frames of two channels': [
      frame(parts[0]!, { isLast: false }),
      frame(parts[1]!, { number: 1, id: bigintToFixed(78n, 16) }),
    ],
    'a channel without its end': [frame(parts[0]!, { isLast: false })],
    'two channels in one transaction': [...payloads(channel), ...payloads(channel)],
    'a channel cut off': payloads(channel.subarray(0, -3)),
    'bytes after the brotli stream': payloads(concatBytes(channel, Uint8Array.of(0))),
    'two brotli streams': payloads(concatBytes(channel, brotli(content))),
    'zlib instead of brotli': payloads(concatBytes(Uint8Array.of(0x78), channel.subarray(1))),
    'an empty channel': payloads(channelOf(emptyBytes)),
    'bad RLP': payloads(channelOf(concatBytes(Uint8Array.of(0xf9), content))),
    'a batch and half of another': payloads(channelOf(concatBytes(content, content.subarray(0, 20)))),
    'a batch and garbage': payloads(channelOf(concatBytes(content, encodeRlp(noise.subarray(0, 99))))),
    'a span batch': payloads(channelOf(encodeRlp(concatBytes(Uint8Array.of(1), encodeBatch(batch).subarray(1))))),
    'leading zeros': payloads(channelOf(encodeRlp(paddedTime(batch)))),
    'a bomb': payloads(channelOf(joinBytes([content, new Uint8Array(64 * 2 ** 20)]))),
  }
}

/** The batch with a zero byte before its timestamp. */
function paddedTime({ parentHash, epochNumber, epochHash, timestamp }: Batch): Uint8Array {
  const hash = (text: string) => Buffer.from(text.slice(2), 'hex')
  const time = concatBytes(Uint8Array.of(0), bigintToFixed(timestamp, 4))
  return concatBytes(
    Uint8Array.of(0),
    encodeRlp([hash(parentHash), bigintToFixed(epochNumber, 2), hash(epochHash), time, []]),
  )
}

describe('hostile and broken data on L1', () => {
  test('garbage of every kind is ignored, and the next valid batch derives', async () => {
    const world = await setup({ limits: { sequencingWindow: 100n } })
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    await sequencer.seal()
    const batches = world.batches(sequencer, 1n, 1n)
    let posts = 0
    const post = (bad: readonly Uint8Array[], blobs: boolean) => {
      l1.inject(rawPost(bad, { blobs }))
      posts++
    }
    for (const [name, bad] of Object.entries(garbage(batches[0]!))) {
      if (bad.length === 1) post(bad, false)
      post(bad, true)
      await world.mine()
      assert.equal(validator.chain.heads().safe.number, 0n, `${name} counted`)
    }
    world.post(batches)
    await world.mine()
    safeAt(validator, 1n)
    assert.equal(validator.warnings.length, posts, 'one line each')
    await world.finish()
  })

  test('blobs that hold nothing, or padding that is not zero, make the whole transaction count for nothing', async () => {
    const world = await setup()
    const { sequencer, validator, l1 } = world
    await world.mineMany(2)
    await sequencer.seal()
    const batches = world.batches(sequencer, 1n, 1n)
    const good = rawPost(payloadsOf(batches), { blobs: true })
    const [blob] = good.blobs!
    const padded = Uint8Array.from(blob!)
    padded[131_071] = 1
    const wide = Uint8Array.from(blob!)
    wide[32] = wide[32]! | 0x80
    l1.inject({ ...good, blobs: [new Uint8Array(131_072)] })
    l1.inject({ ...good, blobs: [padded] })
    l1.inject({ ...good, blobs: [wide] })
    l1.inject({ ...good, blobs: [blob!, new Uint8Array(131_072)] })
    l1.inject({ ...good, blobs: [], input: blob! })
    await world.mine()
    safeAt(validator, 0n)
    // The calldata of a blob transaction does not count, and does not matter.
    l1.inject({ ...good, input: Uint8Array.of(1, 2, 3) })
    await world.mine()
    safeAt(validator, 1n)
    await world.finish()
  })

  test('another sender, another address, a creation: not the batcher', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    await sequencer.seal()
    const batches = world.batches(sequencer, 1n, 1n)
    world.post(batches, { from: users[0]!.address })
    world.post(batches, { from: users[0]!.address, blobs: true })
    world.post(batches, { to: `0x${'fe'.repeat(20)}` as Address })
    await world.mine()
    safeAt(validator, 0n)
    world.post(batches, { from: roles.batcher.address })
    await world.mine()
    safeAt(validator, 1n)
    await world.finish()
  })

  const bad: Readonly<Record<string, (batch: Batch) => Partial<Batch>>> = {
    'from the future': ({ timestamp }) => ({ timestamp: timestamp + 601n }),
    'older than its parent': () => ({ timestamp: 1_000n }),
    'with an origin that is not canonical': () => ({ epochHash: zeroHash }),
    'with an origin that is not there yet': ({ epochNumber }) => ({ epochNumber: epochNumber + 50n }),
    'with an origin before its parent’s': ({ epochNumber }) => ({ epochNumber: epochNumber - 5n }),
    'with a deposit in it': () => ({ txs: [Uint8Array.of(0x7e, 1, 2)] }),
    'with a blob transaction in it': () => ({ txs: [Uint8Array.of(3, 1, 2)] }),
    'with an empty transaction': () => ({ txs: [emptyBytes] }),
    'with an unknown type': () => ({ txs: [Uint8Array.of(5, 0xc0)] }),
  }

  test('a batch that breaks a rule ends its channel; safe stays, the next valid one is accepted', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    await sequencer.seal(2)
    const batches = world.batches(sequencer, 1n, 2n)
    for (const change of Object.values(bad)) {
      const [first, second] = batches
      world.post([{ ...first!, ...change(first!) }, first!, second!])
      await world.mine()
      safeAt(validator, 0n)
    }
    // What is before the broken one counts; a batch with another parent is only passed over.
    const [first, second] = batches
    world.post([{ ...first!, parentHash: zeroHash }, first!, { ...second!, timestamp: 1n }, second!])
    await world.mine()
    safeAt(validator, 1n)
    world.post([second!, first!])
    await world.mine()
    safeAt(validator, 2n)
    await world.finish()
  })

  test('duplicates and batches out of order change nothing', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    await sequencer.seal(4)
    const [one, two, three, four] = world.batches(sequencer, 1n, 4n)
    world.post([two!, one!, one!, three!])
    await world.mine()
    safeAt(validator, 1n)
    world.post([one!, two!])
    world.post([two!, three!, four!])
    world.post([four!, three!, two!, one!])
    await world.mine()
    safeAt(validator, 4n)
    assert.deepEqual(validator.chain.heads(), sequencer.chain.heads())
    await world.finish()
  })

  test('a transaction in a batch that cannot be executed makes a block of deposits, and the chain goes on', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal()
    const [batch] = world.batches(sequencer, 1n, 1n)
    const broken: readonly Uint8Array[] = [
      world.transfer(1, 5n).raw,
      world.transfer(1, 0n, { value: 10n ** 30n }).raw,
      world.transfer(1, 0n, { gas: 7_900_000n }).raw,
      Uint8Array.of(2, 0xc0),
      Uint8Array.of(0xf8, 1, 2, 3),
    ]
    let parentHash = batch!.parentHash
    for (const [index, raw] of broken.entries()) {
      world.post([{ ...batch!, parentHash, txs: [...batch!.txs, raw] }])
      await world.mine()
      safeAt(validator, BigInt(index + 1))
      const block = validator.chain.block(validator.chain.heads().safe.hash)!
      assert.ok(block.transactions.every(({ tx }) => tx.type === 0x7e))
      parentHash = block.hash
    }
    assert.equal(validator.chain.state().account(users[1]!.address)?.nonce ?? 0n, 0n)
    assert.equal(sequencer.mempool.status().pending, 1, 'what was in the lost block waits again')
    await sequencer.seal()
    world.post(world.batches(sequencer, 6n, 6n))
    await world.mine()
    safeAt(validator, 6n)
    assert.equal(validator.chain.state().account(users[1]!.address)?.nonce, 1n)
    await world.finish()
  })

  test('a clone of the sequencer cannot replace what L1 already holds', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    const clone = await world.openSequencer()
    await world.mineMany(2)
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal(2)
    clone.submit(world.transfer(2, 0n))
    await clone.seal(2)
    const [mine, other] = [world.batches(sequencer, 1n, 2n), world.batches(clone, 1n, 2n)]
    world.post(mine)
    world.post(other)
    await world.mine()
    safeAt(validator, 2n)
    assert.equal(validator.chain.heads().safe.hash, sequencer.chain.heads().unsafe.hash)
    assert.equal(clone.chain.heads().unsafe.hash, sequencer.chain.heads().unsafe.hash, 'the clone gives way')
    assert.equal(clone.mempool.status().pending, 1)
    world.post(other)
    await world.mine()
    safeAt(validator, 2n)
    await world.finish()
  })

  test('a sequencer that posts another block than it served: L1 wins on every node, and on itself', async () => {
    const world = await setup()
    const { sequencer, validator } = world
    await world.mineMany(2)
    sequencer.submit(world.transfer(1, 0n))
    await sequencer.seal()
    const served = sequencer.chain.heads().unsafe
    const [batch] = world.batches(sequencer, 1n, 1n)
    world.post([{ ...batch!, txs: [world.transfer(2, 0n).raw] }])
    await world.mine()
    safeAt(validator, 1n)
    assert.notEqual(validator.chain.heads().safe.hash, served.hash)
    assert.deepEqual(sequencer.chain.heads().safe, validator.chain.heads().safe)
    await world.finish()
  })
})
