import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Hash } from '../../../core/hex.ts'
import { l1AttributesDeposit } from '../../../core/l1Attributes.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { createNewestOnL1 } from '../../../l1/follow/stray.ts'
import { createSerialWriter, openFollower } from '../../../l1/follow.ts'
import { createL1Store } from '../../../l1/store/records.ts'
import type { Chain } from '../../../state/chain.ts'
import { createBlockReader } from '../../../state/store/blockReader.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { createFaultKv } from '../../crash/faultKv.ts'
import { type Actor, batchesOf, nextTransfer, openActor, originOf, rules, spec } from './actor.ts'
import { batchTx, createFakeL1, type FakeL1, origin, outage } from './fakeL1.ts'
import { config, hashOf } from './fixtures.ts'
import { createDice } from './script.ts'
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

/** A chain of blocks that have nothing but an origin, which counts what is read of it. */
function originsOnly(origins: readonly { readonly number: bigint; readonly hash: Hash }[], safe: bigint) {
  const read = { blocks: 0 }
  const hash = (number: bigint) => hashOf(10_000n + number)
  const ref = (number: bigint) => ({ number, hash: hash(number) })
  const blocks = new Map(
    origins.map((at, index) => {
      const inputs = { origin: { ...origin, ...at }, deposits: [], config: config.system, sequenceNumber: 0n }
      return [hash(BigInt(index)), { transactions: [{ tx: l1AttributesDeposit(inputs) }] }] as const
    }),
  )
  const unsafe = BigInt(origins.length - 1)
  const heads = () => ({ unsafe: ref(unsafe), safe: ref(safe), finalized: ref(0n) })
  const reader = {
    hashByNumber: hash,
    blockByHash(asked: Hash) {
      read.blocks++
      return blocks.get(asked)
    },
  }
  return { chain: { heads, reader } as unknown as Pick<Chain, 'heads' | 'reader'>, read }
}

test('the newest block that L1 does not contradict is that of a look at all of them', async () => {
  const dice = createDice('stray')
  for (let round = 0; round < 300; round++) {
    // L1 has left the fork that the chain's origins are on.
    const fork = 100n + BigInt(dice(20))
    const onL1 = (number: bigint) => hashOf(number)
    let number = 100n
    const origins = Array.from({ length: 1 + dice(40) }, () => {
      number += dice(2) === 0 ? 0n : BigInt(dice(4))
      return { number, hash: number >= fork ? hashOf(number + 500n) : onL1(number) }
    })
    const firstBad = origins.findIndex(({ number }) => number >= fork)
    const safe = BigInt(dice(firstBad < 0 ? origins.length : Math.max(firstBad, 1)))
    if (origins[Number(safe)]!.number >= fork) continue
    const { chain } = originsOnly(origins, safe)
    const newest = createNewestOnL1(chain)
    const unsafe = BigInt(origins.length - 1)
    for (let known = origins[Number(safe)]!.number; known < 130n; known += BigInt(1 + dice(3))) {
      const bad = origins.findIndex(
        (at, index) => BigInt(index) > safe && at.number <= known && at.hash !== onL1(at.number),
      )
      assert.equal(
        newest(known, (at) => (at <= known ? onL1(at) : undefined)),
        bad < 0 ? unsafe : BigInt(bad - 1),
      )
    }
  }
})

test('few blocks are read to find it, however many derivation has not reached', async () => {
  const origins = Array.from({ length: 20_000 }, (_, index) => ({
    number: 100n + BigInt(index >> 2),
    hash: hashOf(1n),
  }))
  const { chain, read } = originsOnly(origins, 0n)
  const newest = createNewestOnL1(chain)
  for (let known = 101n; known < 400n; known++)
    assert.equal(
      newest(known, () => hashOf(1n)),
      19_999n,
    )
  assert.ok(read.blocks < 300 * 10, `${read.blocks} blocks`)
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
