import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Ancestor, shareUnit } from '../../../attribution/kernel/lineage.ts'
import { type MarginShares, splitAmount, splitMargin } from '../../../attribution/kernel/split.ts'
import type { Hash } from '../../../core/hex.ts'
import { uint } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { wei } from './arbitrary.ts'

const sum = (parts: readonly bigint[]) => parts.reduce((total, part) => total + part, 0n)
const defaults: MarginShares = {
  data: 5_000n,
  owner: 2_500n,
  validators: 1_000n,
  treasury: 500n,
  insurance: 500n,
  burn: 500n,
}

/** Six shares that sum to 10,000. */
const shares = fc
  .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 5, maxLength: 5 })
  .map((cuts) => [0, ...cuts.sort((a, b) => a - b), 10_000])
  .map((cuts) => {
    const [data, owner, validators, treasury, insurance, burn] = cuts.slice(1).map((cut, at) => BigInt(cut - cuts[at]!))
    return {
      data: data!,
      owner: owner!,
      validators: validators!,
      treasury: treasury!,
      insurance: insurance!,
      burn: burn!,
    }
  })

const ancestors: fc.Arbitrary<readonly Ancestor[]> = fc
  .array(fc.bigInt({ min: 1n, max: shareUnit / 32n }), { maxLength: 32 })
  .map((list) => list.map((share, at) => ({ id: `0x${at.toString(16).padStart(64, '0')}` as Hash, share })))

test('a split loses no wei, and no part is a whole wei off its share', (t) => {
  check(
    t,
    fc.property(wei, fc.array(uint(2n ** 64n - 1n), { maxLength: 40 }), (amount, weights) => {
      const parts = splitAmount(amount, weights)
      const total = sum(weights)
      assert.equal(parts.length, weights.length)
      assert.equal(sum(parts), total === 0n ? 0n : amount)
      parts.forEach((part, at) => {
        assert.ok(part >= 0n)
        const off = part * total - amount * weights[at]!
        assert.ok(total === 0n || (off < total && -off < total), 'less than 1 wei off')
        if (weights[at] === 0n) assert.equal(part, 0n)
      })
    }),
  )
})

test('the parts are the differences of floored prefixes', () => {
  assert.deepEqual(splitAmount(10n, [1n, 1n, 1n]), [3n, 3n, 4n])
  assert.deepEqual(splitAmount(1n, [1n, 1n]), [0n, 1n])
  assert.deepEqual(splitAmount(7n, [0n, 5n, 0n]), [0n, 7n, 0n])
  assert.deepEqual(splitAmount(7n, [0n, 0n]), [0n, 0n])
  assert.deepEqual(splitAmount(7n, []), [])
})

test('a margin is split in one prefix order, ancestors before the owner', (t) => {
  check(
    t,
    fc.property(wei, shares, ancestors, (margin, split, list) => {
      const parts = splitMargin(margin, split, list)
      const floor = (bps: bigint) => (margin * bps) / 10_000n
      // The six parts, as if nobody had ancestors.
      let bps = 0n
      for (const name of ['data', 'owner', 'validators', 'treasury', 'insurance', 'burn'] as const) {
        const part = name === 'owner' ? sum(parts.ancestors) + parts.owner : parts[name]
        assert.equal(part, floor(bps + split[name]) - floor(bps))
        bps += split[name]
      }
      // The ancestors, each within 1 wei of its share of the owner's share.
      assert.equal(parts.ancestors.length, list.length)
      list.forEach(({ share }, at) => {
        const off = parts.ancestors[at]! * 10_000n * shareUnit - margin * split.owner * share
        assert.ok(off < 10_000n * shareUnit && -off < 10_000n * shareUnit)
      })
    }),
  )
})

test('the default split of a margin, with two ancestors', () => {
  const id = `0x${'00'.repeat(32)}` as Hash
  assert.deepEqual(
    splitMargin(1_000_003n, defaults, [
      { id, share: 300_000_000n },
      { id, share: 100_000_000n },
    ]),
    {
      data: 500_001n,
      ancestors: [75_000n, 25_000n],
      owner: 150_001n,
      validators: 100_000n,
      treasury: 50_000n,
      insurance: 50_000n,
      burn: 50_001n,
    },
  )
})
