import type { Hash } from '../../core/hex.ts'
import { type DocLeaf, decodeDoc } from '../kernel/leaves.ts'
import type { Opening, TreeHead } from '../kernel/merkle.ts'
import { contentEnd } from '../kernel/span/corpus.ts'
import { type Call, fail, need } from '../native/call.ts'
import { openAs, openLeaf, presentOpening } from '../native/openings.ts'
import type { Batch } from '../settlement/finish.ts'
import { contributionStatus, contributions, versions } from '../storage/datanets.ts'
import { corpora, models } from '../storage/models.ts'
import { openText, sameBytes } from './texts.ts'

/** What a version commits to, as far as proofs need it. */
export type VersionHead = {
  readonly textRoot: Hash
  readonly docRoot: Hash
  /** Bytes of the text. */
  readonly byteLength: bigint
  readonly documents: bigint
}

/** A docRoot entry and the one behind it: none for the last document. */
export type DocRef = { readonly entry: Opening; readonly next: Opening }

/** Where a span stands in the corpus: at a document, at an offset of its version's text, with the chunks there. */
export type OccurrenceArgs = {
  readonly corpusIndex: bigint
  readonly document: DocRef
  readonly offset: bigint
  readonly chunks: readonly Opening[]
}

/** The number of versions in the effective corpus of a batch's model. */
export function corpusSize(call: Call, { model }: Batch): bigint {
  return models.field(call.store, 'corpusSize', model)
}

/** A version of the effective corpus; `InvalidProof` beyond its end, which `refuteTileShape` shows. */
export function loadCorpusVersion(call: Call, batch: Batch, corpusIndex: bigint): VersionHead {
  need(corpusIndex < corpusSize(call, batch), 'InvalidProof')
  const version = corpora.field(call.store, 'version', batch.model, corpusIndex)
  return versions.pick(call.store, ['textRoot', 'docRoot', 'byteLength', 'documents'], version)
}

export function docHead({ docRoot, documents }: VersionHead): TreeHead {
  return { root: docRoot, count: documents, byteLength: 0n }
}

/** The docRoot entry of this document. */
export function openDoc(call: Call, version: VersionHead, document: number, opening: Opening): DocLeaf {
  need(opening.index === BigInt(document), 'InvalidOpening')
  return openAs(call, docHead(version), opening, decodeDoc)
}

/**
 * The content of a document: text[start..end). Total on entries that no version should have: a document whose entry, or
 * the entry behind it, cannot be read is empty; so is one that would end before it starts; none ends behind the text.
 */
export function openContent(
  call: Call,
  version: VersionHead,
  { entry, next }: DocRef,
): { readonly doc: DocLeaf | undefined; readonly start: number; readonly end: number } {
  const head = docHead(version)
  const doc = decodeDoc(openLeaf(call, head, entry))
  const isLast = entry.index + 1n === head.count
  need(presentOpening(next)?.index === (isLast ? undefined : entry.index + 1n), 'InvalidOpening')
  const nextDoc = isLast ? undefined : decodeDoc(openLeaf(call, head, next))
  if (doc === undefined || (!isLast && nextDoc === undefined)) return { doc, start: 0, end: 0 }
  return { doc, start: doc.start, end: contentEnd(doc.start, nextDoc?.start, Number(version.byteLength)) }
}

/**
 * The document in which these bytes stand where the occurrence says; undefined if they do not. The docRoot and the text
 * are believed: who published them answers for them (`refuteVersion…`), and holders are shown in contributions too.
 */
export function openOccurrence(
  call: Call,
  batch: Batch,
  found: OccurrenceArgs,
  bytes: Uint8Array,
): DocLeaf | undefined {
  const version = loadCorpusVersion(call, batch, found.corpusIndex)
  const { doc, start, end } = openContent(call, version, found.document)
  const from = Number(found.offset)
  const to = from + bytes.length
  if (from < start || to > end) return undefined
  return sameBytes(call, bytes, openText(call, version, found.chunks, { from, to })) ? doc : undefined
}

/**
 * True if the contribution that a version's entry names has these bytes there in its own content: it is revealed, of the
 * order that the entry says, and its contentRoot opens to them. A version over an early contribution whose content nobody
 * is shown cannot be proven false: so it is not believed when a holder is asked for.
 */
export function standsInContribution(
  call: Call,
  { contribution, order }: Pick<DocLeaf, 'contribution' | 'order'>,
  { from, chunks }: { readonly from: number; readonly chunks: readonly Opening[] },
  bytes: Uint8Array,
): boolean {
  const names = ['order', 'status', 'contentRoot', 'byteLength'] as const
  const recorded = contributions.pick(call.store, names, contribution)
  if (recorded.status !== contributionStatus.active || recorded.order !== order) return false
  const content = { textRoot: recorded.contentRoot, byteLength: recorded.byteLength }
  return sameBytes(call, bytes, openText(call, content, chunks, { from, to: from + bytes.length }))
}

/** The same as `openOccurrence`, or `InvalidProof`. */
export function needOccurrence(call: Call, batch: Batch, found: OccurrenceArgs, bytes: Uint8Array): DocLeaf {
  return openOccurrence(call, batch, found, bytes) ?? fail('InvalidProof')
}
