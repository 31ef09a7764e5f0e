import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { L1Source } from '../../../l1/source.ts'
import { verifyRecords } from '../../../l1/store/verify.ts'
import { type Actor, assertSameEntries, batchesOf, dump, nextTransfer, openActor } from './actor.ts'
import { batchTx, type Content, createFakeL1, type FakeL1 } from './fakeL1.ts'
import { createDice, type Dice } from './script.ts'

/** One URL with several nodes behind it: who answers a call is chance. */
function balanced(nodes: readonly FakeL1[], dice: Dice): L1Source {
  const any = () => nodes[dice(nodes.length)]!.source
  return {
    head: () => any().head(),
    finalized: () => any().finalized(),
    hashAt: (number) => any().hashAt(number),
    block: (number) => any().block(number),
    blobs: (block, hashes) => any().blobs(block, hashes),
  }
}

/** Numbers of what is final, before and after each step: they never fall. */
async function stepOn({ follower, chain }: Actor): Promise<string> {
  const { finalized } = chain.heads()
  const result = await follower.step()
  assert.ok(chain.heads().finalized.number >= finalized.number)
  return result
}

test('nodes behind one URL that lag and hang on forks delay derivation, and make nothing of it wrong', async (t) => {
  const seeds = [
    ...Array.from({ length: 16 }, (_, index) => `nodes ${index}`),
    `random ${Math.floor(Math.random() * 1e9)}`,
  ]
  t.diagnostic(`seeds ${seeds[0]} to ${seeds.at(-2)}, ${seeds.at(-1)}`)
  const results = new Map<string, number>()
  for (const seed of seeds) {
    const dice = createDice(seed)
    const [good, bad] = [createFakeL1(), createFakeL1()]
    const mined: Content[] = []
    let shared = 0
    let astray = 0
    const mine = (content: Content = {}) => {
      const salted = { ...content, salt: `${dice(1_000)}` }
      mined.push(salted)
      good.mine(salted)
    }
    /** The bad node comes to know so many blocks of the good one, after those of its own fork. */
    const heal = (count: number) => {
      bad.drop(astray)
      astray = 0
      for (const content of mined.slice(shared, shared + count)) bad.mine(content)
      shared = Math.min(mined.length, shared + count)
    }
    const sequencer = await openActor(good)
    const victim = createFakeL1()
    victim.override = balanced([good, bad], dice)
    const follower = await openActor(victim)
    for (let event = 0; event < 80; event++) {
      const kind = dice(6)
      if (kind <= 1) mine(dice(3) === 0 ? { deposits: [{ mint: BigInt(dice(99)) }] } : {})
      else if (kind === 2) heal(dice(6))
      else if (kind === 3 && astray < 4) {
        astray++
        bad.mine({ salt: 'astray' })
      } else if (kind === 4) {
        await sequencer.sync()
        const first = sequencer.chain.heads().safe.number + 1n
        const head = await sequencer.seal([nextTransfer(sequencer, dice(8))], BigInt(dice(20))).catch(() => undefined)
        if (head !== undefined) mine({ inbox: [batchTx(batchesOf(sequencer.chain, first, head))] })
      } else if (shared > 3) {
        // Final is what every node has had for some blocks.
        for (const node of [good, bad]) node.finalize(100n + BigInt(shared - 3))
      }
      for (let steps = dice(4); steps > 0; steps--) {
        const result = await stepOn(follower)
        results.set(result, (results.get(result) ?? 0) + 1)
      }
    }
    heal(mined.length)
    mine()
    heal(1)
    // What was asked for ahead may still be the answer of the bad node: it is asked for again after one look.
    while ((await stepOn(follower)) === 'folded') {}
    await follower.sync()
    await sequencer.sync()
    const fresh = await openActor(good)
    await fresh.sync()
    for (const actor of [follower, sequencer]) {
      assert.deepEqual(actor.chain.heads().safe, fresh.chain.heads().safe, seed)
      assert.deepEqual(actor.chain.heads().finalized, fresh.chain.heads().finalized, seed)
      assertSameEntries(await dump(actor.kv, [0x20, 0x22, 0x23]), await dump(fresh.kv, [0x20, 0x22, 0x23]), seed)
      assert.deepEqual(await verifyRecords(actor.kv), [], seed)
    }
  }
  t.diagnostic(JSON.stringify([...results]))
  for (const result of ['folded', 'idle', 'reorged', 'stalled']) assert.ok((results.get(result) ?? 0) > 10, result)
})
