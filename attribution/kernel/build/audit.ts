import { assert } from '../../../core/errors.ts'
import { concatBytes, emptyBytes, type Hash } from '../../../core/hex.ts'
import {
  decodeEntry,
  decodeReceipt,
  decodeTile,
  decodeUpdate,
  type LedgerEntry,
  type ReceiptLeaf,
  type TileLeaf,
  type UpdateLeaf,
} from '../leaves.ts'
import { createTree, emptyRoot, rootOf, type Tree } from '../merkle.ts'
import { maxOutputBytes } from '../span/limits.ts'
import { chunkCount, chunkLength, saltBytes } from '../text.ts'
import { domainSeparator } from '../typedData.ts'
import type { BatchFacts, ClaimedBody, ClaimedOutput } from './claimed.ts'
import type { KnownCorpus } from './corpus.ts'

/** Leaves that belong to a root of the batch, with the tree that opens them. Undefined leaves decode to nothing. */
export type Opened<Leaf> = { readonly tree: Tree; readonly leaves: readonly (Leaf | undefined)[] }

/** What is shown of an output and belongs to its root. */
export type OpenedOutput = {
  readonly count: bigint
  readonly byteLength: bigint
  readonly top: Hash
  /** Opens the leaves; undefined if they are not as many as the root says. */
  readonly tree: Tree | undefined
  /** The output, if it is as long as its receipt says and all leaves are as they must be. */
  readonly bytes: Uint8Array | undefined
}

/** A claimed body held against the chain: what of it can be opened. Undefined: withheld, or not of the batch's roots. */
export type Audit = {
  readonly facts: BatchFacts
  readonly corpus: KnownCorpus
  readonly domain: Hash
  readonly updates: Opened<UpdateLeaf>
  readonly receipts: Opened<ReceiptLeaf> | undefined
  readonly ledger: Opened<LedgerEntry> | undefined
  /** One per receipt; so are outputs, which private channels and empty outputs have none of. */
  readonly traces: readonly (Opened<TileLeaf> | undefined)[]
  readonly outputs: readonly (OpenedOutput | undefined)[]
}

/** Opens what can be opened. The updates are the chain's own: asserts that they are. */
export function openClaim(claimed: ClaimedBody, corpus: KnownCorpus, facts: BatchFacts): Audit {
  const updates = { tree: createTree(facts.updates), leaves: facts.updates.map(decodeUpdate) }
  assert(
    updates.leaves.every((update) => update !== undefined),
    'updates are those of the chain',
  )
  const rawReceipts = claimed.receipts.map(({ leaf }) => leaf)
  const receipts = openLeaves(rawReceipts, facts.receiptsRoot, facts.receiptCount, decodeReceipt)
  const leaves = receipts?.leaves ?? []
  return {
    facts,
    corpus,
    domain: domainSeparator(facts.chainId),
    updates,
    receipts,
    ledger: openLeaves(claimed.entries, facts.ledgerRoot, facts.ledgerCount, decodeEntry),
    traces: leaves.map((leaf, index) => leaf && openTrace(leaf, claimed.receipts[index]?.tiles)),
    outputs: leaves.map((leaf, index) => leaf && openOutput(leaf, claimed.receipts[index]?.output)),
  }
}

/** True if the outputs of this receipt are shown: its trace has to be right. */
export function isTraced({ facts }: Audit, { channel, outputLength }: ReceiptLeaf): boolean {
  return outputLength > 0 && !facts.isPrivate(channel)
}

function openLeaves<Leaf>(
  raw: readonly Uint8Array[],
  root: Hash,
  count: bigint,
  decode: (bytes: Uint8Array) => Leaf | undefined,
): Opened<Leaf> | undefined {
  if (BigInt(raw.length) !== count) return undefined
  const tree = createTree(raw)
  return tree.root === root ? { tree, leaves: raw.map(decode) } : undefined
}

/** An empty trace needs nobody to show it. */
function openTrace({ traceRoot }: ReceiptLeaf, tiles: readonly Uint8Array[] | undefined): Opened<TileLeaf> | undefined {
  const shown = traceRoot === emptyRoot ? [] : tiles
  return shown && openLeaves(shown, traceRoot, BigInt(shown.length), decodeTile)
}

function openOutput(leaf: ReceiptLeaf, claimed: ClaimedOutput | undefined): OpenedOutput | undefined {
  if (claimed === undefined) return undefined
  const { count, byteLength, leaves } = claimed
  const tree = createTree(leaves, byteLength)
  if (rootOf(count, byteLength, tree.top) !== leaf.outputRoot) return undefined
  return {
    count,
    byteLength,
    top: tree.top,
    tree: tree.count === count ? tree : undefined,
    bytes: isOutput(leaf, claimed) ? concatBytes(...leaves.map((each) => each.subarray(saltBytes))) : undefined,
  }
}

function isOutput({ outputLength }: ReceiptLeaf, { count, byteLength, leaves }: ClaimedOutput): boolean {
  return (
    outputLength <= maxOutputBytes &&
    byteLength === BigInt(outputLength) &&
    count === chunkCount(byteLength) &&
    BigInt(leaves.length) === count &&
    leaves.every(({ length }, index) => length === saltBytes + chunkLength(BigInt(index), byteLength))
  )
}

/** What stands for an opening that there is none of. */
export const absent = { index: 0n, data: emptyBytes, path: [] } as const
