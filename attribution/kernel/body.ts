import { assert } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import {
  encodeEntry,
  encodeReceipt,
  encodeTile,
  encodeUpdate,
  type LedgerEntry,
  type ReceiptLeaf,
  type TileLeaf,
  type UpdateLeaf,
} from './leaves.ts'
import { accountReceipts, createLedger, type Rates } from './ledger.ts'
import { createTree, type Tree } from './merkle.ts'
import type { Corpus } from './span/corpus.ts'
import { maxOutputBytes } from './span/limits.ts'
import { indexOccurrences } from './span/occurrences.ts'
import { traceOutput } from './span/trace.ts'
import { createSaltedTree } from './text.ts'
import { domainSeparator, nextHead, type Receipt, receiptHash } from './typedData.ts'

/** Where a channel stands: what settling moves from before to after. */
export type ChannelState = { readonly sequence: bigint; readonly cumulative: bigint; readonly head: Hash }

/** An output with the salts of its chunks: what opens its outputRoot. */
export type Output = { readonly bytes: Uint8Array; readonly salts: readonly Uint8Array[] }

/** All receipts of one channel that a batch settles: at least one, by sequence, without gaps. */
export type ChannelReceipts = {
  readonly channel: bigint
  /** As the chain has it. */
  readonly before: ChannelState
  /** Private channels publish no outputs and have no tiles. */
  readonly isPrivate: boolean
  readonly receipts: readonly { readonly receipt: Receipt; readonly output: Output | undefined }[]
}

/** What a provider has when it settles. */
export type BodyInput = Rates & {
  readonly chainId: bigint
  /** The effective corpus of the model version. */
  readonly corpus: Corpus
  readonly channels: readonly ChannelReceipts[]
  /** Traces an output; by default the table of windows over the corpus. An engine's index may stand in. */
  readonly trace?: (output: Uint8Array) => readonly TileLeaf[]
}

/** A receipt in a body. `output` is undefined on private channels only. */
export type BodyReceipt = {
  readonly leaf: ReceiptLeaf
  readonly output: Output | undefined
  readonly tiles: readonly TileLeaf[]
  /** The tree over the tiles, whose root is in the leaf. */
  readonly traceTree: Tree
}

/** What `settleBatch` takes of a body; margin and credit (M and S) in wei. */
export type BodyHeader = {
  readonly updatesRoot: Hash
  readonly receiptsRoot: Hash
  readonly ledgerRoot: Hash
  readonly receiptCount: bigint
  readonly ledgerCount: bigint
  readonly margin: bigint
  readonly credit: bigint
}

/** The body of a batch: what a gateway publishes and a challenger checks. */
export type Body = {
  readonly updates: readonly UpdateLeaf[]
  readonly receipts: readonly BodyReceipt[]
  readonly entries: readonly LedgerEntry[]
  readonly trees: { readonly updates: Tree; readonly receipts: Tree; readonly ledger: Tree }
  readonly header: BodyHeader
}

/** What a body commits to, the roots aside. */
export type BodyContent = {
  readonly updates: readonly UpdateLeaf[]
  readonly receipts: readonly (Pick<BodyReceipt, 'output' | 'tiles'> & {
    readonly leaf: Omit<ReceiptLeaf, 'traceRoot'>
  })[]
  readonly entries: readonly LedgerEntry[]
  readonly margin: bigint
  readonly credit: bigint
}

/**
 * The body of a batch with its traces, ledger and trees: no refutation succeeds against it, provided that the receipts
 * are the ones the payers signed. Asserts what the caller has to see to: channels once each, receipts without gaps,
 * sums that grow, outputs of at most `maxOutputBytes` that are those of their roots.
 */
export function buildBody({ chainId, corpus, channels, trace = createTracer(corpus), ...rates }: BodyInput): Body {
  const ordered = [...channels].sort((a, b) => (a.channel < b.channel ? -1 : 1))
  assert(
    ordered.every(({ channel }, place) => channel !== ordered[place - 1]?.channel),
    'a channel once in a batch',
  )
  const domain = domainSeparator(chainId)
  const linked = ordered.map((channel) => linkReceipts(domain, channel, trace))
  const receipts = linked.flatMap(({ receipts }) => receipts)
  const { accounts, margin, credit } = accountReceipts(rates, receipts)
  return commitBody({
    updates: linked.map(({ update }) => update),
    receipts: receipts.map(({ output, tiles, ...leaf }, place) => {
      const { marginBefore, creditBefore } = accounts[place]!
      return { output, tiles, leaf: { ...leaf, marginBefore, creditBefore } }
    }),
    entries: createLedger(
      corpus,
      receipts.map(({ tiles }, place) => ({ tiles, earnings: accounts[place]!.earnings })),
    ),
    margin,
    credit,
  })
}

/** The trees and the header over a body's content, as it stands: this judges nothing. */
export function commitBody({ updates, receipts, entries, margin, credit }: BodyContent): Body {
  const traced = receipts.map(({ leaf, output, tiles }): BodyReceipt => {
    const traceTree = createTree(tiles.map(encodeTile))
    return { leaf: { ...leaf, traceRoot: traceTree.root }, output, tiles, traceTree }
  })
  const trees = {
    updates: createTree(updates.map(encodeUpdate)),
    receipts: createTree(traced.map(({ leaf }) => encodeReceipt(leaf))),
    ledger: createTree(entries.map(encodeEntry)),
  }
  const header = {
    updatesRoot: trees.updates.root,
    receiptsRoot: trees.receipts.root,
    ledgerRoot: trees.ledger.root,
    receiptCount: trees.receipts.count,
    ledgerCount: trees.ledger.count,
    margin,
    credit,
  }
  return { updates, receipts: traced, entries, trees, header }
}

function createTracer(corpus: Corpus): (output: Uint8Array) => readonly TileLeaf[] {
  const find = indexOccurrences(corpus)
  return (output) => traceOutput(output, corpus, find)
}

type LinkedReceipt = Receipt &
  Pick<ReceiptLeaf, 'previousCumulative' | 'headAfter'> &
  Pick<BodyReceipt, 'output' | 'tiles'>

/** Chains the receipts of a channel from its state before, and traces those whose outputs are public. */
function linkReceipts(
  domain: Hash,
  { channel, before, isPrivate, receipts }: ChannelReceipts,
  trace: (output: Uint8Array) => readonly TileLeaf[],
): { readonly update: UpdateLeaf; readonly receipts: readonly LinkedReceipt[] } {
  assert(receipts.length > 0, 'an updated channel has receipts')
  let after = before
  const linked = receipts.map(({ receipt, output }): LinkedReceipt => {
    assert(receipt.channel === channel && receipt.sequence === after.sequence + 1n, 'receipts without gaps')
    assert(receipt.cumulative >= after.cumulative, 'a cumulative sum does not fall')
    assert(receipt.outputLength <= maxOutputBytes, 'an output of at most 8,192 bytes')
    const previousCumulative = after.cumulative
    const headAfter = nextHead(after.head, receiptHash(domain, receipt))
    after = { sequence: receipt.sequence, cumulative: receipt.cumulative, head: headAfter }
    if (isPrivate) return { ...receipt, previousCumulative, headAfter, output: undefined, tiles: [] }
    assert(output !== undefined && isOutputOf(receipt, output), 'a public receipt has the output of its root')
    return { ...receipt, previousCumulative, headAfter, output, tiles: trace(output.bytes) }
  })
  const update = {
    channel,
    beforeSequence: before.sequence,
    beforeCumulative: before.cumulative,
    beforeHead: before.head,
    afterSequence: after.sequence,
    afterCumulative: after.cumulative,
    afterHead: after.head,
  }
  return { update, receipts: linked }
}

function isOutputOf({ outputLength, outputRoot }: Receipt, { bytes, salts }: Output): boolean {
  return bytes.length === outputLength && createSaltedTree(bytes, salts).root === outputRoot
}
