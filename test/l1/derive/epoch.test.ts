import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { longestStep, stepTo } from '../../../l1/derive/epoch.ts'
import { forcedBlock, isExpired } from '../../../l1/derive/forced.ts'
import type { SafeRef } from '../../../l1/derive/record.ts'
import { check } from '../../core/random.ts'
import { epochOf, epochsTo, fakeHash, safeAt } from './fixtures.ts'

const rules = { sequencingWindow: 20n, forcedLag: 4n, maxOriginStep: 8n }

test('the longest step is the largest of those that fit, also where a smaller one does not', (t) => {
  const epochs = fc.array(
    fc.record({
      gas: fc.array(fc.bigInt(0n, 3_000_000n), { maxLength: 3 }),
      limit: fc.bigInt(5_000_000n, 12_000_000n),
    }),
    { maxLength: 12 },
  )
  let gaps = 0
  check(
    t,
    fc.property(epochs, fc.bigInt(0n, 12n), (made, reach) => {
      const epochAt = epochsTo(
        100n + BigInt(made.length),
        made.map(({ gas, limit }, index) => epochOf(101n + BigInt(index), gas, limit)),
      )
      const numbers = Array.from({ length: Number(reach) }, (_, index) => 101n + BigInt(index))
      const fitting = numbers.filter((number) => stepTo(epochAt, 100n, number) !== undefined)
      const found = longestStep(epochAt, { from: 100n, to: 100n + reach })
      assert.equal(found?.epoch.block.number, fitting.at(-1))
      if (fitting.length > 0 && fitting.at(-1)! - 100n > BigInt(fitting.length)) gaps++
    }),
  )
  assert.ok(gaps > 5, 'the limit rose over a gap in some cases')
})

test('deposits of a step are of the L1 blocks after the old origin, each once, in order', () => {
  const epochAt = epochsTo(105n, [epochOf(101n, [1n, 2n]), epochOf(102n, [3n]), epochOf(104n, [4n])])
  const gasOf = (from: bigint, to: bigint) => stepTo(epochAt, from, to)?.deposits.map(({ gas }) => gas)
  assert.deepEqual(gasOf(100n, 104n), [1n, 2n, 3n, 4n])
  assert.deepEqual(gasOf(101n, 103n), [3n])
  assert.deepEqual(gasOf(104n, 104n), [])
  assert.equal(gasOf(104n, 106n), undefined)
})

test('the window is expired one L1 block after the last one in which a batch counts', () => {
  assert.equal(isExpired(safeAt(110n), 130n, rules), false)
  assert.equal(isExpired(safeAt(110n), 131n, rules), true)
})

/** All blocks that L1 makes by itself at an L1 block. */
function forcedAll(start: SafeRef, l1Number: bigint, epochAt = epochsTo(l1Number)): SafeRef[] {
  const made: SafeRef[] = []
  for (let safe = start; made.length < 1_000; ) {
    const block = forcedBlock(safe, l1Number, epochAt, rules)
    if (block === undefined) return made
    assert.deepEqual(block.txs, [])
    const { origin, sequenceNumber } = block.inputs
    const { timestamp } = block
    safe = { number: safe.number + 1n, hash: fakeHash(block), timestamp, origin, sequenceNumber }
    made.push(safe)
  }
  return assert.fail('no end')
}

test('forced blocks reach the lag exactly, in the longest steps, and leave the rest of the window', () => {
  const made = forcedAll(safeAt(110n), 131n)
  assert.deepEqual(
    made.map(({ origin }) => origin.number),
    [118n, 126n, 127n],
  )
  assert.ok(made.every(({ sequenceNumber }) => sequenceNumber === 0n))
  assert.equal(isExpired(made.at(-1)!, 131n, rules), false)
  assert.deepEqual(forcedAll(made.at(-1)!, 131n), [])
})

test('a forced block is at its origin’s time, or at its parent’s where that is later', () => {
  const { block } = epochOf(118n)
  const early = forcedBlock(safeAt(110n), 131n, epochsTo(131n), rules)
  assert.equal(early?.timestamp, block.timestamp)
  const late = { ...safeAt(110n), timestamp: block.timestamp + 5n }
  assert.equal(forcedBlock(late, 131n, epochsTo(131n), rules)?.timestamp, late.timestamp)
})

test('deposits that do not fit together come in as many forced blocks as they need, none is lost', (t) => {
  const gas = fc.array(fc.bigInt(0n, 4_000_000n), { minLength: 40, maxLength: 40 })
  check(
    t,
    fc.property(gas, (limits) => {
      const epochs = limits.map((limit, index) => epochOf(111n + BigInt(index), [limit]))
      const epochAt = epochsTo(150n, epochs)
      const deposits: bigint[] = []
      for (let safe = safeAt(110n); ; ) {
        const block = forcedBlock(safe, 150n, epochAt, rules)
        if (block === undefined) break
        const { origin, sequenceNumber, deposits: own } = block.inputs
        assert.ok(origin.number > safe.origin.number && origin.number <= 146n)
        assert.ok(own.reduce((sum, deposit) => sum + deposit.gas, 1_000_000n) <= 8_000_000n)
        deposits.push(...own.map((deposit) => deposit.gas))
        safe = { ...safe, hash: fakeHash(block), timestamp: block.timestamp, origin, sequenceNumber }
      }
      assert.deepEqual(deposits, limits.slice(0, 36))
    }),
    { numRuns: 50 },
  )
})
