import { decodeEntry, encodeEntry, type LedgerEntry } from '../../../../attribution/kernel/leaves.ts'
import { compareEntries } from '../../../../attribution/kernel/ledger.ts'
import { type Draft, makeBody, sumEntries } from '../draft.ts'
import type { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import { damage, type Mutation, near, replaceAt, someHash } from './tools.ts'

// Ledgers that are not those of their traces, and roots that are of nothing.

export const dropEntry = onLedger((entries, random) => {
  const dropped = random.below(entries.length)
  return entries.filter((_, at) => at !== dropped)
})
export const noEntries = onLedger(() => [])
export const repeatEntry = onLedger((entries, random) => {
  const at = random.below(entries.length)
  return [...entries.slice(0, at + 1), ...entries.slice(at)]
})
export const swapEntries = onLedger((entries, random) => random.shuffle(entries))
export const otherWei = onLedger((entries, random) =>
  replaceAt(entries, random.below(entries.length), (entry) => ({ ...entry, wei: near(random, entry.wei) })),
)
export const otherContribution = onLedger((entries, random, { plainCorpus }) => {
  const documents = plainCorpus.flatMap((version) => version.documents)
  const at = random.below(entries.length)
  const contribution = random.chance(0.7) ? random.pick(documents).contribution : someHash(random)
  return sortEntries(replaceAt(entries, at, (entry) => ({ ...entry, contribution })))
})
export const otherTile = onLedger((entries, random) => {
  const at = random.below(entries.length)
  const changed = replaceAt(entries, at, (entry) =>
    random.chance(0.5)
      ? { ...entry, tile: random.chance(0.5) ? entry.tile + 1 : Number(random.bits(16)) }
      : { ...entry, receipt: random.chance(0.5) ? entry.receipt + 1 : Number(random.bits(32)) },
  )
  return sortEntries(changed)
})
export const addEntry = onLedger((entries, random, { plainCorpus, body }) => {
  const documents = plainCorpus.flatMap((version) => version.documents)
  if (documents.length === 0) return entries
  const entry = {
    contribution: random.pick(documents).contribution,
    receipt: random.below(body.receipts.length + 1),
    tile: random.below(4),
    wei: random.chance(0.5) ? 0n : BigInt(random.below(1_000)),
    prefix: 0n,
  }
  return sortEntries([...entries, entry])
}, true)
export const otherPrefix: Mutation = (draft, random, scenario) => {
  const entries = entriesOf(scenario, draft)
  if (entries.length === 0) return
  draft.entries = replaceAt(entries, random.below(entries.length), (entry) => ({
    ...entry,
    prefix: near(random, entry.prefix),
  }))
}
export const rawEntry: Mutation = (draft, random, scenario) => {
  const entries = entriesOf(scenario, draft).map(encodeEntry)
  if (entries.length === 0) return
  draft.rawEntries = replaceAt(entries, random.below(entries.length), (entry) => damage(random, entry))
}

export const wrongCount: Mutation = (draft, random, { body }) => {
  draft.roots = { ...draft.roots, ledgerCount: body.header.ledgerCount + BigInt(random.between(1, 3)) }
}
export const wrongRoot: Mutation = (draft, random) => {
  const name = random.pick(['receiptsRoot', 'ledgerRoot'] as const)
  draft.roots = { ...draft.roots, [name]: someHash(random) }
}

function onLedger(
  change: (entries: readonly LedgerEntry[], random: Random, scenario: Scenario) => readonly LedgerEntry[],
  evenEmpty = false,
): Mutation {
  return (draft, random, scenario) => {
    const entries = entriesOf(scenario, draft)
    if (entries.length > 0 || evenEmpty) draft.entries = sumEntries(change(entries, random, scenario).map(fitEntry))
  }
}

function entriesOf(scenario: Scenario, draft: Draft): readonly LedgerEntry[] {
  return draft.entries ?? honestEntries(scenario, draft)
}

function honestEntries(scenario: Scenario, draft: Draft): readonly LedgerEntry[] {
  const { rawEntries: _, ...rest } = draft
  return makeBody(scenario, rest).claimed.entries.map((entry) => decodeEntry(entry)!)
}

function sortEntries(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return [...entries].sort(compareEntries)
}

function fitEntry(entry: LedgerEntry): LedgerEntry {
  return { ...entry, receipt: entry.receipt >>> 0, tile: entry.tile & 0xffff }
}
