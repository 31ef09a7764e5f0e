import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import { createOriginView, type OriginAnswer, type OriginParent } from '../../l1/origins.ts'
import type { ConfigUpdate } from '../../l1/source.ts'
import { openActor, rules } from './derive/actor.ts'
import { type Content, createFakeL1, type FakeL1, origin, outage } from './derive/fakeL1.ts'
import { createDice } from './derive/script.ts'

const start: OriginParent = { origin, sequenceNumber: 0n }
const signerOf = (byte: string) => `0x${byte.repeat(20)}` as Address
const newSigner = (byte: string): ConfigUpdate => ({ kind: 'unsafeSigner', signer: signerOf(byte) })

/** An L1 of which the first block is folded, and what is seen of it; the others are mined after. */
async function scene(...contents: readonly Content[]) {
  const l1 = createFakeL1()
  l1.mine()
  const actor = await openActor(l1)
  await actor.sync()
  for (const content of contents) l1.mine(content)
  l1.calls.block = 0
  return { l1, actor, view: actor.follower.origins }
}

const at = async (l1: FakeL1, number: bigint) => ({ number, hash: (await l1.source.hashAt(number))! })
const kindOf = ({ kind }: OriginAnswer) => kind

test('an origin that was folded gives what its record says, and nothing is read', async () => {
  const { l1, actor, view } = await scene()
  const { block, config } = actor.follower.record(101n)!
  const answer = await view.inputs(start, block)
  const inputs = { origin: block, deposits: [], config: config.system, sequenceNumber: 0n }
  assert.deepEqual(answer, { kind: 'inputs', inputs, signer: config.unsafeSigner })
  const again = await view.inputs({ origin: block, sequenceNumber: 4n }, block)
  assert.ok(again.kind === 'inputs')
  assert.equal(again.inputs.sequenceNumber, 5n)
  assert.equal(l1.calls.block, 0)
})

test('an origin ahead of derivation gives the same before as after it was folded', async () => {
  const { l1, actor, view } = await scene(
    { deposits: [{ mint: 1n }], updates: [{ kind: 'gasLimit', gasLimit: 7_000_000n }] },
    { deposits: [{ mint: 2n }, { mint: 3n }], updates: [newSigner('b1')] },
    { deposits: [{ mint: 4n }], updates: [newSigner('b2'), { kind: 'daFeeScalar', daFeeScalar: 7 }] },
  )
  const parents: OriginParent[] = [start, { origin: await at(l1, 102n), sequenceNumber: 2n }]
  const ask = async () => {
    const answers: OriginAnswer[] = []
    for (const parent of parents) {
      for (const number of [102n, 103n, 104n]) answers.push(await view.inputs(parent, await at(l1, number)))
    }
    return answers
  }
  const before = await ask()
  assert.equal(l1.calls.block, 3, 'each block is read once')
  assert.equal(view.signer(), signerOf('b2'))
  const [, , last] = before
  assert.ok(last?.kind === 'inputs')
  assert.deepEqual(
    last.inputs.deposits.map(({ mint }) => mint),
    [1n, 2n, 3n, 4n],
  )
  assert.equal(last.inputs.config.gasLimit, 7_000_000n)
  await actor.sync()
  assert.deepEqual(await ask(), before)
  assert.equal(view.signer(), signerOf('b2'))
})

test('no child of a parent has an origin before its own, too far after it, or with deposits that do not fit', async () => {
  const { l1, view } = await scene(...Array.from({ length: 9 }, () => ({})))
  const parent = { origin: await at(l1, 102n), sequenceNumber: 0n }
  const kind = async (from: OriginParent, number: bigint) => kindOf(await view.inputs(from, await at(l1, number)))
  assert.equal(await kind(parent, 101n), 'not_allowed')
  assert.equal(await kind(parent, 102n), 'inputs')
  assert.equal(await kind(parent, 110n), 'inputs')
  assert.equal(await kind(start, 109n), 'not_allowed')
  const full = await scene(
    { deposits: [{ gas: 4_000_000n }] },
    { updates: [{ kind: 'gasLimit', gasLimit: 5_000_000n }] },
  )
  assert.equal(kindOf(await full.view.inputs(start, await at(full.l1, 102n))), 'inputs')
  assert.equal(kindOf(await full.view.inputs(start, await at(full.l1, 103n))), 'inputs')
  const over = await scene(
    { deposits: [{ gas: 4_000_001n }] },
    { updates: [{ kind: 'gasLimit', gasLimit: 5_000_000n }] },
  )
  assert.equal(kindOf(await over.view.inputs(start, await at(over.l1, 102n))), 'inputs')
  assert.equal(kindOf(await over.view.inputs(start, await at(over.l1, 103n))), 'not_allowed')
})

test('an origin that L1 has not yet is ahead, one that it never had is elsewhere', async () => {
  const { l1, view } = await scene({}, {})
  const stranger = { number: 103n, hash: origin.hash }
  assert.equal(kindOf(await view.inputs(start, { ...stranger, number: 104n })), 'ahead')
  assert.equal(kindOf(await view.inputs(start, stranger)), 'elsewhere')
  assert.equal(kindOf(await view.inputs(start, { ...stranger, number: 101n })), 'elsewhere')
  const parent = { origin: stranger, sequenceNumber: 0n }
  assert.equal(kindOf(await view.inputs(parent, await at(l1, 103n))), 'elsewhere')
  assert.equal(kindOf(await view.inputs({ ...parent, origin: { ...stranger, number: 101n } }, stranger)), 'elsewhere')
})

test('what is read ahead follows L1 to another fork', async () => {
  const { l1, view } = await scene({}, {}, { updates: [newSigner('b1')] })
  const old = [await at(l1, 103n), await at(l1, 104n)]
  assert.equal(kindOf(await view.inputs(start, old[1]!)), 'inputs')
  l1.drop(2)
  for (const byte of ['c1', 'c2', 'c3']) l1.mine({ salt: 'other', updates: [newSigner(byte)] })
  const news = [await at(l1, 103n), await at(l1, 104n), await at(l1, 105n)]
  // Below what was read: noticed by the hash; above: by the parent hash.
  const second = await view.inputs(start, news[0]!)
  assert.ok(second.kind === 'inputs')
  assert.equal(second.signer, signerOf('c1'))
  assert.equal(kindOf(await view.inputs(start, news[2]!)), 'inputs')
  assert.equal(view.signer(), signerOf('c3'))
  for (const lost of old) assert.equal(kindOf(await view.inputs(start, lost)), 'elsewhere')
  assert.equal(kindOf(await view.inputs({ origin: old[0]!, sequenceNumber: 0n }, news[1]!)), 'elsewhere')
  l1.drop(3)
  for (let count = 0; count < 4; count++) l1.mine({ salt: 'third' })
  assert.equal(kindOf(await view.inputs(start, await at(l1, 106n))), 'inputs')
})

test('a fork below what was folded is ahead until derivation has taken it', async () => {
  const { l1, actor, view } = await scene({}, {})
  await actor.sync()
  const old = await at(l1, 103n)
  l1.drop(2)
  for (let count = 0; count < 3; count++) l1.mine({ salt: 'other' })
  for (const number of [102n, 103n, 104n]) {
    assert.equal(kindOf(await view.inputs(start, await at(l1, number))), 'ahead')
  }
  await actor.sync()
  assert.equal(kindOf(await view.inputs(start, await at(l1, 104n))), 'inputs')
  assert.equal(kindOf(await view.inputs(start, old)), 'elsewhere')
})

test('it does not read further ahead than its limits', async () => {
  const { l1, actor } = await scene(
    ...Array.from({ length: 6 }, () => ({ deposits: [{ data: new Uint8Array(1_000) }] })),
  )
  const { follower } = actor
  const window = { tip: follower.tip, at: follower.record }
  const view = (blocks: bigint, bytes: number) =>
    createOriginView({ source: l1.source, window, rules, limits: { blocks, bytes } })
  const few = view(3n, 100_000)
  assert.equal(kindOf(await few.inputs(start, await at(l1, 104n))), 'inputs')
  assert.equal(kindOf(await few.inputs(start, await at(l1, 105n))), 'ahead')
  const small = view(100n, 2_500)
  assert.equal(kindOf(await small.inputs(start, await at(l1, 104n))), 'inputs')
  assert.equal(kindOf(await small.inputs(start, await at(l1, 106n))), 'ahead')
  await actor.sync()
  // What was folded counts no more.
  assert.equal(kindOf(await few.inputs(start, await at(l1, 105n))), 'inputs')
  assert.equal(kindOf(await small.inputs(start, await at(l1, 107n))), 'inputs')
})

test('what keeps L1 from answering is thrown, and the next one who asks finds it again', async () => {
  const { l1, view } = await scene({}, {}, {})
  const last = await at(l1, 104n)
  for (const call of ['block', 'hashAt'] as const) {
    const asked = call === 'block' ? last : { ...last, hash: origin.hash }
    l1.fault = (name) => {
      if (name === call) throw outage('l1_unreachable')
    }
    await assert.rejects(view.inputs(start, asked), (error) => error instanceof NodeError && error.severity === 'retry')
    l1.fault = undefined
    assert.notEqual(kindOf(await view.inputs(start, asked)), 'ahead')
  }
})

test('many who ask at once read L1 once', async () => {
  const { l1, view } = await scene({}, {}, {}, {}, {})
  const refs = await Promise.all([106n, 102n, 104n, 106n, 103n].map((number) => at(l1, number)))
  const answers = await Promise.all(refs.map((ref) => view.inputs(start, ref)))
  assert.deepEqual(answers.map(kindOf), Array(5).fill('inputs'))
  assert.equal(l1.calls.block, 5)
})

test('derivation may go on, or back, while it reads', async () => {
  const { l1, actor } = await scene({}, {}, {}, {})
  const { follower } = actor
  let meanwhile: () => Promise<unknown> = async () => {}
  async function block(number: bigint) {
    const data = await l1.source.block(number)
    const task = meanwhile
    meanwhile = async () => {}
    await task()
    return data
  }
  const window = { tip: follower.tip, at: follower.record }
  const view = createOriginView({ source: { ...l1.source, block }, window, rules })
  meanwhile = () => actor.sync()
  assert.equal(kindOf(await view.inputs(start, await at(l1, 105n))), 'inputs')
  assert.equal(actor.follower.tip().block.number, 105n)
  l1.mineMany(2)
  meanwhile = async () => {
    l1.drop(4)
    for (let count = 0; count < 5; count++) l1.mine({ salt: 'other' })
    await actor.sync()
  }
  assert.equal(kindOf(await view.inputs(start, await at(l1, 107n))), 'elsewhere')
  assert.equal(kindOf(await view.inputs(start, await at(l1, 108n))), 'inputs')
})

test('whatever L1 does, the answer is what derivation says later', async (t) => {
  const seen = new Map<string, number>()
  for (let seed = 0; seed < 12; seed++) {
    const dice = createDice(`origins ${seed}`)
    const l1 = createFakeL1()
    const actor = await openActor(l1)
    const { follower } = actor
    for (let round = 0; round < 60; round++) {
      const act = dice(8)
      if (act < 3) for (let count = dice(3); count >= 0; count--) l1.mine(contentOf(dice))
      else if (act === 3) {
        const depth = dice(Math.min(6, Number(l1.head().number - origin.number) + 1))
        l1.drop(depth)
        for (let count = depth + dice(2); count > 0; count--) l1.mine(contentOf(dice))
      } else if (act === 4) for (let count = dice(4); count >= 0; count--) await follower.step()
      // A node that knows all of the L1 of now.
      const all = (await openAll(l1)).follower
      const pick = () => origin.number + BigInt(dice(Number(l1.head().number - origin.number) + 3))
      const [a, b] = [pick(), pick()].sort((x, y) => Number(x - y)) as [bigint, bigint]
      const ref = (number: bigint) => all.record(number)?.block ?? { number, hash: origin.hash }
      const parent = { origin: ref(a), sequenceNumber: BigInt(dice(3)) }
      const [told, wanted] = [await follower.origins.inputs(parent, ref(b)), await all.origins.inputs(parent, ref(b))]
      // Until derivation has left a fork, what is on the other one is not there yet.
      const tip = follower.tip().block
      const isForked = all.record(tip.number)?.block.hash !== tip.hash
      if (!isForked || told.kind === 'inputs') assert.deepEqual(told, wanted, `seed ${seed}, round ${round}`)
      else assert.ok(['ahead', wanted.kind].includes(told.kind), `seed ${seed}, round ${round}: ${told.kind}`)
      const name = `${told.kind}${isForked ? ' of a fork' : ''}`
      seen.set(name, (seen.get(name) ?? 0) + 1)
    }
  }
  t.diagnostic(`seeds origins 0 to 11: ${JSON.stringify([...seen])}`)
  for (const kind of ['inputs', 'ahead', 'not_allowed', 'inputs of a fork', 'ahead of a fork'])
    assert.ok(seen.has(kind))
})

async function openAll(l1: FakeL1) {
  const actor = await openActor(l1)
  await actor.sync()
  return actor
}

function contentOf(dice: ReturnType<typeof createDice>): Content {
  const deposits = dice(2) === 0 ? [] : [{ mint: BigInt(dice(100)), gas: BigInt(dice(3_000_000)) }]
  const updates = dice(3) === 0 ? [{ kind: 'gasLimit' as const, gasLimit: BigInt(5_000_000 + dice(10)) }] : []
  return { deposits, updates, salt: `${dice(1_000)}` }
}
