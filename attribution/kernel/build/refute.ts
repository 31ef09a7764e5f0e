import { openClaim } from './audit.ts'
import type { Fault, Finding } from './calls.ts'
import { channelFaults } from './channels.ts'
import type { BatchFacts, ClaimedBody } from './claimed.ts'
import type { KnownCorpus } from './corpus.ts'
import { coverageFaults } from './coverage.ts'
import { ledgerFaults } from './entries.ts'
import { outputFaults } from './outputs.ts'
import { creditFaults, receiptFaults } from './receipts.ts'
import { tileFaults } from './tiles.ts'

/**
 * What a challenger can do about a batch: the first fault found, as the one call that proves it; if nothing false is
 * shown but something is not shown, the demand for it. Undefined: the batch is right, and all of it is shown.
 */
export function findFault(claimed: ClaimedBody, corpus: KnownCorpus, facts: BatchFacts): Finding | undefined {
  let withheld: Finding | undefined
  for (const finding of findFaults(claimed, corpus, facts)) {
    if (isFault(finding)) return finding
    withheld ??= finding
  }
  return withheld
}

/** All that can be proven false or asked for, each by itself: any of the calls ends the batch's present roots. */
export function* findFaults(claimed: ClaimedBody, corpus: KnownCorpus, facts: BatchFacts): Iterable<Finding> {
  const audit = openClaim(claimed, corpus, facts)
  for (const family of families) yield* family(audit)
}

/** True for a proof, false for a demand. */
export function isFault(finding: Finding): finding is Fault {
  return 'name' in finding
}

const families = [
  receiptFaults,
  channelFaults,
  outputFaults,
  tileFaults,
  coverageFaults,
  creditFaults,
  ledgerFaults,
] as const
