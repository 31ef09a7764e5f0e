import type { Hash } from '../../core/hex.ts'
import { tip } from '../../core/txFees.ts'
import { nextBaseFee } from '../../state/fees.ts'
import type { Found, View } from '../view.ts'

/** What wallets are told to tip when blocks have room, in wei per gas: small but not zero, so that order by tip works. */
export const minTip = 1_000_000n

/** The tips of a block's user transactions with the gas each used, lowest tip first. */
export function blockTips(view: View, hash: Hash): readonly { readonly tip: bigint; readonly gasUsed: bigint }[] {
  const block = view.block(hash)
  const receipts = view.receipts(hash)
  if (block === undefined || receipts === undefined) return []
  const tips: { tip: bigint; gasUsed: bigint }[] = []
  for (const [i, { tx }] of block.transactions.entries()) {
    if (tx.type !== 0x7e) tips.push({ tip: tip(tx, block.header.baseFeePerGas), gasUsed: receipts[i]?.gasUsed ?? 0n })
  }
  return tips.sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
}

/**
 * The tip to offer now. While the newest block had room for one more of its largest transactions it is `minTip`:
 * nobody competes. Otherwise the median of that block's tips and a tenth more (op-geth's rule).
 */
export function suggestTip(view: View): bigint {
  const { hash, header } = view.latest()
  if (header.gasUsed * 2n < header.gasLimit) return minTip
  const tips = blockTips(view, hash)
  const largest = BigInt(Math.max(21_000, ...tips.map(({ gasUsed }) => Number(gasUsed))))
  const median = tips[Math.floor(tips.length / 2)]?.tip
  if (median === undefined || header.gasUsed + largest <= header.gasLimit) return minTip
  const suggested = (median * 11n) / 10n
  return suggested > minTip ? suggested : minTip
}

/** A price per gas that the next block takes. */
export function suggestGasPrice(view: View): bigint {
  return nextBaseFee(view.latest().header) + suggestTip(view)
}

/** Tips at percentiles of a block's gas (EIP-1559's fee history); a block without user transactions gives `minTip`. */
export function rewards(view: View, { hash }: Found, percentiles: readonly number[]): readonly bigint[] {
  const tips = blockTips(view, hash)
  const total = tips.reduce((sum, { gasUsed }) => sum + gasUsed, 0n)
  let at = 0
  let sum = tips[0]?.gasUsed ?? 0n
  return percentiles.map((percentile) => {
    const threshold = (total * BigInt(Math.floor(percentile * 1000))) / 100_000n
    while (sum < threshold && at < tips.length - 1) {
      at++
      sum += tips[at]!.gasUsed
    }
    return tips[at]?.tip ?? minTip
  })
}
