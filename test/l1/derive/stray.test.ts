import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { createSerialWriter, openFollower } from '../../../l1/follow.ts'
import { createL1Store } from '../../../l1/store/records.ts'
import { createBlockReader } from '../../../state/store/blockReader.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { createFaultKv } from '../../crash/faultKv.ts'
import { type Actor, batchesOf, nextTransfer, openActor, originOf, rules, spec } from './actor.ts'
import { batchTx, createFakeL1, type FakeL1, origin, outage } from './fakeL1.ts'
import { takeBlock } from './takeBlock.ts'

/** L1, who makes blocks on it, and a node that has folded one block of L1 and takes all of those blocks. */
async function scene(rounds = 6) {
  const l1 = createFakeL1()
  l1.mine()
  const sequencer = await openActor(l1)
  const taker = await openActor(l1)
  await taker.sync()
  for (let round = 0; round < rounds; round++) {
    l1.mine()
    await sequencer.sync()
    for (const laterSec of [6n, 6n]) await sequencer.seal([nextTransfer(sequencer, 0)], laterSec)
  }
  await takeAll(taker, sequencer)
  assert.deepEqual(taker.chain.heads().unsafe, sequencer.chain.heads().unsafe)
  assert.equal(taker.follower.tip().block.number, 101n)
  return { l1, sequencer, taker }
}

async function takeAll(taker: Actor, sequencer: Actor): Promise<void> {
  const { chain } = sequencer
  for (let number = taker.chain.heads().unsafe.number + 1n; number <= chain.heads().unsafe.number; number++) {
    const block = chain.block(chain.reader.hashByNumber(number)!)!
    assert.equal(await takeBlock({ ...taker, rules, origin }, block), 'taken')
  }
}

/** The number of the newest block whose origin is at most this one. */
function lastOf({ chain }: Actor, originNumber: bigint): bigint {
  let last = 0n
  for (let number = 1n; number <= chain.heads().unsafe.number; number++) {
    if (originOf(chain, chain.reader.hashByNumber(number)!).origin.number <= originNumber) last = number
  }
  return last
}

const other = (l1: FakeL1, count: number, salt = 'other') => {
  for (let index = 0; index < count; index++) l1.mine({ salt })
}

test('blocks whose origins derivation has not reached stay over restarts, and while it gets there', async () => {
  const { l1, sequencer, taker } = await scene()
  const { unsafe } = taker.chain.heads()
  assert.ok(lastOf(taker, 101n) < unsafe.number)
  for (let restarts = 0; restarts < 3; restarts++) {
    const again = await openActor(l1, { kv: taker.kv })
    assert.deepEqual(again.chain.heads().unsafe, unsafe)
    await again.follower.step()
    assert.deepEqual(again.chain.heads().unsafe, unsafe)
  }
  const again = await openActor(l1, { kv: taker.kv })
  await again.sync()
  assert.deepEqual(again.chain.heads().unsafe, unsafe)
  // They become safe without being executed again.
  l1.mine({ inbox: [batchTx(batchesOf(sequencer.chain, 1n, unsafe.number))] })
  await again.sync()
  assert.deepEqual(again.chain.heads().safe, unsafe)
  assert.equal(again.executed(), 0)
})

test('a block goes, with all after it, when L1 turns out to have another block in place of its origin', async () => {
  for (const from of [103n, 104n, 106n]) {
    const { l1, taker } = await scene()
    const before = taker.chain.heads().unsafe.number
    const stay = lastOf(taker, from - 1n)
    l1.drop(Number(l1.head().number - from) + 1)
    other(l1, 8)
    while (taker.follower.tip().block.number < from - 1n) await taker.follower.step()
    assert.equal(taker.chain.heads().unsafe.number, before, 'nobody knows yet')
    assert.deepEqual(
      taker.changes.flatMap(({ dropped }) => dropped),
      [],
    )
    await taker.follower.step()
    // The origins of the scene are those of every L1 block: the next one folded tells.
    assert.equal(taker.chain.heads().unsafe.number, stay)
    const { dropped, droppedTxs } = taker.changes.at(-1)!
    assert.equal(dropped[0]?.number, before)
    assert.equal(BigInt(dropped.length), before - stay)
    assert.equal(BigInt(droppedTxs.length), before - stay)
    await taker.sync()
    assert.equal(taker.chain.heads().unsafe.number, stay)
    assert.deepEqual((await verifyStore(taker.kv)).findings, [])
  }
})

test('a crash between the record that tells and the drop is put right at the next start', async () => {
  const { l1, taker } = await scene()
  const before = taker.chain.heads().unsafe.number
  const stay = lastOf(taker, 103n)
  l1.drop(Number(l1.head().number - 104n) + 1)
  other(l1, 3)
  while (taker.follower.tip().block.number < 103n) await taker.follower.step()
  const dying = await openActor(l1, { kv: createFaultKv(taker.kv, { failAt: 2, mode: 'before' }) })
  await assert.rejects(dying.follower.step())
  const reader = createBlockReader(taker.kv)
  assert.equal(createL1Store(taker.kv).tip()?.tip.number, 104n)
  assert.equal(reader.heads().unsafe.number, before)
  const again = await openActor(l1, { kv: taker.kv })
  assert.equal(again.chain.heads().unsafe.number, stay)
  assert.deepEqual((await verifyStore(taker.kv)).findings, [])
})

test('a reorganisation takes only blocks with origins that it dropped', async () => {
  const { l1, taker } = await scene()
  const { unsafe } = taker.chain.heads()
  while (taker.follower.tip().block.number < 104n) await taker.follower.step()
  const back = l1.snapshot()
  l1.drop(2)
  other(l1, 4)
  // Above what is folded: nothing is known of it yet.
  assert.equal(await taker.follower.step(), 'folded')
  assert.deepEqual(taker.chain.heads().unsafe, unsafe)
  back()
  await taker.sync()
  assert.deepEqual(taker.chain.heads().unsafe, unsafe)
  l1.drop(3)
  other(l1, 4)
  const stay = lastOf(taker, l1.head().number - 4n)
  await taker.sync()
  assert.equal(taker.chain.heads().unsafe.number, stay)
})

test('blocks outlive a fork of L1 that none of them has an origin on, once L1 is back', async () => {
  const l1 = createFakeL1()
  l1.mineMany(2)
  const sequencer = await openActor(l1)
  const taker = await openActor(l1)
  await taker.sync()
  await sequencer.sync()
  await sequencer.seal([], 1n)
  l1.mineMany(5)
  await sequencer.sync()
  // Its origin is some L1 blocks after that of its parent.
  await sequencer.seal([], 80n)
  await takeAll(taker, sequencer)
  const { unsafe } = taker.chain.heads()
  const step = originOf(taker.chain, unsafe.hash).origin.number
  assert.ok(step > 104n)
  const back = l1.snapshot()
  l1.drop(5)
  other(l1, 2)
  await taker.sync()
  assert.equal(taker.follower.tip().block.number, 104n)
  assert.deepEqual(taker.chain.heads().unsafe, unsafe)
  back()
  const { reorged } = await taker.sync()
  assert.equal(reorged, 1)
  assert.deepEqual(taker.chain.heads().unsafe, unsafe)
})

test('who is woken looks at L1 at once, and waits as before afterwards', async () => {
  const l1 = createFakeL1()
  l1.mine()
  const { chain, engine } = await openActor(l1)
  const clock = createManualClock()
  const log = { info: () => {}, warn: () => {} }
  const writer = createSerialWriter()
  const common = { source: l1.source, chain, engine, rules, spec, clock, log, writer }
  const follower = await openFollower({ ...common, random: () => 1 })
  const stopping = new AbortController()
  const running = follower.run(stopping.signal, 1_000)
  const settled = async () => {
    for (let turns = 0; turns < 20; turns++) await turn()
  }
  const tip = () => follower.tip().block.number
  await settled()
  assert.equal(tip(), 101n)
  l1.mine()
  await settled()
  assert.equal(tip(), 101n, 'it sleeps')
  follower.wake()
  await settled()
  assert.equal(tip(), 102n)
  l1.mine()
  await settled()
  assert.equal(tip(), 102n, 'one wake, one look')
  await clock.advance(1_000)
  await settled()
  assert.equal(tip(), 103n)
  // While L1 fails nobody makes it ask more than once in so much time.
  l1.fault = () => {
    throw outage('l1_unreachable')
  }
  const asked = () => l1.calls.head
  const start = asked()
  const woken = async () => {
    follower.wake()
    await settled()
    return asked() - start
  }
  assert.equal(await woken(), 1)
  assert.equal(await woken(), 1)
  await clock.advance(1_000)
  await settled()
  assert.equal(asked() - start, 2)
  assert.equal(await woken(), 2)
  await clock.advance(1_000)
  await settled()
  assert.equal(asked() - start, 3, 'not after the two seconds that it would have paused')
  assert.equal(await woken(), 3)
  await clock.advance(999)
  assert.equal(await woken(), 3)
  stopping.abort()
  await running
})
