import type { LedgerEntry, ReceiptLeaf, TileLeaf } from '../leaves.ts'
import { compareEntries } from '../ledger.ts'
import { marginOf, receiptSpecific, tileEarnings } from '../margin.ts'
import type { Opening } from '../merkle.ts'
import { type Audit, absent } from './audit.ts'
import { demand, type Finding, fault } from './calls.ts'
import { ledgerRange } from './demand.ts'
import { openAt, tileRef } from './openings.ts'

/** What is false in the ledger: between neighbours, at its ends, against the tiles, and tiles without an entry. */
export function* ledgerFaults(audit: Audit): Iterable<Finding> {
  const { ledger, facts } = audit
  if (ledger === undefined) {
    if (facts.ledgerCount > 0n) yield demand('demandLedger', ledgerRange(0n, facts.ledgerCount))
    return
  }
  const last = ledger.leaves.length - 1
  for (const [index, entry] of ledger.leaves.entries()) {
    const opened = openAt(ledger, index)
    const next = ledger.leaves[index + 1]
    if (entry === undefined) {
      yield fault('refuteLedgerLink', { entry: opened, next: absent })
      continue
    }
    if (index < last && (next === undefined || !isLinked(entry, next))) {
      yield fault('refuteLedgerLink', { entry: opened, next: openAt(ledger, index + 1) })
    }
    const begins = index > 0 || entry.prefix === 0n
    const ends = index < last || entry.prefix + entry.wei === facts.credit
    if (!begins || !ends) yield fault('refuteLedgerEnds', { entry: opened })
    yield* entryFaults(audit, entry, opened)
  }
  yield* missingEntries(audit)
}

function isLinked(entry: LedgerEntry, next: LedgerEntry): boolean {
  return compareEntries(entry, next) < 0 && next.prefix === entry.prefix + entry.wei
}

/** An entry whose tile does not exist, or pays nobody, or somebody else, or another amount. */
function* entryFaults(audit: Audit, entry: LedgerEntry, opened: Opening): Iterable<Finding> {
  const { receipts, traces, facts } = audit
  const refute = (tile: number, payee: Opening = absent) =>
    fault('refuteEntry', { entry: opened, tile: tileRef(audit, entry.receipt, tile), payee })
  if (BigInt(entry.receipt) >= facts.receiptCount) {
    yield fault('refuteEntry', { entry: opened, tile: { receipt: absent, tiles: 0n, tile: absent }, payee: absent })
    return
  }
  const leaf = receipts?.leaves[entry.receipt]
  const trace = traces[entry.receipt]
  if (leaf === undefined || trace === undefined) return
  const tile = trace.leaves[entry.tile]
  if (entry.tile >= trace.leaves.length) {
    yield refute(trace.leaves.length - 1)
  } else if (tile?.common === 1) {
    yield refute(entry.tile)
  } else if (tile !== undefined) {
    const wei = earnings(audit, leaf, tile)
    if (wei !== undefined && wei !== entry.wei) yield refute(entry.tile)
    const payee = payeeOf(audit, tile)
    if (payee !== undefined && payee.contribution !== entry.contribution) yield refute(entry.tile, payee.open())
  }
}

/**
 * Tiles that pay somebody and have no entry: shown by the two entries between which it would stand. In a ledger out of
 * order, which is a fault by itself, nothing can be found missing.
 */
function* missingEntries(audit: Audit): Iterable<Finding> {
  const { ledger, traces } = audit
  const entries = ledger!.leaves
  if (!areSorted(entries)) return
  const listed = new Set(entries.map(keyOf))
  for (const [receipt, trace] of traces.entries()) {
    for (const [place, tile] of trace?.leaves.entries() ?? []) {
      const payee = tile?.common === 0 ? payeeOf(audit, tile) : undefined
      if (payee === undefined) continue
      const key = { contribution: payee.contribution, receipt, tile: place }
      if (listed.has(keyOf(key))) continue
      const right = placeFor(entries, key)
      yield fault('refuteMissingEntry', {
        tile: tileRef(audit, receipt, place),
        payee: payee.open(),
        left: openAt(ledger!, right - 1),
        right: openAt(ledger!, right),
      })
    }
  }
}

type Key = Pick<LedgerEntry, 'contribution' | 'receipt' | 'tile'>

function keyOf({ contribution, receipt, tile }: Key): string {
  return `${contribution} ${receipt} ${tile}`
}

/** The index of the first entry behind a missing one, by halves. */
function placeFor(entries: readonly LedgerEntry[], key: Key): number {
  let [from, to] = [0, entries.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (compareEntries(entries[middle]!, key) < 0) from = middle + 1
    else to = middle
  }
  return from
}

function areSorted(entries: readonly (LedgerEntry | undefined)[]): entries is readonly LedgerEntry[] {
  return entries.every((entry, index) => {
    const before = entries[index - 1]
    return entry !== undefined && (before === undefined || compareEntries(before, entry) < 0)
  })
}

/** Whom a tile pays, by the entry of its first holder; undefined if that is no document that is known. */
function payeeOf({ corpus }: Audit, { corpusIndex, holders }: TileLeaf) {
  const content = corpus.versions[corpusIndex]?.content
  const document = holders[0]!.document
  const doc = content?.documents[document]
  if (content === undefined || doc === undefined) return undefined
  return { contribution: doc.contribution, open: () => content.docTree.open(document) }
}

/** What a tile earns; undefined if its receipt is so false that nothing follows from it. */
function earnings({ facts }: Audit, leaf: ReceiptLeaf, tile: TileLeaf): bigint | undefined {
  const { marginBefore, previousCumulative, cumulative, outputLength } = leaf
  if (cumulative < previousCumulative) return undefined
  const marginAfter = marginBefore + marginOf(previousCumulative, cumulative, facts.marginBps)
  return tileEarnings(receiptSpecific(marginBefore, marginAfter, facts.dataBps, facts.specificBps), tile, outputLength)
}
