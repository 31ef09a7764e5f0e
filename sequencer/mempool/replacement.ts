import type { TxReject } from '../../core/reject.ts'

type Price = { readonly feeCap: bigint; readonly tipCap: bigint }

/**
 * geth's rule: a transaction with a nonce that is taken must raise both fee cap and tip, each by `bumpPercent` of the
 * old value (rounded down).
 */
export function checkReplacement(old: Price, price: Price, bumpPercent: bigint): TxReject | undefined {
  const raises = (before: bigint, now: bigint) => now > before && now >= (before * (100n + bumpPercent)) / 100n
  if (raises(old.feeCap, price.feeCap) && raises(old.tipCap, price.tipCap)) return undefined
  return { reject: 'replacement_underpriced' }
}
