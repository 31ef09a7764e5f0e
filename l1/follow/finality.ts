import type { L1Record } from '../derive/record.ts'
import type { L1Ref } from '../source.ts'
import type { RecordWindow } from './window.ts'

/**
 * The newest folded block that is final, given what L1 calls final: never before `current`, at most the tip. A block
 * after the tip makes the tip final, so ask only with a tip that L1 had when it said so.
 */
export function finalAt(
  current: L1Ref,
  l1Finalized: L1Ref | undefined,
  { tip, at }: { readonly tip: L1Record; readonly at: RecordWindow['at'] },
): L1Ref {
  if (l1Finalized === undefined || l1Finalized.number <= current.number) return current
  const { number, hash } = tip.block
  if (l1Finalized.number >= number) {
    return l1Finalized.number > number || l1Finalized.hash === hash ? { number, hash } : current
  }
  // Another hash: L1 has reorganised, which the next step finds.
  return at(l1Finalized.number)?.block.hash === l1Finalized.hash ? l1Finalized : current
}
