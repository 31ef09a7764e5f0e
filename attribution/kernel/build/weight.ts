import { decodeReceipt } from '../leaves.ts'
import { marginOf, receiptSpecific, specificPart } from '../margin.ts'
import type { Fault } from './calls.ts'
import type { BatchFacts, ClaimedBody } from './claimed.ts'
import type { KnownCorpus } from './corpus.ts'
import { findFaults, isFault } from './refute.ts'

type Rates = Pick<BatchFacts, 'margin' | 'marginBps' | 'dataBps' | 'specificBps'>

/**
 * What a fault weighs, in wei: the author loses a multiple of the heaviest one proven. A fault in the trace of a receipt
 * or in its entries weighs what the receipt's tiles can earn by its leaf (D_i), every other one what all tiles can.
 */
export function weighFault({ args }: Fault, facts: Rates): bigint {
  const opening = 'tile' in args ? args.tile.receipt : 'left' in args && 'start' in args ? args.receipt : undefined
  const leaf = opening && decodeReceipt(opening.data)
  if (leaf === undefined) return specificPart(facts.margin, facts.dataBps, facts.specificBps)
  const after = leaf.marginBefore + marginOf(leaf.previousCumulative, leaf.cumulative, facts.marginBps)
  const specific = receiptSpecific(leaf.marginBefore, after, facts.dataBps, facts.specificBps)
  return specific > 0n ? specific : 0n
}

/** The fault that costs the author most, the first found of those that weigh the same; undefined if none is shown. */
export function findHeaviestFault(claimed: ClaimedBody, corpus: KnownCorpus, facts: BatchFacts): Fault | undefined {
  let heaviest: { readonly fault: Fault; readonly weight: bigint } | undefined
  for (const fault of findFaults(claimed, corpus, facts)) {
    if (!isFault(fault)) continue
    const weight = weighFault(fault, facts)
    if (heaviest === undefined || weight > heaviest.weight) heaviest = { fault, weight }
  }
  return heaviest?.fault
}
