import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../../core/errors.ts'
import type { Kv } from '../../../core/ports/kv.ts'
import { verifyRecords } from '../../../l1/store/verify.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { createFaultKv } from '../../crash/faultKv.ts'
import { type Actor, assertSameEntries, dump, openActor } from './actor.ts'
import { createFakeL1, type FakeL1 } from './fakeL1.ts'
import { createDice, type Dice, happen } from './script.ts'

/** Labels, records, tip and batches: all that derivation decides. */
async function assertDerivedSame(actual: Actor, wanted: Actor, message: string): Promise<void> {
  const labels = ({ chain }: Actor) => [chain.heads().safe, chain.heads().finalized]
  assert.deepEqual(labels(actual), labels(wanted), message)
  const tables = [0x20, 0x22, 0x23]
  assertSameEntries(await dump(actual.kv, tables), await dump(wanted.kv, tables), message)
}

/** Reads L1 until a write fails, before or after it happened; 1 if it came to that. */
async function crash(l1: FakeL1, kv: Kv, dice: Dice): Promise<number> {
  const faulty = createFaultKv(kv, { failAt: dice(8) + 1, mode: dice(2) === 0 ? 'before' : 'after' })
  try {
    const actor = await openActor(l1, { kv: faulty })
    await actor.sync()
    return 0
  } catch (error) {
    assert.ok(error instanceof NodeError && error.code === 'db_write', String(error))
    return 1
  }
}

test('whoever reads the same L1 derives the same: at once, in pieces with restarts and crashes, or through every reorg', async (t) => {
  const fixed = Array.from({ length: 12 }, (_, index) => `derive ${index}`)
  const random = `random ${Math.floor(Math.random() * 1e9)}`
  t.diagnostic(`seeds ${fixed[0]} to ${fixed.at(-1)}, ${random}`)
  let crashes = 0
  let forced = 0
  let safeBlocks = 0n
  for (const seed of [...fixed, random]) {
    const dice = createDice(seed)
    const l1 = createFakeL1()
    const final = { number: 100n }
    const sequencer = await openActor(l1)
    const kv = createMemoryKv()
    let pieces = await openActor(l1, { kv })
    for (let event = 0; event < 60; event++) {
      await happen(dice, l1, sequencer, final)
      // The other one reads a little, is started again, or misses it all.
      const habit = dice(5)
      if (habit === 4) crashes += await crash(l1, kv, dice)
      if (habit === 0 || habit === 4) pieces = await openActor(l1, { kv })
      for (let steps = habit === 3 ? 0 : dice(9); steps > 0; steps--) await pieces.follower.step()
    }
    // L1 grows beyond what is final for everybody.
    l1.mine({ salt: 'end' })
    await sequencer.sync()
    await pieces.sync()
    const fresh = await openActor(l1)
    await fresh.sync()
    await assertDerivedSame(pieces, fresh, seed)
    await assertDerivedSame(sequencer, fresh, seed)
    for (const actor of [sequencer, pieces, fresh]) {
      assert.deepEqual([...(await verifyStore(actor.kv)).findings, ...(await verifyRecords(actor.kv))], [], seed)
    }
    forced += fresh.lines.filter(({ text }) => text.includes('L1 alone')).length
    safeBlocks += fresh.chain.heads().safe.number
  }
  t.diagnostic(`${safeBlocks} safe blocks, ${forced} expired windows, ${crashes} crashes`)
  assert.ok(forced > 2 && safeBlocks > 100n && crashes > 20)
})
