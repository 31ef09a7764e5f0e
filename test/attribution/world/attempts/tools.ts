import type { Audit } from '../../../../attribution/kernel/build/audit.ts'
import type { RefutationName, TracesArgs } from '../../../../attribution/kernel/build/calls.ts'
import { openAt, tileRef } from '../../../../attribution/kernel/build/openings.ts'
import type { Opening } from '../../../../attribution/kernel/merkle.ts'
import type { Random } from '../random.ts'

/** Makes arguments for a refutation that open what they claim to open, but need not prove anything. */
export type Attempt<N extends RefutationName> = (audit: Audit, random: Random) => TracesArgs<N> | undefined
export type Attempts<N extends RefutationName> = { readonly [K in N]: Attempt<K> }

export function anyReceipt(audit: Audit, random: Random): { readonly index: number; readonly opening: Opening } {
  const index = random.below(audit.receipts!.leaves.length)
  return { index, opening: openAt(audit.receipts!, index) }
}

export function anyGap(opened: NonNullable<Audit['receipts']> | Audit['updates'], random: Random) {
  const right = random.below(opened.leaves.length + 1)
  return { left: openAt(opened, right - 1), right: openAt(opened, random.chance(0.9) ? right : right + 1) }
}

export function outputAt({ outputs }: Audit, receipt: number) {
  const { bytes, tree } = outputs[receipt] ?? {}
  return bytes !== undefined && tree !== undefined ? { bytes, tree } : undefined
}

/** Any tile of the body with all that opens it. */
export function anyTile(audit: Audit, random: Random) {
  const all = audit.traces.flatMap((trace, receipt) => trace!.leaves.map((_, place) => ({ receipt, place })))
  if (all.length === 0) return undefined
  const tileAt = ({ receipt, place }: (typeof all)[number]) => audit.traces[receipt]!.leaves[place]!
  const long = all.filter((each) => tileAt(each).length > 900)
  const crowded = all.filter((each) => tileAt(each).holders.length > 1)
  const chosen = random.chance(0.25) ? long : random.chance(0.3) ? crowded : all
  const { receipt, place } = random.pick(chosen.length > 0 ? chosen : all)
  const tile = audit.traces[receipt]!.leaves[place]!
  const content = audit.corpus.versions[tile.corpusIndex]!.content!
  return { receipt, place, tile, content, output: outputAt(audit, receipt)!, ref: tileRef(audit, receipt, place) }
}
