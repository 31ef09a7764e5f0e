import type { L1Fees } from '../../l1/wallet.ts'
import { type Load, maxCostWei, type Price } from './request.ts'

/** What a transaction may cost. Wei, or wei per gas and per blob gas. */
export type PriceLimits = {
  readonly maxFeePerGas: bigint
  readonly maxBlobFee: bigint
  readonly maxTip: bigint
  /** All that one transaction can cost beside the value that it carries, a bond say. */
  readonly maxCostWei: bigint
  /** Least tips of calls and of blob transactions: pools and block builders want something. */
  readonly minTip: bigint
  readonly minBlobTip: bigint
  /** Above this a bid is at most `marketMultiple` times what a new transaction would bid. */
  readonly freeBelow: bigint
  readonly marketMultiple: bigint
}

const gwei = 10n ** 9n

export const defaultPriceLimits: PriceLimits = {
  maxFeePerGas: 500n * gwei,
  maxBlobFee: 500n * gwei,
  maxTip: 100n * gwei,
  maxCostWei: 10n ** 18n,
  minTip: gwei / 100n,
  minBlobTip: gwei,
  freeBelow: 100n * gwei,
  marketMultiple: 5n,
}

/** `fee_cap`: what the limits allow does not buy a place, or does not replace; `insufficient_funds`: the account cannot. */
export type PriceRefusal = 'fee_cap' | 'insufficient_funds'

export type PriceQuestion = {
  readonly load: Load
  readonly fees: L1Fees
  /** The price of the transaction that this one replaces. */
  readonly previous: Price | undefined
  readonly balance: bigint
  readonly limits: PriceLimits
}

/** Of the fees now, in percent: fees may rise that much before the bid is too low. */
const headrooms = [200n, 150n, 125n, 112n] as const

/**
 * What to bid: twice the fees of now, less if limits or funds demand it, and enough above `previous` that pools take it
 * in its place (a tenth more; twice as much for blobs; a little above that, since some pools want more than exactly it).
 */
export function choosePrice({ load, fees, previous, balance, limits }: PriceQuestion): Price | PriceRefusal {
  const least = previous === undefined ? undefined : raised(previous, load)
  let refusal: PriceRefusal = 'fee_cap'
  for (const headroom of headrooms) {
    const bid = bidOf(load, fees, headroom, limits)
    const price = least === undefined ? bid : higher(bid, least)
    if (!isAllowed(price, bidOf(load, fees, headrooms[0], limits), limits)) continue
    const cost = maxCostWei(load, price)
    if (cost - load.value > limits.maxCostWei) continue
    if (cost <= balance) return price
    refusal = 'insufficient_funds'
  }
  return refusal
}

/** The least price that takes the place of another one in the pools of L1 nodes. */
function raised({ maxFeePerGas, tip, maxBlobFee }: Price, { kind }: Load): Price {
  const raise = (value: bigint) => (kind === 'blobs' ? 2n * value + 1n : (value * 112n + 99n) / 100n)
  return { maxFeePerGas: raise(maxFeePerGas), tip: raise(tip), maxBlobFee: raise(maxBlobFee) }
}

function bidOf({ kind }: Load, fees: L1Fees, headroom: bigint, { minTip, minBlobTip, maxTip }: PriceLimits): Price {
  const isBlob = kind === 'blobs'
  const tip = min(max(fees.tip, isBlob ? minBlobTip : minTip), maxTip)
  const over = (fee: bigint) => (fee * headroom + 99n) / 100n
  return { maxFeePerGas: over(fees.baseFee) + tip, tip, maxBlobFee: isBlob ? over(fees.blobBaseFee) : 0n }
}

function higher(a: Price, b: Price): Price {
  const tip = max(a.tip, b.tip)
  const maxFeePerGas = max(max(a.maxFeePerGas, b.maxFeePerGas), tip)
  return { maxFeePerGas, tip, maxBlobFee: max(a.maxBlobFee, b.maxBlobFee) }
}

function isAllowed(price: Price, market: Price, limits: PriceLimits): boolean {
  const isMeasured = (bid: bigint, fair: bigint) => bid <= limits.freeBelow || bid <= limits.marketMultiple * fair
  return (
    price.maxFeePerGas <= limits.maxFeePerGas &&
    price.maxBlobFee <= limits.maxBlobFee &&
    price.tip <= limits.maxTip &&
    isMeasured(price.maxFeePerGas, market.maxFeePerGas) &&
    isMeasured(price.maxBlobFee, market.maxBlobFee) &&
    isMeasured(price.tip, market.tip)
  )
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
