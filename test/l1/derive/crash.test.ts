import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kv } from '../../../core/ports/kv.ts'
import { verifyRecords } from '../../../l1/store/verify.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { createFaultKv } from '../../crash/faultKv.ts'
import { type Actor, assertSameEntries, batchesOf, dump, nextTransfer, openActor, transfer } from './actor.ts'
import { batchTx, blobTx, createFakeL1, type FakeL1 } from './fakeL1.ts'

type Frame = { readonly restore: () => void; readonly seals: boolean }

/**
 * What happens to L1, frame by frame: deposits, batches in calldata and blobs, one that cannot be executed, a window that
 * expires, reorgs of batches and of origins, finality. In some frames the node makes a block of its own, which L1 then
 * confirms, contradicts or orphans.
 */
async function record(l1: FakeL1): Promise<Frame[]> {
  const sequencer = await openActor(l1)
  const frames: Frame[] = []
  const frame = async (seals = false) => {
    frames.push({ restore: l1.snapshot(), seals })
    await sequencer.sync()
  }
  const seal = (laterSec = 12n) => sequencer.seal([nextTransfer(sequencer, 0)], laterSec)
  const posted = (from: bigint, to: bigint) => batchesOf(sequencer.chain, from, to)

  l1.mine({ deposits: [{ mint: 7n }] })
  l1.mineMany(2)
  await frame(true)
  await seal()
  await seal()
  l1.mine({ inbox: [batchTx(posted(1n, 2n))] })
  await frame(true)
  await seal()
  l1.mine({ inbox: [blobTx(l1, posted(3n, 3n), 200)] })
  await frame(true)
  l1.drop(2)
  l1.mine({ salt: 'fork', deposits: [{ mint: 9n }] })
  l1.mine({ salt: 'fork', inbox: [batchTx(posted(1n, 1n))] })
  l1.mine({ salt: 'fork', inbox: [batchTx(posted(1n, 2n))] })
  await frame(true)
  l1.finalize(105n)
  const [batch] = posted(2n, 2n)
  const head = sequencer.chain.heads().safe
  l1.mine({ inbox: [batchTx([{ ...batch!, parentHash: head.hash, txs: [transfer(5, 99n).raw] }])] })
  await frame()
  l1.drop(1)
  l1.mineMany(24)
  await frame(true)
  await seal()
  l1.mine({ inbox: [blobTx(l1, posted(sequencer.chain.heads().unsafe.number, sequencer.chain.heads().unsafe.number))] })
  l1.finalize(128n)
  await frame()
  l1.drop(1)
  l1.mineMany(2)
  await frame()
  return frames
}

/** Plays frames until all are done; after a failure the node is opened again and the frame goes on. */
async function play(l1: FakeL1, frames: readonly Frame[], raw: Kv, faulty: Kv, heads: string[]): Promise<number> {
  let failures = 0
  let actor: Actor | undefined
  for (const [index, { restore, seals }] of frames.entries()) {
    restore()
    for (let isDone = false; !isDone; ) {
      try {
        actor ??= await openActor(l1, { kv: failures === 0 ? faulty : raw })
        await actor.sync()
        // The block may be there already: written, with a failure reported.
        if (seals && actor.chain.heads().unsafe.hash !== heads[index]) await actor.seal([nextTransfer(actor, 1)], 12n)
        isDone = true
      } catch (error) {
        if (++failures > 1) throw error
        actor = undefined
      }
    }
    if (failures === 0 && raw === faulty) heads[index] = actor!.chain.heads().unsafe.hash
    assert.equal(actor!.chain.heads().unsafe.hash, heads[index], `frame ${index}`)
  }
  return failures
}

test('stopped before or after any write and started again, derivation ends as if nothing had happened', async (t) => {
  const l1 = createFakeL1()
  const frames = await record(l1)
  const kv = createMemoryKv()
  const heads: string[] = []
  assert.equal(await play(l1, frames, kv, kv, heads), 0)
  const wanted = await dump(kv)
  const counting = createFaultKv(createMemoryKv(), { failAt: Number.MAX_SAFE_INTEGER, mode: 'before' })
  await play(l1, frames, counting, counting, [...heads])
  const writes = counting.batches()
  t.diagnostic(`${frames.length} frames, ${writes} writes`)
  assert.ok(writes > 50)
  for (const mode of ['before', 'after'] as const) {
    for (let failAt = 1; failAt <= writes; failAt++) {
      const raw = createMemoryKv()
      const faulty = createFaultKv(raw, { failAt, mode })
      assert.equal(await play(l1, frames, raw, faulty, heads), 1, `write ${failAt} was met`)
      assertSameEntries(await dump(raw), wanted, `${mode} write ${failAt}`)
      if (failAt % 8 === 0) assert.deepEqual([...(await verifyStore(raw)).findings, ...(await verifyRecords(raw))], [])
    }
  }
})
