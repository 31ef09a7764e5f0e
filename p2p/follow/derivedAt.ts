import type { L1Ref } from '../../l1/source.ts'
import { createL1Store } from '../../l1/store/records.ts'
import type { Chain } from '../../state/chain.ts'

/**
 * The L1 block whose fold made the block of this height safe; undefined if it is not safe, or was made so before L1
 * called that block final.
 */
export function derivedAt(kv: Chain['kv'], number: bigint): L1Ref | undefined {
  const store = createL1Store(kv)
  const at = store.tip()
  if (at === undefined) return undefined
  const isSafe = (l1Number: bigint) => (store.record(l1Number)?.safe.number ?? -1n) >= number
  let [no, yes] = [at.finalized.number, at.tip.number]
  if (!isSafe(yes) || isSafe(no)) return undefined
  while (yes - no > 1n) {
    const middle = (no + yes) / 2n
    if (isSafe(middle)) yes = middle
    else no = middle
  }
  const { hash } = store.record(yes)!.block
  return { number: yes, hash }
}
