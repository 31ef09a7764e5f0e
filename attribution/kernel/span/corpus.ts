import type { Hash } from '../../../core/hex.ts'
import type { DocLeaf } from '../leaves.ts'
import { joinDocuments } from '../text.ts'

/** A datanet version as tracers need it: its documents, by start, and the text that holds them, joined by 0xFF. */
export type CorpusVersion = {
  readonly version: Hash
  readonly text: Uint8Array
  readonly documents: readonly DocLeaf[]
}

/** An effective corpus: at most 16 versions in the order of their datanets' ids. A tile names one by its index. */
export type Corpus = readonly CorpusVersion[]

/** A contribution with its content, before it has a place in a version. */
export type Contribution = { readonly contribution: Hash; readonly order: bigint; readonly content: Uint8Array }

/** The version that holds these contributions in this order. */
export function joinContributions(version: Hash, contributions: readonly Contribution[]): CorpusVersion {
  const { text, starts } = joinDocuments(contributions.map(({ content }) => content))
  const documents = contributions.map(({ contribution, order }, at) => ({ start: starts[at]!, contribution, order }))
  return { version, text, documents }
}

/**
 * The content of a document: text[start..end), without the separator that follows all documents but the last. Total on
 * starts that no version should have: a document that would end before it starts has no content.
 */
export function contentRange(version: CorpusVersion, document: number): { start: number; end: number } {
  const { start } = version.documents[document]!
  const next = version.documents[document + 1]
  return { start, end: contentEnd(start, next?.start, version.text.length) }
}

/** Where the content of a document ends, given where the next one starts; undefined for the last. */
export function contentEnd(start: number, nextStart: number | undefined, byteLength: number): number {
  return Math.max(start, nextStart === undefined ? byteLength : Math.min(nextStart - 1, byteLength))
}
