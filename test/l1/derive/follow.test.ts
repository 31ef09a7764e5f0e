import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { createSerialWriter, openFollower } from '../../../l1/follow.ts'
import { createL1Store } from '../../../l1/store/records.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { type Actor, assertSameEntries, batchesOf, dump, openActor, rules, spec, transfer } from './actor.ts'
import { batchTx, blobTx, createFakeL1, type FakeL1, origin, outage } from './fakeL1.ts'

/** A sequencer that has made this many blocks of one transfer each over some L1 blocks, all in one batch. */
async function scene(blocks = 4): Promise<{ l1: FakeL1; sequencer: Actor; post: (from: bigint, to: bigint) => void }> {
  const l1 = createFakeL1()
  l1.mineMany(3)
  const sequencer = await openActor(l1)
  await sequencer.sync()
  for (let nonce = 0n; nonce < blocks; nonce++) await sequencer.seal([transfer(0, nonce)], 6n)
  return {
    l1,
    sequencer,
    post: (from, to) => l1.mine({ inbox: [batchTx(batchesOf(sequencer.chain, from, to))] }),
  }
}

test('a validator derives from L1 alone the blocks that the sequencer made, and both call them safe', async () => {
  for (const kind of ['calldata', 'blobs'] as const) {
    const l1 = createFakeL1()
    const sequencer = await openActor(l1)
    l1.mine({ deposits: [{ mint: 5n }, { value: 1n }] })
    l1.mineMany(3)
    await sequencer.sync()
    for (let nonce = 0n; nonce < 4n; nonce++) await sequencer.seal([transfer(0, nonce), transfer(1, nonce)], 12n)
    const batches = batchesOf(sequencer.chain, 1n, 4n)
    const tx = kind === 'blobs' ? blobTx(l1, batches) : batchTx(batches)
    l1.mine({ inbox: [tx] })
    const before = sequencer.executed()
    await sequencer.sync()
    assert.equal(sequencer.executed(), before, 'nothing is executed twice')
    const validator = await openActor(l1)
    await validator.sync()
    assert.deepEqual(validator.chain.heads(), sequencer.chain.heads())
    assert.equal(validator.chain.heads().safe.number, 4n)
    assert.deepEqual(validator.follower.tip(), sequencer.follower.tip())
    assertSameEntries(await dump(validator.kv, [0x20, 0x22, 0x23]), await dump(sequencer.kv, [0x20, 0x22, 0x23]))
    assert.deepEqual((await verifyStore(validator.kv)).findings, [])
  }
})

test('what a batch earned is counted from receipts, whoever executed it', async () => {
  const { l1, sequencer, post } = await scene(3)
  post(1n, 3n)
  await sequencer.sync()
  const validator = await openActor(l1)
  await validator.sync()
  const { reader } = sequencer.chain
  let fees = 0n
  for (let number = 1n; number <= 3n; number++) {
    const hash = reader.hashByNumber(number)!
    fees += reader.receiptsByHash(hash)!.at(-1)!.gasUsed * (reader.headerByHash(hash)!.baseFeePerGas + 1n)
  }
  for (const { kv } of [sequencer, validator]) {
    const [info, ...more] = await Array.fromAsync(createL1Store(kv).batches({ from: 0n, to: 1_000n }))
    assert.deepEqual([info!.transactions, info!.feesWei, info!.l1Number, more.length], [3, fees, 104n, 0])
  }
})

test('a batch whose transactions cannot be executed becomes a block of deposits, on every node', async () => {
  const { l1, sequencer } = await scene(2)
  const [first, second] = batchesOf(sequencer.chain, 1n, 2n)
  const bad = { ...first!, txs: [transfer(0, 0n).raw, transfer(0, 7n).raw] }
  l1.mine({ inbox: [batchTx([bad, second!])] })
  await sequencer.sync()
  const validator = await openActor(l1)
  await validator.sync()
  const { chain, lines, changes } = sequencer
  assert.deepEqual(validator.chain.heads(), chain.heads())
  // The second batch has a parent that does not exist any more.
  assert.equal(chain.heads().safe.number, 1n)
  assert.equal(chain.block(chain.heads().safe.hash)!.transactions.length, 1)
  assert.ok(lines.some(({ text }) => text.includes('deposits only')))
  // The sequencer's own blocks gave way, and their transactions come back, oldest first.
  const { dropped, droppedTxs } = changes.at(-1)!
  assert.deepEqual(
    dropped.map(({ number }) => number),
    [2n, 1n],
  )
  assert.deepEqual(
    droppedTxs.map(({ tx }) => tx.type !== 0x7e && tx.nonce),
    [0n, 1n],
  )
  // Read again from the start of that L1 block it is recognised, and not made again.
  const again = await openActor(l1, { kv: validator.kv })
  const executed = again.executed()
  await again.sync()
  assert.equal(again.executed(), executed)
})

test('what L1 holds wins over a second sequencer’s blocks', async () => {
  const { l1, sequencer, post } = await scene(3)
  const clone = await openActor(l1)
  await clone.sync()
  for (let nonce = 0n; nonce < 5n; nonce++) await clone.seal([transfer(2, nonce)], 7n)
  post(1n, 3n)
  await Promise.all([sequencer.sync(), clone.sync()])
  l1.mine({ inbox: [batchTx(batchesOf(sequencer.chain, 2n, 3n))] })
  await Promise.all([sequencer.sync(), clone.sync()])
  assert.deepEqual(clone.chain.heads(), sequencer.chain.heads())
  assert.equal(clone.changes.flatMap(({ droppedTxs }) => droppedTxs).length, 5)
})

test('blocks that are not on L1 in time give way to blocks of L1, and the batcher goes on after them', async () => {
  const { l1, sequencer } = await scene(4)
  l1.mineMany(25)
  await sequencer.sync()
  const validator = await openActor(l1)
  await validator.sync()
  assert.deepEqual(validator.chain.heads(), sequencer.chain.heads())
  const { safe, unsafe } = sequencer.chain.heads()
  assert.deepEqual(safe, unsafe)
  assert.equal(sequencer.changes.flatMap(({ droppedTxs }) => droppedTxs).length, 4)
  assert.ok(sequencer.lines.some(({ text }) => text.includes('from L1 alone')))
  // Transactions come back, are posted in the window, and nothing is forced any more.
  await sequencer.seal([transfer(0, 0n), transfer(0, 1n)], 0n)
  l1.mine({ inbox: [batchTx(batchesOf(sequencer.chain, safe.number + 1n, safe.number + 1n))] })
  await sequencer.sync()
  assert.equal(sequencer.chain.heads().safe.number, safe.number + 1n)
  await validator.sync()
  assert.deepEqual(validator.chain.heads(), sequencer.chain.heads())
})

test('a blob that is missing stalls the node with nothing half applied, and it goes on when the blob is back', async () => {
  const { l1, sequencer } = await scene(3)
  const tx = blobTx(l1, batchesOf(sequencer.chain, 1n, 3n), 200)
  l1.mine({ inbox: [batchTx(batchesOf(sequencer.chain, 1n, 1n)), tx] })
  const validator = await openActor(l1)
  for (let steps = 0; steps < 3; steps++) await validator.follower.step()
  const [hash, blob] = [...l1.blobs][1]!
  l1.blobs.delete(hash)
  const before = await dump(validator.kv)
  assert.equal(await validator.follower.step(), 'stalled')
  assert.equal(await validator.follower.step(), 'stalled')
  assert.equal(validator.follower.status().trouble, 'blob_missing')
  assertSameEntries(await dump(validator.kv), before)
  assert.equal(validator.lines.filter(({ text }) => text.includes('stalled')).length, 1, 'one line')
  l1.blobs.set(hash, blob)
  await validator.sync()
  assert.equal(validator.follower.status().trouble, undefined)
  assert.equal(validator.chain.heads().safe.number, 3n)
})

test('a blob once read is in the archive: the node that has it derives without L1’s copy', async () => {
  const { l1, sequencer } = await scene(3)
  l1.mine({ inbox: [blobTx(l1, batchesOf(sequencer.chain, 1n, 3n), 200)] })
  await sequencer.sync()
  const blobs = [...l1.blobs]
  l1.blobs.clear()
  const store = createL1Store(sequencer.kv)
  for (const [hash, blob] of blobs) assert.deepEqual(store.blob(hash), blob)
  // The L1 block is dropped and comes back: it is read again, from the archive.
  l1.drop(1)
  l1.mine({ salt: 'empty' })
  await sequencer.sync()
  l1.drop(1)
  const hashes = blobs.map(([hash]) => hash)
  l1.mine({
    inbox: [{ ...batchTx(batchesOf(sequencer.chain, 1n, 1n)), payload: { kind: 'blobs', hashes } }],
    salt: 'b',
  })
  await sequencer.sync()
  assert.equal(sequencer.chain.heads().safe.number, 3n)
})

test('whatever call of L1 fails, the node waits, says so once, and loses nothing', async () => {
  const { l1, sequencer } = await scene(2)
  l1.mine({ inbox: [blobTx(l1, batchesOf(sequencer.chain, 1n, 2n))] })
  const control = await openActor(l1)
  await control.sync()
  for (const failing of ['head', 'finalized', 'block', 'blobs'] as const) {
    const validator = await openActor(l1)
    l1.fault = (call) => {
      if (call === failing) throw outage('l1_unreachable')
    }
    const results: string[] = []
    for (let steps = 0; steps < 6; steps++) results.push(await validator.follower.step())
    assert.ok(results.includes('stalled'), failing)
    assert.equal(validator.follower.status().trouble, 'l1_unreachable')
    l1.fault = undefined
    await validator.sync()
    assertSameEntries(await dump(validator.kv), await dump(control.kv), failing)
    const texts = validator.lines.map(({ text }) => text).filter((text) => /stalled|resumed/.test(text))
    assert.deepEqual(texts, ['derivation from L1 stalled', 'derivation from L1 resumed'])
  }
})

test('finality follows L1 to the safe head of its block, never back, and never beyond what was derived', async () => {
  const { l1, sequencer, post } = await scene(3)
  post(1n, 2n)
  l1.mineMany(2)
  post(3n, 3n)
  await sequencer.sync()
  const finalNumber = () => sequencer.chain.heads().finalized.number
  assert.equal(finalNumber(), 0n)
  l1.finalize(103n)
  await sequencer.sync()
  assert.equal(finalNumber(), 0n)
  l1.finalize(105n)
  await sequencer.sync()
  assert.equal(finalNumber(), 2n)
  assert.equal(sequencer.follower.status().l1Finalized?.number, 105n)
  // A node of L1 that is behind.
  l1.finalize(102n)
  await sequencer.sync()
  assert.equal(finalNumber(), 2n)
  assert.equal(sequencer.follower.status().l1Finalized?.number, 105n)
  // Everything is final at once: while syncing it is what was derived.
  l1.finalize(107n)
  const validator = await openActor(l1)
  for (;;) {
    const result = await validator.follower.step()
    const { safe, finalized } = validator.chain.heads()
    assert.equal(finalized.hash, safe.hash)
    if (result === 'idle') break
  }
  assert.equal(validator.chain.heads().finalized.number, 3n)
})

test('a block that L1 calls final above its own head makes nothing final: the head may be on another fork', async () => {
  const { l1, sequencer, post } = await scene(3)
  post(1n, 2n)
  l1.mineMany(3)
  await sequencer.sync()
  const before = await dump(sequencer.kv)
  // Two nodes behind one URL: one hangs on a fork that the other one has given up long ago.
  l1.toldHead = l1.head().number - 1n
  l1.override = { finalized: async () => ({ number: 200n, hash: origin.mixHash }) }
  assert.equal(await sequencer.follower.step(), 'idle')
  assertSameEntries(await dump(sequencer.kv), before)
  l1.toldHead = undefined
  l1.override = {}
  l1.finalize(103n)
  await sequencer.sync()
  assert.equal(sequencer.follower.status().l1Finalized?.number, 103n)
})

test('records that nobody needs any more are pruned; what batches were stays', async () => {
  const { l1, sequencer, post } = await scene(3)
  post(1n, 3n)
  l1.mineMany(10)
  await sequencer.sync()
  const store = createL1Store(sequencer.kv)
  assert.ok(store.record(100n) !== undefined)
  l1.finalize(112n)
  await sequencer.sync()
  const keepFrom = sequencer.follower.tip().safe.origin.number
  assert.ok(keepFrom > 100n)
  for (let number = 100n; number <= 114n; number++) assert.equal(store.record(number) !== undefined, number >= keepFrom)
  assert.equal((await Array.fromAsync(store.batches({ from: 0n, to: 200n }))).length, 1)
  // What is left is enough to go on from, and to prune further.
  const again = await openActor(l1, { kv: sequencer.kv })
  await assert.rejects(again.seal([], 40n), { code: 'l1_behind' })
  await again.sync()
  await again.seal([], 40n)
  l1.mine({ inbox: [batchTx(batchesOf(again.chain, 4n, 4n))] })
  l1.finalize(115n)
  await again.sync()
  assert.equal(again.chain.heads().finalized.number, 4n)
  assert.equal(store.record(keepFrom), undefined)
})

test('records that somebody else needs are kept until nobody does', async () => {
  const l1 = createFakeL1()
  l1.mineMany(10)
  let from = 0n
  const actor = await openActor(l1, { keepFrom: () => from })
  await actor.sync()
  for (let blocks = 0; blocks < 4; blocks++) await actor.seal([], 25n)
  l1.mine({ inbox: [batchTx(batchesOf(actor.chain, 1n, 4n))] })
  l1.finalize(111n)
  await actor.sync()
  const needed = actor.follower.tip().safe.origin.number
  assert.ok(needed > 104n)
  const oldest = () => {
    for (let number = 100n; ; number++) if (actor.follower.record(number) !== undefined) return number
  }
  assert.equal(oldest(), 100n)
  for (const [wanted, kept] of [
    [102n, 102n],
    [101n, 102n],
    [104n, 104n],
    [200n, needed],
  ] as const) {
    from = wanted
    l1.mine()
    await actor.sync()
    assert.equal(oldest(), kept)
  }
})

test('an L1 that goes back, or one node of it that lags, changes nothing until a hash has changed', async () => {
  const { l1, sequencer, post } = await scene(3)
  post(1n, 3n)
  l1.mineMany(12)
  await sequencer.sync()
  const before = await dump(sequencer.kv)
  l1.toldHead = 114n
  assert.equal(await sequencer.follower.step(), 'idle')
  l1.toldHead = 101n
  assert.equal(await sequencer.follower.step(), 'stalled')
  assert.equal(sequencer.follower.status().trouble, 'l1_went_back')
  assertSameEntries(await dump(sequencer.kv), before)
  l1.toldHead = undefined
  await sequencer.sync()
  assert.equal(sequencer.follower.status().trouble, undefined)
  assertSameEntries(await dump(sequencer.kv), before)
})

test('derivation halts at a fork it does not know, with the chain whole up to there', async () => {
  const { l1, sequencer, post } = await scene(4)
  post(1n, 4n)
  const { timestamp } = sequencer.chain.reader.headerByHash(sequencer.chain.reader.hashByNumber(3n)!)!
  const old = { ...rules, unknownFork: { name: 'later', timestamp } }
  const validator = await openActor(l1, { rules: old })
  const stop = new AbortController()
  await assert.rejects(validator.follower.run(stop.signal, 10), { code: 'fork_unknown', severity: 'fatal' })
  assert.equal(validator.chain.heads().unsafe.number, 2n)
  assert.equal(validator.chain.heads().safe.number, 0n)
  assert.deepEqual((await verifyStore(validator.kv)).findings, [])
  // The version that knows it goes on from there.
  const updated = await openActor(l1, { kv: validator.kv })
  await updated.sync()
  await sequencer.sync()
  assert.deepEqual(updated.chain.heads(), sequencer.chain.heads())
})

test('the loop follows L1 until it is told to stop, waits between looks, and longer after failures', async () => {
  const { l1, sequencer } = await scene(1)
  const clock = createManualClock()
  const { chain, lines } = sequencer
  const note = (fields: object, text: string) => lines.push({ text, fields })
  const follower = await openFollower({
    source: l1.source,
    chain,
    engine: { openBlock: () => assert.fail('nothing to execute') },
    rules,
    spec,
    clock,
    log: { info: note, warn: note },
    writer: createSerialWriter(),
    random: () => 0,
  })
  const stop = new AbortController()
  const running = follower.run(stop.signal, 1_000)
  const settle = async () => {
    for (let turns = 0; turns < 50 && clock.sleepers() === 0; turns++) await new Promise(setImmediate)
  }
  await settle()
  l1.mineMany(2)
  await clock.advance(999)
  assert.equal(follower.tip().block.number, 103n)
  await clock.advance(1)
  await settle()
  assert.equal(follower.tip().block.number, 105n)

  l1.fault = () => {
    throw outage('l1_unreachable')
  }
  const { head } = l1.calls
  for (const waitMs of [1_000, 500, 1_000, 2_000, 4_000]) {
    await clock.advance(waitMs)
    await settle()
  }
  assert.equal(l1.calls.head, head + 5, 'the pause doubles')
  await clock.advance(7_999)
  assert.equal(l1.calls.head, head + 5)
  l1.fault = undefined
  l1.mine()
  await clock.advance(1)
  await settle()
  assert.equal(follower.tip().block.number, 106n)
  assert.equal(lines.filter(({ text }) => text.includes('stalled')).length, 1)
  l1.fault = () => {
    stop.abort()
    throw outage('stopped')
  }
  await clock.advance(1_000)
  await running
  assert.equal(lines.filter(({ text }) => text.includes('stalled')).length, 1, 'the end is no trouble')
})

test('the log hears how far catching up is, and of the safe head once that is done', async () => {
  const { l1, sequencer, post } = await scene(2)
  post(1n, 1n)
  l1.mineMany(3)
  post(2n, 2n)
  const clock = createManualClock()
  const lines: string[] = []
  const note = (_: object, text: string) => lines.push(text)
  const { chain, follower } = await openActor(l1)
  await follower.step()
  const slow = await openFollower({
    source: l1.source,
    chain,
    engine: sequencer.engine,
    rules,
    spec,
    clock,
    log: { info: note, warn: note },
    writer: createSerialWriter(),
  })
  await slow.step()
  await clock.advance(10_000)
  for (let steps = 0; steps < 10; steps++) await slow.step()
  assert.deepEqual(lines, ['catching up with L1', 'safe head moved'])
})

test('a database with safe blocks and no records is refused', async () => {
  const { l1, sequencer, post } = await scene(1)
  post(1n, 1n)
  await sequencer.sync()
  const keys = [...(await dump(sequencer.kv, [0x20, 0x23])).keys()]
  await sequencer.kv.batch(
    keys.map((key) => ({ type: 'del', key: new Uint8Array(Buffer.from(key, 'hex')) })),
    { sync: true },
  )
  await assert.rejects(openActor(l1, { kv: sequencer.kv }), { code: 'chain_not_derived', severity: 'fatal' })
})

test('the first record is the genesis block’s origin, final from the start', async () => {
  const actor = await openActor(createFakeL1())
  assert.deepEqual(actor.follower.tip().block, origin)
  assert.deepEqual(actor.follower.record(100n), actor.follower.tip())
  assert.equal(actor.follower.record(99n), undefined)
  const status = actor.follower.status()
  assert.equal(status.l1Head, undefined)
  assert.equal(status.tip.number, 100n)
  assert.equal(status.behind, 0n)
  await actor.sync()
  assert.equal(actor.follower.status().l1Head?.number, 100n)
})
