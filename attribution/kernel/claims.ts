import type { Hash } from '../../core/hex.ts'
import type { Body } from './body.ts'
import { type DocLeaf, decodeDoc, decodeEntry, encodeDoc, type LedgerEntry } from './leaves.ts'
import { createTree, type Opening, type Tree, type TreeHead, verifyOpening } from './merkle.ts'
import { contentEnd } from './span/corpus.ts'

/** Openings of a ledger around all entries of one contribution: previous and next are absent at the ledger's ends. */
export type ClaimOpenings = {
  readonly previous: Opening | undefined
  readonly first: Opening
  readonly last: Opening
  readonly next: Opening | undefined
}

/** What a claim proves: the wei that entries `index` and following earn their contribution. */
export type Claim = { readonly contribution: Hash; readonly index: bigint; readonly wei: bigint }

/** Why a claim is refused. */
export const claimRejects = {
  not_adjacent: 'the openings are not those around a run of entries',
  wrong_opening: 'an opening is not of this ledger',
  malformed_entry: 'an opening shows no ledger entry',
  several_contributions: 'the first and the last entry are of different contributions',
  incomplete: 'the contribution has more entries beside those opened',
  negative: 'the prefix sums of the ledger fall',
} as const

export type ClaimReject = { readonly code: keyof typeof claimRejects }

/** The claim of a contribution in a batch; undefined if no tile of the batch is its. */
export function buildClaim(
  { entries, trees }: Pick<Body, 'entries'> & { readonly trees: Pick<Body['trees'], 'ledger'> },
  contribution: Hash,
): { readonly openings: ClaimOpenings; readonly wei: bigint } | undefined {
  const first = entries.findIndex((entry) => entry.contribution === contribution)
  if (first < 0) return undefined
  const last = entries.findLastIndex((entry) => entry.contribution === contribution)
  const openings = {
    previous: first === 0 ? undefined : trees.ledger.open(first - 1),
    first: trees.ledger.open(first),
    last: trees.ledger.open(last),
    next: last === entries.length - 1 ? undefined : trees.ledger.open(last + 1),
  }
  return { openings, wei: sumOf(entries[first]!, entries[last]!) }
}

/**
 * What a claim proves against a ledger of this root and count. It does not judge the ledger: the entries in between and
 * the wei are right because nobody could refute them. The index is what the claimed bit is kept under.
 */
export function checkClaim(
  ledger: Pick<TreeHead, 'root' | 'count'>,
  { previous, first, last, next }: ClaimOpenings,
): Claim | ClaimReject {
  if (last.index < first.index) return { code: 'not_adjacent' }
  if (previous?.index !== (first.index === 0n ? undefined : first.index - 1n)) return { code: 'not_adjacent' }
  if (next?.index !== (last.index + 1n === ledger.count ? undefined : last.index + 1n)) return { code: 'not_adjacent' }
  const opened = [first, last, previous, next].filter((opening) => opening !== undefined)
  const head = { ...ledger, byteLength: 0n }
  if (!opened.every((opening) => verifyOpening(head, opening))) return { code: 'wrong_opening' }
  const entries = opened.map(({ data }) => decodeEntry(data))
  if (!areEntries(entries)) return { code: 'malformed_entry' }
  const [from, to, ...outer] = entries as [LedgerEntry, LedgerEntry, ...LedgerEntry[]]
  const { contribution } = from
  if (to.contribution !== contribution) return { code: 'several_contributions' }
  if (outer.some((entry) => entry.contribution === contribution)) return { code: 'incomplete' }
  const wei = sumOf(from, to)
  return wei < 0n ? { code: 'negative' } : { contribution, index: first.index, wei }
}

/** What a version commits to about its documents. */
export type DocumentsHead = {
  readonly docRoot: Hash
  readonly documentCount: bigint
  /** Bytes of the version's text. */
  readonly byteLength: bigint
}

/**
 * A document's place in its version's text: [start, end) is what it is paid for as base, [start, contentEnd) its
 * content, in which occurrences lie; between both is the separator (none behind the last document).
 */
export type DocumentRange = DocLeaf & { readonly document: number; readonly end: number; readonly contentEnd: number }

/** Openings of a docRoot: the entry of a document and of the one behind it, absent for the last. */
export type DocumentOpenings = { readonly entry: Opening; readonly next: Opening | undefined }

/** The tree over a version's documents, whose root is its docRoot. */
export function createDocTree(documents: readonly DocLeaf[]): Tree {
  return createTree(documents.map(encodeDoc))
}

/** The openings that show where a document is. */
export function openDocument(docTree: Tree, document: number): DocumentOpenings {
  const next = document + 1
  return { entry: docTree.open(document), next: BigInt(next) === docTree.count ? undefined : docTree.open(next) }
}

/**
 * Where a document is, by its openings; undefined if they are not of this docRoot or not of neighbours. Total on entries
 * that no version should have: a document that would end before it starts is empty, none ends behind the text.
 */
export function documentRange(version: DocumentsHead, { entry, next }: DocumentOpenings): DocumentRange | undefined {
  const head = { root: version.docRoot, count: version.documentCount, byteLength: 0n }
  if (next?.index !== (entry.index + 1n === head.count ? undefined : entry.index + 1n)) return undefined
  if (!verifyOpening(head, entry) || (next !== undefined && !verifyOpening(head, next))) return undefined
  const doc = decodeDoc(entry.data)
  const nextDoc = next && decodeDoc(next.data)
  if (doc === undefined || (next !== undefined && nextDoc === undefined)) return undefined
  const byteLength = Number(version.byteLength)
  return {
    ...doc,
    document: Number(entry.index),
    end: Math.max(doc.start, Math.min(nextDoc?.start ?? byteLength, byteLength)),
    contentEnd: contentEnd(doc.start, nextDoc?.start, byteLength),
  }
}

function areEntries(entries: readonly (LedgerEntry | undefined)[]): entries is readonly LedgerEntry[] {
  return entries.every((entry) => entry !== undefined)
}

/** prefix_b + wei_b - prefix_a. */
function sumOf(first: LedgerEntry, last: LedgerEntry): bigint {
  return last.prefix + last.wei - first.prefix
}
