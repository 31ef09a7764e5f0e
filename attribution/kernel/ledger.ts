import { assert } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import type { LedgerEntry, ReceiptLeaf, TileLeaf } from './leaves.ts'
import { marginOf, receiptSpecific, tileEarnings } from './margin.ts'
import type { Corpus } from './span/corpus.ts'

/** What the model version and the split in force say about a batch's money, in 1/10,000. */
export type Rates = { readonly marginBps: bigint; readonly dataBps: bigint; readonly specificBps: bigint }

/** A receipt as the ledger needs it. */
export type TracedReceipt = Pick<ReceiptLeaf, 'previousCumulative' | 'cumulative' | 'outputLength'> & {
  readonly tiles: readonly TileLeaf[]
}

/** One receipt's place in the running sums of its batch, all wei. */
export type ReceiptAccount = {
  readonly marginBefore: bigint
  readonly creditBefore: bigint
  /** D_i: what its tiles can earn. */
  readonly specific: bigint
  /** What each tile earns; 0 for a common one. */
  readonly earnings: readonly bigint[]
}

/** M and S of a batch and of each receipt in it, given in the batch's order (by channel, then sequence). */
export function accountReceipts(
  { marginBps, dataBps, specificBps }: Rates,
  receipts: readonly TracedReceipt[],
): { readonly accounts: readonly ReceiptAccount[]; readonly margin: bigint; readonly credit: bigint } {
  let margin = 0n
  let credit = 0n
  const accounts = receipts.map(({ previousCumulative, cumulative, outputLength, tiles }): ReceiptAccount => {
    const [marginBefore, creditBefore] = [margin, credit]
    margin += marginOf(previousCumulative, cumulative, marginBps)
    const specific = receiptSpecific(marginBefore, margin, dataBps, specificBps)
    const earnings = tiles.map((tile) => tileEarnings(specific, tile, outputLength))
    credit = earnings.reduce((sum, wei) => sum + wei, credit)
    return { marginBefore, creditBefore, specific, earnings }
  })
  return { accounts, margin, credit }
}

/** The ledger of a batch: one entry for every tile that is not common, 0 wei included, sorted and with prefix sums. */
export function createLedger(
  corpus: Corpus,
  receipts: readonly { readonly tiles: readonly TileLeaf[]; readonly earnings: readonly bigint[] }[],
): readonly LedgerEntry[] {
  const entries = receipts.flatMap(({ tiles, earnings }, receipt) =>
    tiles.flatMap((each, tile) => {
      if (each.common === 1) return []
      const contribution = payeeOf(corpus, each)
      assert(contribution !== undefined, 'the payee of a tile is in the corpus')
      return [{ contribution, receipt, tile, wei: earnings[tile]! }]
    }),
  )
  let prefix = 0n
  return entries.sort(compareEntries).map((entry) => {
    prefix += entry.wei
    return { ...entry, prefix: prefix - entry.wei }
  })
}

/** The contribution that a tile pays: its first holder. Undefined if the corpus has no such version or document. */
export function payeeOf(corpus: Corpus, { corpusIndex, holders }: TileLeaf): Hash | undefined {
  const payee = holders[0]
  return payee && corpus[corpusIndex]?.documents[payee.document]?.contribution
}

/** The order of a ledger: contribution, receipt, tile. Negative if `a` comes first, 0 if they are of the same tile. */
export function compareEntries(a: EntryKey, b: EntryKey): number {
  // Hashes are lowercase hex of one length: their order is that of their bytes.
  if (a.contribution !== b.contribution) return a.contribution < b.contribution ? -1 : 1
  return a.receipt - b.receipt || a.tile - b.tile
}

type EntryKey = Pick<LedgerEntry, 'contribution' | 'receipt' | 'tile'>
