import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { choosePrice, defaultPriceLimits } from '../../../sequencer/sender/price.ts'
import { dataGas, type Load, maxCostWei, type Price } from '../../../sequencer/sender/request.ts'

const seed = 20260401
const wei = (max: bigint) => fc.bigInt({ min: 0n, max })
const gwei = 10n ** 9n
const load = fc.oneof(
  fc.record({ kind: fc.constant('call' as const), gas: wei(5_000_000n), blobs: fc.constant(0), value: wei(gwei) }),
  fc.record({
    kind: fc.constant('blobs' as const),
    gas: fc.constant(21_000n),
    blobs: fc.integer({ min: 1, max: 6 }),
    value: fc.constant(0n),
  }),
)
const fees = fc.record({ baseFee: wei(150n * gwei), blobBaseFee: wei(150n * gwei), tip: wei(10n * gwei) })

test(`a price is within every limit, and pays for a place now (seed ${seed})`, () => {
  fc.assert(
    fc.property(load, fees, wei(10n ** 19n), (content, market, balance) => {
      const price = choosePrice({
        load: content,
        fees: market,
        previous: undefined,
        balance,
        limits: defaultPriceLimits,
      })
      if (typeof price === 'string') return
      assertWithin(content, price, balance)
      assert.ok(price.maxFeePerGas >= market.baseFee + price.tip && price.maxFeePerGas >= price.tip)
      if (content.kind === 'blobs') assert.ok(price.maxBlobFee >= market.blobBaseFee && price.tip >= gwei)
      else assert.ok(price.maxBlobFee === 0n && price.tip >= defaultPriceLimits.minTip)
    }),
    { seed },
  )
})

test(`a price that replaces another is taken by pools, and is within every limit (seed ${seed})`, () => {
  let [tried, replaced] = [0, 0]
  fc.assert(
    fc.property(load, fees, fees, wei(10n ** 19n), (content, before, now, balance) => {
      const question = { load: content, balance, limits: defaultPriceLimits }
      const previous = choosePrice({ ...question, fees: before, previous: undefined })
      if (typeof previous === 'string') return
      tried++
      const price = choosePrice({ ...question, fees: now, previous })
      if (typeof price === 'string') return
      replaced++
      assertWithin(content, price, balance)
      const percent = content.kind === 'blobs' ? 200n : 110n
      for (const name of ['maxFeePerGas', 'tip', 'maxBlobFee'] as const) {
        assert.ok(price[name] * 100n >= previous[name] * percent, name)
      }
    }),
    { seed, numRuns: 2_000 },
  )
  assert.ok(tried > 500 && replaced > 200, `${tried} tried, ${replaced} replaced`)
})

test('dear L1, empty account and a market that is left far behind are told apart', () => {
  const content: Load = { kind: 'blobs', gas: 21_000n, blobs: 6, value: 0n }
  const ask = (market: bigint, balance: bigint, previous?: Price) =>
    choosePrice({
      load: content,
      fees: { baseFee: market, blobBaseFee: market, tip: gwei },
      previous,
      balance,
      limits: defaultPriceLimits,
    })
  assert.equal(ask(501n * gwei, 10n ** 20n), 'fee_cap')
  assert.equal(ask(10n * gwei, 10n ** 15n), 'insufficient_funds')
  // Fewer reserves above the fees of now, when more than that cannot be afforded.
  const tight = ask(10n * gwei, 806_432n * 12n * gwei)
  assert.ok(typeof tight === 'object' && tight.maxBlobFee < 20n * gwei && tight.maxBlobFee >= 11n * gwei)
  const last = { maxFeePerGas: 90n * gwei, tip: 8n * gwei, maxBlobFee: 90n * gwei }
  assert.equal(ask(gwei, 10n ** 20n, last), 'fee_cap', 'more than five times a fair bid')
  assert.equal(typeof ask(30n * gwei, 10n ** 20n, last), 'object')
})

test('calldata costs what EIP-7623 says', () => {
  assert.equal(dataGas(new Uint8Array(0)), 21_000n)
  assert.equal(dataGas(Uint8Array.of(0, 1, 2)), 21_000n + 10n + 40n + 40n)
})

function assertWithin(content: Load, price: Price, balance: bigint): void {
  const { maxFeePerGas, maxBlobFee, maxTip, maxCostWei: maxCost } = defaultPriceLimits
  assert.ok(price.maxFeePerGas <= maxFeePerGas && price.maxBlobFee <= maxBlobFee && price.tip <= maxTip)
  const cost = maxCostWei(content, price)
  assert.ok(cost <= maxCost && cost <= balance)
}
