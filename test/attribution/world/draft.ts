import { type ClaimedBody, type ClaimedOutput, claimOutput } from '../../../attribution/kernel/build/claimed.ts'
import {
  decodeTile,
  encodeEntry,
  encodeReceipt,
  encodeTile,
  type LedgerEntry,
  type ReceiptLeaf,
  type UpdateLeaf,
} from '../../../attribution/kernel/leaves.ts'
import { compareEntries, payeeOf } from '../../../attribution/kernel/ledger.ts'
import {
  marginOf,
  receiptCredit,
  receiptSpecific,
  specificPart,
  tileEarnings,
} from '../../../attribution/kernel/margin.ts'
import { createTree } from '../../../attribution/kernel/merkle.ts'
import { domainSeparator, nextHead, type Receipt, receiptHash } from '../../../attribution/kernel/typedData.ts'
import { type Hash, zeroHash } from '../../../core/hex.ts'
import type { Scenario } from './scenario.ts'
import { channelDeposit, type SettledRoots, signUpdates } from './trade.ts'

type Accounting = Pick<ReceiptLeaf, 'previousCumulative' | 'headAfter' | 'traceRoot' | 'marginBefore' | 'creditBefore'>

/** A receipt of a body that is being made. What of `says` is undefined follows from the rest, as if all were true. */
export type DraftReceipt = {
  receipt: Receipt
  output: ClaimedOutput | undefined
  tiles: Uint8Array[]
  says: { -readonly [K in keyof Accounting]?: Accounting[K] }
  /** Instead of all fields. */
  raw?: Uint8Array
  /** Tiles that nobody is shown. */
  hidesTiles?: boolean
}

/** A body that is being made, to be falsified on the way. What is undefined follows from the rest. */
export type Draft = {
  receipts: DraftReceipt[]
  entries?: LedgerEntry[]
  /** Instead of entries. */
  rawEntries?: Uint8Array[]
  credit?: bigint
  /** True: the payers sign whatever the receipts say. */
  signsAnything: boolean
  roots: Partial<SettledRoots>
}

/** A body as it is settled and shown. */
export type Made = {
  readonly claimed: ClaimedBody
  readonly updates: readonly UpdateLeaf[]
  readonly packed: Uint8Array
  readonly roots: SettledRoots
}

export function draftOf({ body }: Scenario): Draft {
  return {
    receipts: body.receipts.map(({ leaf, output, tiles }) => {
      const { previousCumulative, headAfter, traceRoot, marginBefore, creditBefore, ...receipt } = leaf
      const shown = output && claimOutput(output.bytes, output.salts)
      return { receipt, output: shown, tiles: tiles.map(encodeTile), says: {} }
    }),
    signsAnything: false,
    roots: {},
  }
}

const cap = 2n ** 96n - 1n
/** An amount that fits its field: sums of nonsense may not. */
const fit = (wei: bigint) => (wei < 0n ? 0n : wei > cap ? cap : wei)

/** Makes the trees over a draft, and the vouchers: honest work on whatever it says. */
export function makeBody(scenario: Scenario, draft: Draft): Made {
  const { h, rates, body, channels } = scenario
  const { linked, states } = linkDraft(scenario, draft)
  const updates = draft.signsAnything ? updatesTo(scenario, states) : body.updates
  const margin = updates.reduce(
    (sum, { beforeCumulative, afterCumulative }) => sum + marginOf(beforeCumulative, afterCumulative, rates.marginBps),
    0n,
  )
  let [running, earned] = [0n, 0n]
  const leaves: Uint8Array[] = []
  const entries: LedgerEntry[] = []
  for (const [index, { receipt, tiles, says, raw }] of draft.receipts.entries()) {
    const { previousCumulative, headAfter } = linked[index]!
    const marginBefore = says.marginBefore ?? fit(running)
    const creditBefore = says.creditBefore ?? fit(earned)
    running = marginBefore + marginOf(previousCumulative, receipt.cumulative, rates.marginBps)
    const specific = receiptSpecific(marginBefore, running, rates.dataBps, rates.specificBps)
    const decoded = tiles.map(decodeTile)
    earned = creditBefore + receiptCredit(specific, decoded.at(-1)?.paidEnd ?? 0, receipt.outputLength)
    for (const [tile, leaf] of decoded.entries()) {
      const contribution = leaf?.common === 0 ? payeeOf(scenario.plainCorpus, leaf) : undefined
      if (leaf === undefined || contribution === undefined) continue
      entries.push({
        contribution,
        receipt: index,
        tile,
        wei: fit(tileEarnings(specific, leaf, receipt.outputLength)),
        prefix: 0n,
      })
    }
    const traceRoot = says.traceRoot ?? createTree(tiles).root
    leaves.push(
      raw ?? encodeReceipt({ ...receipt, previousCumulative, headAfter, traceRoot, marginBefore, creditBefore }),
    )
  }
  const ledger = draft.rawEntries ?? (draft.entries ?? sumEntries(entries.sort(compareEntries))).map(encodeEntry)
  const most =
    ledger.length === 0 || scenario.versions.length === 0 ? 0n : specificPart(margin, rates.dataBps, rates.specificBps)
  const credit = fit(draft.credit ?? earned)
  return {
    claimed: {
      receipts: draft.receipts.map(({ output, tiles, hidesTiles }, index) => ({
        leaf: leaves[index]!,
        output,
        tiles: hidesTiles === true ? undefined : tiles,
      })),
      entries: ledger,
    },
    updates,
    packed: draft.signsAnything ? signUpdates(h, updates, channels) : scenario.updates,
    roots: {
      receiptsRoot: createTree(leaves).root,
      ledgerRoot: createTree(ledger).root,
      receiptCount: body.header.receiptCount,
      ledgerCount: BigInt(ledger.length),
      // More than the chain allows would not be settled.
      credit: credit > most ? most : credit,
      ...draft.roots,
    },
  }
}

/** Entries with the prefix sums that follow from their wei. */
export function sumEntries(entries: readonly LedgerEntry[]): LedgerEntry[] {
  let prefix = 0n
  return entries.map((entry) => {
    const summed = { ...entry, prefix: fit(prefix) }
    prefix += entry.wei
    return summed
  })
}

type State = { readonly cumulative: bigint; readonly head: Hash }

/** Chains the receipts of each channel in the order in which they stand; and where that leads each channel. */
function linkDraft({ h, body }: Scenario, { receipts }: Draft) {
  const domain = domainSeparator(h.chainId)
  const states = new Map<bigint, State>(
    body.updates.map(({ channel, beforeCumulative, beforeHead }) => [
      channel,
      { cumulative: beforeCumulative, head: beforeHead },
    ]),
  )
  const linked = receipts.map(({ receipt, says }) => {
    const before = states.get(receipt.channel) ?? { cumulative: 0n, head: zeroHash }
    const previousCumulative = says.previousCumulative ?? before.cumulative
    const headAfter = says.headAfter ?? nextHead(before.head, receiptHash(domain, receipt))
    states.set(receipt.channel, { cumulative: receipt.cumulative, head: headAfter })
    return { previousCumulative, headAfter }
  })
  return { linked, states }
}

/** Updates that end where the receipts of a draft do, as far as the chain takes them. */
function updatesTo({ body }: Scenario, states: ReadonlyMap<bigint, State>): readonly UpdateLeaf[] {
  return body.updates.map((update) => {
    const { cumulative, head } = states.get(update.channel)!
    const isTaken = cumulative >= update.beforeCumulative && cumulative <= channelDeposit
    return { ...update, afterHead: head, afterCumulative: isTaken ? cumulative : update.afterCumulative }
  })
}
