import {
  decodeReceipt,
  decodeTile,
  encodeEntry,
  type ReceiptLeaf,
  type TileLeaf,
} from '../../../attribution/kernel/leaves.ts'
import { accountReceipts, createLedger } from '../../../attribution/kernel/ledger.ts'
import { createTree, emptyRoot } from '../../../attribution/kernel/merkle.ts'
import type { Corpus } from '../../../attribution/kernel/span/corpus.ts'
import { type FindOccurrences, type Occurrence, scanOccurrences } from '../../../attribution/kernel/span/occurrences.ts'
import { traceOutput } from '../../../attribution/kernel/span/trace.ts'
import { createSaltedTree } from '../../../attribution/kernel/text.ts'
import { domainSeparator, nextHead, receiptHash } from '../../../attribution/kernel/typedData.ts'
import { bytesToHex, concatBytes } from '../../../core/hex.ts'
import type { Made } from './draft.ts'
import type { Scenario } from './scenario.ts'

/**
 * True if a body is right in every respect and all of it is shown: by building anew what it should be, not by looking
 * for faults. Free are only the offsets of holders and which holders a common tile names beside its payee.
 */
export function isHonest(scenario: Scenario, { claimed, updates, roots }: Made): boolean {
  const { rates, plainCorpus } = scenario
  const receipts = claimed.receipts.map(({ leaf }) => decodeReceipt(leaf)).filter((leaf) => leaf !== undefined)
  if (receipts.length < claimed.receipts.length) return false
  if (createTree(claimed.receipts.map(({ leaf }) => leaf)).root !== roots.receiptsRoot) return false
  if (!areLinked(scenario, receipts, updates)) return false
  const traces = receipts
    .map((leaf, index) => rightTrace(scenario, leaf, claimed.receipts[index]!))
    .filter((tiles) => tiles !== undefined)
  if (traces.length < receipts.length) return false
  const traced = receipts.map((leaf, index) => ({ ...leaf, tiles: traces[index]! }))
  const { accounts, credit } = accountReceipts(rates, traced)
  const sums = receipts.every(({ marginBefore, creditBefore }, index) => {
    const account = accounts[index]!
    return marginBefore === account.marginBefore && creditBefore === account.creditBefore
  })
  const entries = createLedger(
    plainCorpus,
    traces.map((tiles, index) => ({ tiles, earnings: accounts[index]!.earnings })),
  ).map(encodeEntry)
  // The root of an empty ledger is opened by nobody.
  const isRoot = roots.ledgerCount === 0n || createTree(claimed.entries).root === roots.ledgerRoot
  return (
    sums &&
    credit === roots.credit &&
    isRoot &&
    roots.ledgerCount === BigInt(entries.length) &&
    entries.length === claimed.entries.length &&
    entries.every((entry, index) => bytesToHex(entry) === bytesToHex(claimed.entries[index]!))
  )
}

/** Every update has its receipts, in order, from its state before to its state after, and there are no others. */
function areLinked({ h }: Scenario, receipts: readonly ReceiptLeaf[], updates: Made['updates']): boolean {
  const domain = domainSeparator(h.chainId)
  const expected = updates.flatMap((update) => {
    const own = receipts.filter(({ channel }) => channel === update.channel)
    let before = { sequence: update.beforeSequence, cumulative: update.beforeCumulative, head: update.beforeHead }
    for (const leaf of own) {
      const head = nextHead(before.head, receiptHash(domain, leaf))
      const follows = leaf.sequence === before.sequence + 1n && leaf.previousCumulative === before.cumulative
      if (!follows || leaf.cumulative < before.cumulative || leaf.headAfter !== head) return [undefined]
      before = { sequence: leaf.sequence, cumulative: leaf.cumulative, head }
    }
    const { afterSequence, afterCumulative, afterHead } = update
    const ends = before.sequence === afterSequence && before.cumulative === afterCumulative && before.head === afterHead
    return ends && own.length > 0 ? own : [undefined]
  })
  return expected.length === receipts.length && expected.every((leaf, index) => leaf === receipts[index])
}

/** The tiles of a receipt, if they are right and so is the output; undefined otherwise. */
function rightTrace(
  { channels, plainCorpus }: Scenario,
  leaf: ReceiptLeaf,
  { output, tiles: raw }: Made['claimed']['receipts'][number],
): readonly TileLeaf[] | undefined {
  const isEmpty = leaf.traceRoot === emptyRoot
  if (leaf.outputLength > 8192) return undefined
  if (channels.some(({ channel, isPrivate }) => channel === leaf.channel && isPrivate)) return isEmpty ? [] : undefined
  if (output === undefined) return undefined
  const salts = output.leaves.map((each) => each.slice(0, 32))
  const bytes = concatBytes(...output.leaves.map((each) => each.subarray(32)))
  if (bytes.length !== leaf.outputLength || salts.length !== Math.ceil(bytes.length / 256)) return undefined
  if (salts.some(({ length }) => length !== 32)) return undefined
  const byRule = createSaltedTree(bytes, salts)
  if (byRule.root !== leaf.outputRoot || createTree(output.leaves, byRule.byteLength).root !== byRule.root)
    return undefined
  const shown = isEmpty ? [] : raw
  if (shown === undefined || createTree(shown).root !== leaf.traceRoot) return undefined
  const tiles = shown.map(decodeTile).filter((tile) => tile !== undefined)
  const scan = scanOnce(plainCorpus, bytes)
  const right = traceOutput(bytes, plainCorpus, scan)
  if (tiles.length < shown.length || tiles.length !== right.length) return undefined
  let paid = 0
  for (const [index, tile] of tiles.entries()) {
    if (tile.common === 0) paid += tile.length
    const { start, length } = right[index]!
    if (tile.start !== start || tile.length !== length || tile.paidEnd !== paid) return undefined
    if (!hasRightHolders(plainCorpus, scan(bytes, tile.start), tile)) return undefined
  }
  return tiles
}

/** The scan of a corpus for one output, which remembers what it found: cases of one scenario share their outputs. */
function scanOnce(corpus: Corpus, output: Uint8Array): FindOccurrences {
  const outputs = scans.get(corpus) ?? new Map<string, Map<number, readonly Occurrence[]>>()
  scans.set(corpus, outputs)
  const key = bytesToHex(output)
  const known = outputs.get(key) ?? new Map<number, readonly Occurrence[]>()
  outputs.set(key, known)
  const scan = scanOccurrences(corpus)
  return (_, start) => {
    const found = known.get(start) ?? scan(output, start)
    known.set(start, found)
    return found
  }
}

const scans = new WeakMap<Corpus, Map<string, Map<number, readonly Occurrence[]>>>()

function hasRightHolders(corpus: Corpus, occurrences: readonly Occurrence[], tile: TileLeaf): boolean {
  const orderOf = (version: number, document: number) => corpus[version]!.documents[document]!.order
  const found = occurrences.filter(({ length }) => length >= tile.length)
  const lowest = found
    .map(({ corpusIndex, document }) => orderOf(corpusIndex, document))
    .sort((a, b) => Number(a - b))[0]
  const inVersion = found.filter(({ corpusIndex }) => corpusIndex === tile.corpusIndex)
  const isThere = tile.holders.every((holder) =>
    inVersion.some(({ document, offset }) => document === holder.document && offset === holder.offset),
  )
  if (!isThere) return false
  const orders = tile.holders.map(({ document }) => orderOf(tile.corpusIndex, document))
  const all = new Set(inVersion.map(({ document }) => orderOf(tile.corpusIndex, document)))
  return (
    orders[0] === lowest &&
    orders.every((order, index) => index === 0 || orders[index - 1]! < order) &&
    (tile.common === 1 ? all.size > 10 : all.size === orders.length)
  )
}
