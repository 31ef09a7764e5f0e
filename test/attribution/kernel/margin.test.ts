import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  accruePerByte,
  marginOf,
  paidBefore,
  receiptCredit,
  receiptSpecific,
  specificPart,
  tileEarnings,
} from '../../../attribution/kernel/margin.ts'
import { check } from '../../core/random.ts'
import { bits, wei } from './arbitrary.ts'

const bps = fc.bigInt({ min: 0n, max: 10_000n })

/** The whole part of a quotient, by long division in base 2. */
function floor(dividend: bigint, divisor: bigint): bigint {
  let quotient = 0n
  let rest = dividend
  for (let shift = BigInt(dividend.toString(2).length); shift >= 0n; shift--) {
    if (divisor << shift > rest) continue
    rest -= divisor << shift
    quotient += 1n << shift
  }
  return quotient
}

test('margins in pieces sum to the margin of the whole, whatever the pieces', (t) => {
  check(
    t,
    fc.property(fc.array(wei, { minLength: 2, maxLength: 20 }), bps, (values, rate) => {
      const totals = values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      const pieces = totals.slice(1).map((after, at) => marginOf(totals[at]!, after, rate))
      assert.ok(pieces.every((piece) => piece >= 0n))
      const whole = floor(totals.at(-1)! * rate, 10_000n) - floor(totals[0]! * rate, 10_000n)
      assert.equal(
        pieces.reduce((sum, piece) => sum + piece, 0n),
        whole,
      )
    }),
  )
  assert.equal(marginOf(0n, 9n, 1_000n), 0n)
  assert.equal(marginOf(9n, 10n, 1_000n), 1n)
})

test('the specific part is one fraction of the margin, and no more than the data part', (t) => {
  check(
    t,
    fc.property(wei, bps, bps, (margin, dataBps, specificBps) => {
      const specific = specificPart(margin, dataBps, specificBps)
      assert.equal(specific, floor(margin * dataBps * specificBps, 100_000_000n))
      assert.ok(specific <= floor(margin * dataBps, 10_000n))
    }),
  )
  // One fraction: two quotients would give floor(floor(3 / 2) / 2) = 0.
  assert.equal(specificPart(4n, 5_000n, 5_000n), 1n)
  assert.equal(specificPart(3n, 5_000n, 5_000n), 0n)
})

test('what the receipts can earn sums to the specific part of the batch', (t) => {
  check(
    t,
    fc.property(fc.array(wei, { maxLength: 20 }), bps, bps, (margins, dataBps, specificBps) => {
      let running = 0n
      let earned = 0n
      for (const margin of margins) {
        earned += receiptSpecific(running, running + margin, dataBps, specificBps)
        running += margin
      }
      assert.equal(earned, specificPart(running, dataBps, specificBps))
    }),
  )
})

test('the tiles of a receipt earn its credit together, common ones nothing', (t) => {
  const tiles = fc.array(fc.record({ length: fc.integer({ min: 32, max: 1_024 }), common: fc.constantFrom(0, 1) }), {
    maxLength: 12,
  })
  check(
    t,
    fc.property(wei, tiles, fc.nat(8_192), (specific, list, gap) => {
      const outputLength = list.reduce((sum, { length }) => sum + length, gap)
      let paidEnd = 0
      let earned = 0n
      for (const { length, common } of list) {
        const before = paidEnd
        if (common === 0) paidEnd += length
        const tile = { length, common: common === 0 ? 0 : 1, paidEnd } as const
        const wei = tileEarnings(specific, tile, outputLength)
        assert.equal(paidBefore(tile), before)
        const [to, from] = [specific * BigInt(paidEnd), specific * BigInt(before)]
        assert.equal(wei, floor(to, BigInt(outputLength)) - floor(from, BigInt(outputLength)))
        if (common === 1) assert.equal(wei, 0n)
        earned += wei
      }
      assert.equal(earned, receiptCredit(specific, paidEnd, outputLength))
      assert.ok(earned <= specific)
    }),
  )
})

test('tiles of an empty output and tiles that claim more than they end at are judged, not thrown at', () => {
  assert.equal(tileEarnings(100n, { length: 32, common: 0, paidEnd: 32 }, 0), 0n)
  assert.equal(receiptCredit(100n, 5, 0), 0n)
  assert.equal(paidBefore({ length: 33, common: 0, paidEnd: 32 }), 0)
  assert.equal(tileEarnings(100n, { length: 33, common: 0, paidEnd: 32 }, 64), 50n)
})

test('what accrues per byte and what is carried is all there was', (t) => {
  check(
    t,
    fc.property(fc.array(wei, { maxLength: 20 }), bits(40), (amounts, byteLength) => {
      let carry = 0n
      let perByte = 0n
      for (const amount of amounts) {
        const next = accruePerByte(amount, carry, byteLength)
        assert.ok(next.carry >= 0n && (byteLength === 0n ? next.perByte === 0n : next.carry < byteLength))
        perByte += next.perByte
        carry = next.carry
      }
      assert.equal(
        perByte * byteLength + carry,
        amounts.reduce((sum, amount) => sum + amount, 0n),
      )
    }),
  )
})
