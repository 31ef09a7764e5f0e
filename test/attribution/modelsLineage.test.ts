import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Hash } from '../../core/hex.ts'
import { argsOf, createChecked, eventsOf, viewed } from './checked.ts'
import { alice, bob, contribute, createDatanet, publish } from './datasets.ts'
import { createHarness, type Harness } from './harness.ts'
import { modelBond, refuses, register, specOf } from './modelSpecs.ts'

const unit = 1_000_000_000n
const half = unit / 2n
type Share = { readonly model: Hash; readonly share: bigint }

const ancestorsOf = (h: Harness, model: Hash): readonly Share[] => h.ok(bob, 'getAncestors', { model }).ancestors!
const byId = (a: Share, b: Share) => (a.model < b.model ? -1 : 1)

test('a child pays each parent at least what that asks for, all together at most half', () => {
  const h = createChecked()
  const dear = register(h, alice, { minChildShare: 300_000_000n })
  const cheap = register(h, alice)
  const shares = (...list: readonly [Hash, bigint][]) => ({ parents: list.map(([model, share]) => ({ model, share })) })
  assert.deepEqual(refuses(h, 'ShareTooLow', bob, shares([cheap, 1n], [dear, 299_999_999n])), {
    parent: dear,
    least: 300_000_000n,
  })
  refuses(h, 'RoyaltyTooHigh', bob, shares([cheap, half + 1n]))
  refuses(h, 'RoyaltyTooHigh', bob, shares([dear, 300_000_000n], [cheap, half - 300_000_000n + 1n]))
  const model = register(h, bob, shares([dear, 300_000_000n], [cheap, half - 300_000_000n]))
  assert.equal(viewed<{ parentShares: bigint }>(h, 'getModel', { model }).parentShares, half)
})

test('what a model owes goes to its parents and theirs, by id', () => {
  const h = createChecked()
  const root = register(h, alice)
  const child = register(h, alice, { parents: [{ model: root, share: 400_000_000n }] })
  const other = register(h, alice, { parents: [{ model: root, share: 0n }] })
  assert.deepEqual(ancestorsOf(h, other), [])
  const parents = [
    { model: child, share: 200_000_000n },
    { model: other, share: 100_000_000n },
    { model: root, share: 3n },
  ]
  const spec = specOf({ parents })
  const events = eventsOf(h, bob, 'registerModel', { spec }, { value: modelBond })
  const { model } = argsOf(events, 'ModelRegistered') as { readonly model: Hash }
  const expected = [
    { model: child, share: 120_000_000n },
    { model: other, share: 100_000_000n },
    // Through the child, and as a parent itself.
    { model: root, share: 80_000_000n + 3n },
  ].sort(byId)
  assert.deepEqual(ancestorsOf(h, model), expected)
  const logged = events.filter(({ name }) => name === 'AncestorShare').map(({ args }) => args)
  assert.deepEqual(
    logged,
    expected.map(({ model: ancestor, share }) => ({ model, ancestor, share })),
  )
})

test('a model has at most 32 ancestors with a share; shares too small to count do not', () => {
  const h = createChecked()
  const family = (size: number) => {
    const parents = Array.from({ length: size }, () => ({ model: register(h, alice), share: half / 8n }))
    return register(h, alice, { parents })
  }
  const families = [8, 8, 8, 3].map((size) => ({ model: family(size), share: half / 8n }))
  // 4 families with 27 parents.
  assert.equal(ancestorsOf(h, register(h, bob, { parents: families })).length, 31)
  const more = [...families, { model: register(h, bob), share: 1n }, { model: register(h, bob), share: 1n }]
  const full = register(h, bob, { parents: more.slice(0, 5) })
  // A share of 1e-9 is floored away where the parent owes something itself, not where it does not.
  assert.equal(ancestorsOf(h, full).length, 32)
  refuses(h, 'TooManyAncestors', bob, { parents: more })
  // The one of 1e-9 makes place for the parent itself.
  assert.equal(ancestorsOf(h, register(h, bob, { parents: [{ model: full, share: half }] })).length, 32)
  assert.deepEqual(ancestorsOf(h, register(h, bob, { parents: [{ model: full, share: 1n }] })), [])
})

/** A model as the property declares it: indices of earlier models with shares, and of versions. */
type Declared = { readonly parents: readonly (readonly [number, number])[]; readonly versions: readonly number[] }

const declared: fc.Arbitrary<Declared> = fc.record({
  parents: fc.uniqueArray(fc.tuple(fc.nat(9), fc.nat(150_000_000)), { maxLength: 3, selector: ([index]) => index }),
  versions: fc.uniqueArray(fc.nat(5), { maxLength: 3, selector: (index) => index % 3 }),
})

test('lineage and corpus agree with their definitions, followed through the whole graph', () => {
  const property = fc.property(fc.array(declared, { minLength: 4, maxLength: 10 }), (family) => {
    const h = createHarness()
    const nets = [0, 1, 2].map(() => createDatanet(h, alice))
    // Version i is of datanet i % 3, the later three are the newer ones.
    const published = [0, 1, 2, 3, 4, 5].map((index) => {
      const net = nets[index % 3]!
      return publish(h, alice, net, [contribute(h, bob, net, `text ${index}`)]).version
    })
    const models: { readonly id: Hash; readonly parents: readonly Share[]; readonly corpus: ReadonlySet<number> }[] = []
    for (const { parents, versions } of family) {
      const known = parents.filter(([index]) => index < models.length)
      const listed = known.map(([index, share]) => ({ model: models[index]!.id, share: BigInt(share) }))
      const id = register(h, alice, { parents: listed, versions: versions.map((index) => published[index]) })
      const corpus = new Set([...versions, ...known.flatMap(([index]) => [...models[index]!.corpus])])
      models.push({ id, parents: listed, corpus })
    }
    const byModel = new Map(models.map((model) => [model.id, model]))
    for (const { id, parents, corpus } of models) {
      const newest = [...corpus].filter((index) => index > 2 || !corpus.has(index + 3))
      newest.sort((a, b) => (nets[a % 3]! < nets[b % 3]! ? -1 : 1))
      assert.deepEqual(
        h.ok(bob, 'getCorpus', { model: id }).versions,
        newest.map((index) => published[index]),
      )
      // Along every path from the model, the product of the shares and what the end keeps: equal up to the floors.
      const owed = new Map<Hash, number>()
      const follow = (list: readonly Share[], part: number): void => {
        for (const { model, share } of list) {
          const above = byModel.get(model)!.parents
          const keeps = Number(unit - above.reduce((sum, each) => sum + each.share, 0n)) / 1e9
          const reaching = (part * Number(share)) / 1e9
          owed.set(model, (owed.get(model) ?? 0) + reaching * keeps)
          follow(above, reaching)
        }
      }
      follow(parents, 1e9)
      const stored = new Map(ancestorsOf(h, id).map(({ model, share }) => [model, Number(share)]))
      for (const [model, share] of owed) {
        const got = stored.get(model) ?? 0
        assert(got <= share + 1e-3 && got > share - 60, `${got} for ${share}`)
      }
      assert([...stored.keys()].every((model) => owed.has(model)))
    }
  })
  fc.assert(property, { numRuns: 40, seed: 3_01 })
})
