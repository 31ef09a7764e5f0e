import { assert } from '../core/errors.ts'
import type { StateDiff } from '../core/state.ts'

/** The sum of all balance changes in wei: after minus before. */
export function balanceChange(diff: StateDiff): bigint {
  let sum = 0n
  for (const { before, after } of diff.accounts.values()) sum += (after?.balance ?? 0n) - (before?.balance ?? 0n)
  return sum
}

/** Money appears only by deposits and goes only by self-destruct burns; anything else is a bug of the engine. */
export function assertConserved(diff: StateDiff, { minted, destroyed }: { minted: bigint; destroyed: bigint }): void {
  const change = balanceChange(diff)
  assert(change === minted - destroyed, `balances changed by ${change}, minted ${minted}, destroyed ${destroyed}`)
}
