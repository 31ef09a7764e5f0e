import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Ancestor,
  flatten,
  type ListedVersion,
  mergeCorpus,
  type Parent,
  shareUnit,
} from '../../../attribution/kernel/lineage.ts'
import type { Hash } from '../../../core/hex.ts'
import { check } from '../../core/random.ts'

const id = (value: number) => `0x${value.toString(16).padStart(64, '0')}` as Hash
const shareSum = (list: readonly { readonly share: bigint }[]) => list.reduce((sum, { share }) => sum + share, 0n)

type Model = { readonly parents: readonly { readonly at: number; readonly share: bigint }[] }

/** Models in order of registration: parents are earlier ones, their shares sum to at most a half. */
const models: fc.Arbitrary<readonly Model[]> = fc.array(
  fc
    .uniqueArray(
      fc.record({ back: fc.integer({ min: 1, max: 6 }), share: fc.bigInt({ min: 0n, max: shareUnit / 6n }) }),
      {
        maxLength: 3,
        selector: ({ back }) => back,
      },
    )
    .map((parents) => ({ parents: parents.map(({ back, share }) => ({ at: back, share })) })),
  { minLength: 1, maxLength: 14 },
)

/** Registers all models; those whose parents would lie before the first one have fewer. */
function register(list: readonly Model[]) {
  const known: { parents: Model['parents']; sum: bigint; flat: readonly Ancestor[] | undefined }[] = []
  for (const [index, model] of list.entries()) {
    const parents = model.parents
      .map(({ at, share }) => ({ at: index - at, share }))
      .filter(({ at }) => known[at]?.flat)
    const result = flatten(parents.map(({ at, share }) => parentOf(known, at, share)))
    const flat = 'reject' in result ? undefined : result.ancestors
    known.push({ parents, sum: shareSum(parents), flat })
  }
  return known
}

function parentOf(known: ReturnType<typeof register>, at: number, share: bigint): Parent {
  return { id: id(at), share, parentShareSum: known[at]!.sum, ancestors: known[at]!.flat! }
}

/** The share of `ancestor` in what `model` is paid, as the recursion reads: over all paths, floored per product. */
function shareOf(known: ReturnType<typeof register>, model: number, ancestor: number): bigint {
  let total = 0n
  for (const { at, share } of known[model]!.parents) {
    const whole = at === ancestor ? shareUnit - known[at]!.sum : shareOf(known, at, ancestor)
    total += (share * whole) / shareUnit
  }
  return total
}

test('every model pays all its ancestors what the recursion says, sorted by id, zeros left out', (t) => {
  check(
    t,
    fc.property(models, (list) => {
      const known = register(list)
      for (const [index, { flat, sum }] of known.entries()) {
        if (flat === undefined) continue
        const expected = known.slice(0, index).map((_, at) => ({ id: id(at), share: shareOf(known, index, at) }))
        assert.deepEqual(
          flat,
          expected.filter(({ share }) => share > 0n),
        )
        // Never more than was agreed with the parents; what floors lose, at most 1 per product, stays with the child.
        assert.ok(shareSum(flat) <= sum)
      }
    }),
  )
})

test('the order of parents changes nothing', (t) => {
  check(
    t,
    fc.property(models, (list) => {
      const known = register(list)
      const parents = known.flatMap(({ flat }, at) => (flat ? [parentOf(known, at, shareUnit / 20n)] : []))
      assert.deepEqual(flatten(parents), flatten([...parents].reverse()))
    }),
  )
})

test('a chain of three and a diamond, by hand', () => {
  const base: Parent = { id: id(3), share: 400_000_000n, parentShareSum: 0n, ancestors: [] }
  assert.deepEqual(flatten([base]), { ancestors: [{ id: id(3), share: 400_000_000n }] })
  const middle = { id: id(2), parentShareSum: 400_000_000n, ancestors: [{ id: id(3), share: 400_000_000n }] }
  // Half of what the child earns goes to the middle model, which keeps 60 % of it.
  assert.deepEqual(flatten([{ ...middle, share: 500_000_000n }]), {
    ancestors: [
      { id: id(2), share: 300_000_000n },
      { id: id(3), share: 200_000_000n },
    ],
  })
  assert.deepEqual(
    flatten([
      { ...middle, share: 250_000_000n },
      { ...base, share: 100_000_000n },
    ]),
    {
      ancestors: [
        { id: id(2), share: 150_000_000n },
        { id: id(3), share: 200_000_000n },
      ],
    },
  )
  assert.deepEqual(flatten([]), { ancestors: [] })
})

test('shares below one unit are dropped and stay with the child', () => {
  const parent = { id: id(1), parentShareSum: 1n, ancestors: [{ id: id(2), share: 1n }] }
  assert.deepEqual(flatten([{ ...parent, share: 500_000_000n }]), {
    ancestors: [{ id: id(1), share: 499_999_999n }],
  })
  assert.deepEqual(flatten([{ ...parent, share: 0n }]), { ancestors: [] })
})

test('thirty-two ancestors are accepted, one more is refused, worthless ones are not counted', () => {
  const parent = (count: number, share: bigint): Parent => ({
    id: id(1),
    share: 500_000_000n,
    parentShareSum: 310_000_000n,
    ancestors: Array.from({ length: count }, (_, at) => ({ id: id(at + 2), share })),
  })
  const result = flatten([parent(31, 10_000_000n)])
  assert.equal('reject' in result ? 0 : result.ancestors.length, 32)
  assert.deepEqual(flatten([parent(32, 10_000_000n)]), { reject: 'TooManyAncestors' })
  assert.deepEqual(flatten([parent(32, 1n)]), { ancestors: [{ id: id(1), share: 345_000_000n }] })
})

const listed = (datanet: number, sequence: number): ListedVersion => ({
  datanet: id(datanet),
  version: id(datanet * 1_000 + sequence),
  sequence: BigInt(sequence),
})
const versions = fc
  .uniqueArray(fc.tuple(fc.nat(20), fc.nat(300)), { maxLength: 6, selector: ([datanet]) => datanet })
  .map((list) => list.map(([datanet, sequence]) => listed(datanet, sequence)))

test('the effective corpus has the newest listed version of every datanet, by datanet', (t) => {
  check(
    t,
    fc.property(versions, fc.array(versions, { maxLength: 4 }), (own, parents) => {
      const all = [...own, ...parents.flat()]
      const expected: ListedVersion[] = []
      for (let datanet = 0; datanet <= 20; datanet++) {
        const sequences = all.filter((each) => each.datanet === id(datanet)).map(({ sequence }) => Number(sequence))
        if (sequences.length > 0) expected.push(listed(datanet, Math.max(...sequences)))
      }
      const merged = mergeCorpus(own, parents)
      assert.deepEqual(merged, expected.length > 16 ? { reject: 'CorpusTooLarge' } : { corpus: expected })
      assert.deepEqual(mergeCorpus([...own].reverse(), [...parents].reverse()), merged)
    }),
  )
})

test('a parent with a newer version of the same datanet prevails, an older one does not', () => {
  assert.deepEqual(mergeCorpus([listed(1, 5)], [[listed(1, 6)]]), { corpus: [listed(1, 6)] })
  assert.deepEqual(mergeCorpus([listed(1, 5)], [[listed(1, 4)]]), { corpus: [listed(1, 5)] })
  assert.deepEqual(mergeCorpus([], []), { corpus: [] })
})

test('sixteen datanets are accepted, one more is refused', () => {
  const row = Array.from({ length: 16 }, (_, at) => listed(at, 1))
  assert.deepEqual(mergeCorpus(row.slice(0, 8), [row.slice(8), row]), { corpus: row })
  assert.deepEqual(mergeCorpus(row, [[listed(16, 1)]]), { reject: 'CorpusTooLarge' })
})
