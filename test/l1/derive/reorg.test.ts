import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createL1Store } from '../../../l1/store/records.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { type Actor, assertSameEntries, batchesOf, dump, openActor, originOf, transfer } from './actor.ts'
import { batchTx, createFakeL1, type FakeL1 } from './fakeL1.ts'

/** L1 with a batch of two blocks in each of some L1 blocks, all derived, and two blocks of the sequencer after them. */
async function scene(): Promise<{ l1: FakeL1; sequencer: Actor }> {
  const l1 = createFakeL1()
  l1.mineMany(2)
  const sequencer = await openActor(l1)
  let nonce = 0n
  for (let round = 0; round < 4; round++) {
    await sequencer.sync()
    const first = await sequencer.seal([transfer(0, nonce++)], 6n)
    await sequencer.seal([transfer(0, nonce++)], 6n)
    l1.mine({ inbox: [batchTx(batchesOf(sequencer.chain, first, first + 1n))] })
  }
  await sequencer.sync()
  await sequencer.seal([transfer(0, nonce++)], 12n)
  await sequencer.seal([transfer(0, nonce++)], 12n)
  return { l1, sequencer }
}

/** A node that never saw anything but the L1 of now. */
async function fresh(l1: FakeL1): Promise<Actor> {
  const actor = await openActor(l1)
  await actor.sync()
  return actor
}

async function assertSame(actor: Actor, other: Actor): Promise<void> {
  assert.deepEqual(actor.chain.heads().safe, other.chain.heads().safe)
  assertSameEntries(await dump(actor.kv, [0x20, 0x22, 0x23]), await dump(other.kv, [0x20, 0x22, 0x23]))
}

const mine = (l1: FakeL1, count: number, salt: string) => {
  for (let index = 0; index < count; index++) l1.mine({ salt })
}

test('after a reorg of any depth the records are those of a node that knows only the new L1', async () => {
  for (let depth = 1; depth <= 6; depth++) {
    for (const extra of [0, 1, 3]) {
      const { l1, sequencer } = await scene()
      l1.drop(depth)
      mine(l1, depth + extra, 'other')
      const { reorged } = await sequencer.sync()
      assert.equal(reorged, 1)
      await assertSame(sequencer, await fresh(l1))
      assert.deepEqual((await verifyStore(sequencer.kv)).findings, [])
    }
  }
})

test('a batch in an orphaned L1 block leaves no trace, but its blocks stay as long as their origins are on L1', async () => {
  const { l1, sequencer } = await scene()
  const { reader } = sequencer.chain
  const { unsafe } = sequencer.chain.heads()
  const origins = Array.from({ length: 10 }, (_, index) =>
    originOf({ reader }, reader.hashByNumber(BigInt(index + 1))!),
  )
  l1.drop(2)
  mine(l1, 3, 'other')
  await sequencer.sync()
  const heads = sequencer.chain.heads()
  assert.equal(heads.safe.number, 4n)
  assert.equal((await Array.fromAsync(createL1Store(sequencer.kv).batches({ from: 0n, to: 200n }))).length, 2)
  // Origins 105 and 106 are gone; the blocks with one of them are too, the others stay.
  const stay = origins.filter(({ origin }) => origin.number <= 104n).length
  assert.ok(stay > 4 && stay < 10)
  assert.equal(heads.unsafe.number, BigInt(stay))
  const { dropped, droppedTxs } = sequencer.changes.find((change) => change.dropped.length > 0)!
  assert.deepEqual(dropped[0], unsafe)
  assert.equal(dropped.length, 10 - stay)
  assert.equal(droppedTxs.length, 10 - stay)
})

test('a batch that comes again in another L1 block makes the same blocks safe again', async () => {
  const { l1, sequencer } = await scene()
  const before = sequencer.chain.heads()
  const batches = batchesOf(sequencer.chain, 7n, 8n)
  l1.drop(1)
  l1.mine({ salt: 'other' })
  await sequencer.sync()
  assert.equal(sequencer.chain.heads().safe.number, 6n)
  assert.deepEqual(sequencer.chain.heads().unsafe, before.unsafe)
  l1.mine({ inbox: [batchTx(batches)] })
  const executed = sequencer.executed()
  await sequencer.sync()
  assert.deepEqual(sequencer.chain.heads(), before)
  assert.equal(sequencer.executed(), executed)
})

test('L1 flips between forks, one of them empty in the middle, and every node is where a fresh one is', async () => {
  const { l1, sequencer } = await scene()
  const forks = ['a', 'empty', 'a', 'b', 'empty', 'a']
  const batches = batchesOf(sequencer.chain, 5n, 8n)
  for (const fork of forks) {
    l1.drop(2)
    const inbox = fork === 'empty' ? [] : [batchTx(batches.slice(0, fork === 'a' ? 4 : 2))]
    l1.mine({ salt: fork })
    l1.mine({ salt: fork, inbox })
    await sequencer.sync()
    const other = await fresh(l1)
    assert.deepEqual(sequencer.chain.heads().safe, other.chain.heads().safe)
    assert.deepEqual(sequencer.follower.tip(), other.follower.tip())
  }
})

test('the configuration goes back with L1', async () => {
  const { l1, sequencer } = await scene()
  const batcherHash = `0x${'00'.repeat(12)}${'5e'.repeat(20)}` as const
  l1.mine({
    updates: [
      { kind: 'batcher', batcherHash: batcherHash as never },
      { kind: 'gasLimit', gasLimit: 9_000_000n },
    ],
  })
  await sequencer.sync()
  assert.equal(sequencer.follower.tip().config.system.batcherHash, batcherHash)
  l1.drop(1)
  l1.mine({ salt: 'other' })
  await sequencer.sync()
  assert.equal(sequencer.follower.tip().config.system.gasLimit, 8_000_000n)
  await assertSame(sequencer, await fresh(l1))
})

test('a deposit that moves to another L1 block is credited once, one that is dropped not at all', async () => {
  const { l1, sequencer } = await scene()
  const from = `0x${'d0'.repeat(20)}` as const
  const credited = () => sequencer.chain.state().account(from as never)?.balance ?? 0n
  l1.mine({ deposits: [{ mint: 500n }] })
  l1.mineMany(2)
  await sequencer.sync()
  await sequencer.seal([], 60n)
  assert.equal(credited(), 500n)
  l1.drop(3)
  mine(l1, 3, 'other')
  await sequencer.sync()
  assert.equal(credited(), 0n)
  l1.drop(2)
  mine(l1, 1, 'again')
  l1.mine({ deposits: [{ mint: 500n }] })
  l1.mineMany(2)
  await sequencer.sync()
  await sequencer.seal([], 80n)
  assert.equal(credited(), 500n)
})

test('a reorg down to what is final is followed, one block more stops the node, with nothing changed', async () => {
  for (const depth of [3, 4]) {
    const { l1, sequencer } = await scene()
    l1.finalize(103n)
    await sequencer.sync()
    const { finalized } = sequencer.chain.heads()
    assert.ok(finalized.number > 0n)
    l1.drop(depth)
    mine(l1, depth + 2, 'other')
    const before = await dump(sequencer.kv)
    if (depth === 3) {
      await sequencer.sync()
      assert.deepEqual(sequencer.chain.heads().finalized, finalized)
      assert.deepEqual(sequencer.chain.heads().safe, finalized)
      await assertSame(sequencer, sequencer)
      continue
    }
    await assert.rejects(sequencer.sync(), { code: 'l1_reorg_below_finalized', severity: 'fatal' })
    assertSameEntries(await dump(sequencer.kv), before)
    // Neither does a restart forget what was final.
    const again = await openActor(l1, { kv: sequencer.kv })
    await assert.rejects(again.sync(), { code: 'l1_reorg_below_finalized' })
  }
})

test('another L1, without the origin of the chain, is not followed', async () => {
  const { l1, sequencer } = await scene()
  // The same origin and nothing else in common is a reorg.
  const other = createFakeL1()
  mine(other, 20, 'another L1')
  l1.override = other.source
  await sequencer.sync()
  assert.equal(sequencer.follower.tip().block.number, 120n)
  const { hash } = sequencer.chain.heads().unsafe
  l1.override = { head: async () => ({ number: 110n, hash }), hashAt: async () => hash }
  await assert.rejects(sequencer.sync(), { code: 'l1_reorg_below_finalized' })
})

test('a reorg while the node is down is found when it starts', async () => {
  const { l1, sequencer } = await scene()
  l1.drop(3)
  mine(l1, 5, 'other')
  const again = await openActor(l1, { kv: sequencer.kv })
  await again.sync()
  await assertSame(again, await fresh(l1))
})

test('a shorter fork is followed at once, not only when it is longer', async () => {
  const { l1, sequencer } = await scene()
  l1.drop(4)
  mine(l1, 1, 'short')
  await sequencer.sync()
  assert.equal(sequencer.follower.tip().block.number, 103n)
  await assertSame(sequencer, await fresh(l1))
})

test('L1 that contradicts itself stalls the node and changes nothing', async () => {
  const { l1, sequencer } = await scene()
  const before = await dump(sequencer.kv)
  l1.mine()
  const { block } = l1.source
  l1.override = {
    async block(number) {
      l1.override = {}
      const data = await block(number)
      return data && { ...data, parentHash: data.block.hash }
    },
  }
  assert.equal(await sequencer.follower.step(), 'stalled')
  assert.equal(sequencer.follower.status().trouble, 'l1_contradicts')
  assertSameEntries(await dump(sequencer.kv), before)
  await sequencer.sync()
  assert.equal(sequencer.follower.tip().block.number, 107n)
})

test('a node of L1 that hangs on another fork contradicts the others, and costs no block', async () => {
  const { l1, sequencer } = await scene()
  l1.finalize(104n)
  await sequencer.sync()
  const before = await dump(sequencer.kv)
  const elsewhere = l1.head().parentBeaconBlockRoot
  // Above and below what is final; every other answer is another node's.
  for (const number of [105n, 103n]) {
    l1.override = { head: async () => ({ number, hash: elsewhere }) }
    assert.equal(await sequencer.follower.step(), 'stalled')
    assert.equal(sequencer.follower.status().trouble, 'l1_contradicts')
    assertSameEntries(await dump(sequencer.kv), before)
  }
  l1.override = {}
  await sequencer.sync()
  assertSameEntries(await dump(sequencer.kv), before)
})
