import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address, Hash } from '../../../core/hex.ts'
import type { ChainRules } from '../../../core/rules.ts'
import type { Batch } from '../../../l1/batch/batch.ts'
import { encodeBlob } from '../../../l1/batch/blob.ts'
import { type Folded, foldL1Block } from '../../../l1/derive/fold.ts'
import { blobsNeeded } from '../../../l1/derive/inbox.ts'
import type { L1Record, SafeRef } from '../../../l1/derive/record.ts'
import type { InboxTx, L1BlockData } from '../../../l1/source.ts'
import { rules } from './actor.ts'
import { batchTx, blobTx, calldataTx, createFakeL1 } from './fakeL1.ts'
import { batchOn, config, createFakeApply, epochOf, epochsTo, hashOf, safeAt, someHash } from './fixtures.ts'

const stranger = `0x${'5e'.repeat(20)}` as Address
const strangerHash = `0x${'00'.repeat(12)}${stranger.slice(2)}` as Hash
const raw = Uint8Array.of(0xc0)

function recordOf(number: bigint, safe: SafeRef): L1Record {
  return { ...epochOf(number), parentHash: hashOf(number - 1n), config, safe }
}

function dataOf(number: bigint, content: Partial<L1BlockData> = {}): L1BlockData {
  const { block, deposits } = epochOf(number)
  return { block, parentHash: hashOf(number - 1n), deposits, updates: [], inbox: [], ...content }
}

/** Batches in a row on a safe head, each with this origin. */
function chainOn(safe: SafeRef, epochs: readonly bigint[], fakeTxs: readonly Uint8Array[] = [raw]): Batch[] {
  const batches: Batch[] = []
  let head = safe
  for (const [index, epoch] of epochs.entries()) {
    const batch = batchOn(head, epoch, { txs: fakeTxs, ...(index > 0 && { parentHash: fakeChild(index) }) })
    batches.push(batch)
    head = { ...head, timestamp: batch.timestamp, origin: { number: epoch, hash: batch.epochHash } }
  }
  return batches
}

/** In these tests the nth derived block has this hash. */
const fakeChild = (index: number) => hashOf(BigInt(index), 77n)

const hashesOf = ({ payload }: InboxTx) => (payload.kind === 'blobs' ? payload.hashes : [])

type Request = Partial<L1BlockData> & {
  readonly safe?: SafeRef
  readonly l1?: bigint
  readonly blobs?: Map<Hash, Uint8Array>
}

async function fold(
  { safe = safeAt(110n), l1 = 121n, blobs = new Map(), ...content }: Request,
  own: Partial<ChainRules> = {},
) {
  const fake = createFakeApply()
  const folded: Folded = await foldL1Block({
    window: { tip: recordOf(l1 - 1n, safe), at: epochsTo(l1 - 1n) },
    data: dataOf(l1, content),
    blobs,
    rules: { ...rules, ...own },
    apply: async (block) => ({ ...(await fake.apply(block)), hash: fakeChild(fake.blocks.length) }),
  })
  return { ...folded, blocks: fake.blocks }
}

test('batches of a channel become blocks one after the other, and the record names the last', async () => {
  const { record, blocks, batches } = await fold({ inbox: [batchTx(chainOn(safeAt(110n), [110n, 110n, 113n, 113n]))] })
  assert.deepEqual(
    blocks.map(({ inputs }) => [inputs.origin.number, inputs.sequenceNumber]),
    [
      [110n, 1n],
      [110n, 2n],
      [113n, 0n],
      [113n, 1n],
    ],
  )
  assert.deepEqual(record.safe, {
    number: 11n,
    hash: fakeChild(4),
    timestamp: epochOf(113n).block.timestamp,
    origin: { number: 113n, hash: hashOf(113n) },
    sequenceNumber: 1n,
  })
  const [info] = batches
  assert.deepEqual([info!.firstBlock, info!.lastBlock, info!.transactions, info!.feesWei], [8n, 11n, 4, 12n])
  assert.equal(info!.kind, 'calldata')
  assert.equal(info!.payloadBytes, info!.channelBytes + 24)
})

test('an L1 block without batches moves nothing but the record', async () => {
  const { record, blocks, batches, notes } = await fold({})
  assert.deepEqual(record.safe, safeAt(110n))
  assert.deepEqual([blocks, batches, notes], [[], [], []])
  assert.equal(record.block.number, 121n)
})

test('only the batcher’s transactions count, by the configuration of this L1 block', async () => {
  const inbox = [batchTx(chainOn(safeAt(110n), [110n]), stranger)]
  assert.equal((await fold({ inbox })).batches.length, 0)
  const updates = [{ kind: 'batcher', batcherHash: strangerHash }] as const
  const rotated = await fold({ inbox, updates })
  assert.equal(rotated.batches.length, 1)
  assert.equal(rotated.record.config.system.batcherHash, strangerHash)
  const old = await fold({ inbox: [batchTx(chainOn(safeAt(110n), [110n]))], updates })
  assert.equal(old.blocks.length, 0)
  // The block keeps the configuration of its origin.
  assert.equal(rotated.blocks[0]!.inputs.config.batcherHash, config.system.batcherHash)
})

test('a batcher hash that is no address lets nobody post', async () => {
  const updates = [{ kind: 'batcher', batcherHash: someHash }] as const
  assert.equal((await fold({ inbox: [batchTx(chainOn(safeAt(110n), [110n]))], updates })).batches.length, 0)
})

test('a configuration in force at an origin is that of its own L1 block', async () => {
  const updates = [{ kind: 'gasLimit', gasLimit: 9_000_000n }] as const
  const batches = chainOn(safeAt(118n), [120n, 121n])
  const { blocks } = await fold({ safe: safeAt(118n), updates, inbox: [batchTx(batches)] })
  assert.deepEqual(
    blocks.map(({ inputs }) => inputs.config.gasLimit),
    [8_000_000n, 9_000_000n],
  )
})

test('garbage in a transaction of the batcher is ignored, and the next transaction counts', async () => {
  const good = batchTx(chainOn(safeAt(110n), [110n]))
  const { data } = good.payload as { data: Uint8Array }
  const flipped = data.slice()
  flipped[0]! ^= 1
  const garbage = [new Uint8Array(0), Uint8Array.of(0), flipped, data.subarray(0, -1), new Uint8Array(500).fill(0xaa)]
  const { blocks, batches, notes } = await fold({ inbox: [...garbage.map((bytes) => calldataTx(bytes)), good] })
  assert.equal(blocks.length, 1)
  assert.equal(batches.length, 1)
  assert.deepEqual(
    notes.map(({ note }) => note),
    garbage.map(() => 'tx_ignored'),
  )
})

test('a broken rule ends its channel; the next transaction goes on from what was derived', async () => {
  const [one, two, three] = chainOn(safeAt(110n), [110n, 110n, 111n])
  const bad = { ...two!, timestamp: 0n }
  const { blocks, notes, batches } = await fold({
    inbox: [batchTx([one!, bad, two!]), batchTx([one!, two!, three!])],
  })
  assert.equal(blocks.length, 3)
  assert.deepEqual(notes, [{ note: 'channel_ended', txHash: batches[0]!.txHash, fault: 'time_before_parent' }])
  // The second one begins with a batch that is safe already: passed over.
  assert.deepEqual(
    batches.map(({ firstBlock, lastBlock }) => [firstBlock, lastBlock]),
    [
      [8n, 8n],
      [9n, 10n],
    ],
  )
})

test('the same batches again derive nothing, and have an entry without blocks', async () => {
  const batches = chainOn(safeAt(110n), [110n, 111n])
  const first = await fold({ inbox: [batchTx(batches)] })
  const again = await fold({ safe: first.record.safe, inbox: [batchTx(batches)] })
  assert.equal(again.blocks.length, 0)
  assert.deepEqual(again.notes, [])
  assert.deepEqual([again.batches[0]!.firstBlock, again.batches[0]!.lastBlock], [undefined, undefined])
})

test('blobs hold a channel in order; one that is malformed makes the transaction count for nothing', async () => {
  const l1 = createFakeL1()
  const many = Array.from({ length: 40 }, (_, index) => hashOf(BigInt(index))).map((hash) => Buffer.from(hash))
  const tx = blobTx(
    l1,
    chainOn(
      safeAt(110n),
      [110n, 111n],
      many.map((bytes) => Uint8Array.of(0xc0, ...bytes)),
    ),
    300,
  )
  const hashes = hashesOf(tx)
  assert.ok(hashes.length > 3)
  const { batches, blocks } = await fold({ inbox: [tx], blobs: l1.blobs })
  assert.equal(blocks.length, 2)
  assert.equal(batches[0]!.blobs, hashes.length)
  assert.equal(batches[0]!.payloadBytes, batches[0]!.channelBytes + 24 * hashes.length)

  const swapped: InboxTx = { ...tx, payload: { kind: 'blobs', hashes: [hashes[1]!, hashes[0]!, ...hashes.slice(2)] } }
  assert.deepEqual((await fold({ inbox: [swapped], blobs: l1.blobs })).notes, [{ note: 'tx_ignored', txHash: tx.hash }])
  const dirty = l1.blobs.get(hashes[2]!)!.slice()
  dirty[131_071] = 1
  const damaged = new Map(l1.blobs).set(hashes[2]!, dirty)
  assert.equal((await fold({ inbox: [tx], blobs: damaged })).blocks.length, 0)
  const foreign = new Map(l1.blobs).set(hashes[0]!, encodeBlob(Uint8Array.of(1, 2, 3)))
  assert.equal((await fold({ inbox: [tx], blobs: foreign })).blocks.length, 0)
})

test('blobs are asked for once each, for the batcher of this L1 block alone', () => {
  const l1 = createFakeL1()
  const own = blobTx(l1, chainOn(safeAt(110n), [110n]))
  const other = { ...blobTx(l1, chainOn(safeAt(110n), [111n])), from: stranger }
  const data = dataOf(121n, { inbox: [own, other, own, batchTx(chainOn(safeAt(110n), [110n]))] })
  assert.deepEqual(blobsNeeded(config, data), hashesOf(own))
  const updates = [{ kind: 'batcher', batcherHash: strangerHash }] as const
  assert.deepEqual(blobsNeeded(config, { ...data, updates }), hashesOf(other))
})

test('when the window closes, blocks come from L1 alone, after the batches of the same L1 block', async () => {
  const inWindow = await fold({ l1: 130n })
  assert.equal(inWindow.blocks.length, 0)
  const expired = await fold({ l1: 131n })
  assert.deepEqual(
    expired.blocks.map(({ inputs }) => inputs.origin.number),
    [118n, 126n, 127n],
  )
  assert.deepEqual(expired.notes, [{ note: 'window_expired', from: 8n, to: 10n }])
  // A batch in the last block of its own window still counts, but its origin may leave the safe head expired.
  const saved = await fold({ l1: 131n, inbox: [batchTx(chainOn(safeAt(110n), [111n]))] })
  assert.equal(saved.blocks.length, 1)
  assert.deepEqual(saved.notes, [])
})

test('after forced blocks the batcher has the rest of the window: they do not come again at the next L1 block', async () => {
  const { record } = await fold({ l1: 131n })
  for (let l1 = 132n; l1 <= 147n; l1++) assert.equal((await fold({ l1, safe: record.safe })).blocks.length, 0)
  assert.ok((await fold({ l1: 148n, safe: record.safe })).blocks.length > 0)
})

test('derivation halts before the first block of a fork that this version does not know', async () => {
  const at = epochOf(112n).block.timestamp
  const own = { unknownFork: { name: 'later', timestamp: at } }
  const batches = chainOn(safeAt(110n), [110n, 112n])
  await assert.rejects(fold({ inbox: [batchTx(batches)] }, own), { code: 'fork_unknown', severity: 'fatal' })
  assert.equal((await fold({ inbox: [batchTx(batches.slice(0, 1))] }, own)).blocks.length, 1)
  await assert.rejects(fold({ l1: 131n }, own), { code: 'fork_unknown' })
})

test('a fold does not go on from a block that is not the next', async () => {
  const window = { tip: recordOf(120n, safeAt(110n)), at: epochsTo(120n) }
  const { apply } = createFakeApply()
  for (const data of [dataOf(122n), { ...dataOf(121n), parentHash: someHash }]) {
    await assert.rejects(foldL1Block({ window, data, blobs: new Map(), rules, apply }), /follows the newest record/)
  }
})

test('others have their turn between the transactions of an L1 block and between its blocks', async () => {
  let turns = 0
  let pending = setImmediate(count)
  function count(): void {
    turns++
    pending = setImmediate(count)
  }
  const junk = Array.from({ length: 20 }, (_, index) => calldataTx(Uint8Array.of(index)))
  await fold({ inbox: junk })
  const afterJunk = turns
  const { blocks } = await fold({ inbox: [batchTx(chainOn(safeAt(110n), Array(10).fill(110n)))] })
  clearImmediate(pending)
  assert.ok(blocks.length > 0)
  assert.ok(afterJunk >= 20, `${afterJunk} turns`)
  assert.ok(turns - afterJunk >= blocks.length, `${turns - afterJunk} turns`)
})
