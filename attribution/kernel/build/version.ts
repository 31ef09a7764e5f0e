import { concatBytes, type Hash } from '../../../core/hex.ts'
import { type DocLeaf, decodeDoc } from '../leaves.ts'
import { createTree, type Tree } from '../merkle.ts'
import { chunk, chunkBytes, chunkCount, chunkLength, createTextTree, separator } from '../text.ts'
import { absent } from './audit.ts'
import { type VersionFault, versionFault } from './calls.ts'
import type { VersionHead } from './corpus.ts'
import { openAt, openChunks } from './openings.ts'

/** What the chain says of a version that is judged. Times in seconds. */
export type VersionFacts = VersionHead & {
  readonly datanet: Hash
  readonly publishedAt: bigint
  /** How long revocations and quarantines take to count: the least `revealSec` of the chain. 1 unless said. */
  readonly graceSec?: bigint
}

/** What the chain says of a contribution. */
export type ContributionFacts = {
  readonly datanet: Hash
  readonly order: bigint
  readonly contentRoot: Hash
  readonly byteLength: bigint
  /** Revealed, and no duplicate of another. */
  readonly isActive: boolean
  readonly activeFrom: bigint
  /** Since when it is revoked, quarantined; until when its consent lasts. 0: never, never, for ever. */
  readonly revokedAt: bigint
  readonly quarantinedAt: bigint
  readonly consentUntil: bigint
}

/** A version as somebody shows it: raw leaves of its docRoot and textRoot. */
export type ClaimedVersion = { readonly documents: readonly Uint8Array[]; readonly chunks: readonly Uint8Array[] }

/** What is known of contributions: undefined where the chain has none, or nobody shows the content. */
export type KnownContributions = {
  readonly facts: (contribution: Hash) => ContributionFacts | undefined
  readonly content: (contribution: Hash) => Uint8Array | undefined
}

/** The first thing found false in a version, as the one call that proves it. Undefined if there is none to be shown. */
export function findVersionFault(
  claimed: ClaimedVersion,
  facts: VersionFacts,
  contributions: KnownContributions,
): VersionFault | undefined {
  for (const found of findVersionFaults(claimed, facts, contributions)) return found
  return undefined
}

/** All that can be proven false in a version, each by itself. What is not of the version's roots proves nothing. */
export function* findVersionFaults(
  { documents, chunks }: ClaimedVersion,
  facts: VersionFacts,
  contributions: KnownContributions,
): Iterable<VersionFault> {
  const docTree = createTree(documents)
  const textTree = createTree(chunks, facts.byteLength)
  const isText = textTree.root === facts.textRoot && textTree.count === chunkCount(facts.byteLength)
  const hasRightChunks = chunks.every(({ length }, at) => length === chunkLength(BigInt(at), facts.byteLength))
  const text = isText && hasRightChunks ? { tree: textTree, bytes: concatBytes(...chunks) } : undefined
  if (isText) yield* chunkFaults(textTree, facts)
  if (docTree.root !== facts.docRoot || docTree.count !== facts.documentCount) return
  const docs = documents.map(decodeDoc)
  for (const [index, doc] of docs.entries()) {
    const entry = docTree.open(index)
    const known = doc && contributions.facts(doc.contribution)
    if (!isEntry(facts, index, doc, known)) yield versionFault('refuteVersionEntry', { entry, next: absent })
    if (doc === undefined) continue
    const end = index + 1 < docs.length ? docs[index + 1] && docs[index + 1]!.start - 1 : Number(facts.byteLength)
    if (end !== undefined && BigInt(end - doc.start) !== known?.byteLength) {
      yield versionFault('refuteVersionEntry', { entry, next: openAt({ tree: docTree }, index + 1) })
    }
    const first = docs.findIndex((other) => other?.contribution === doc.contribution)
    if (first < index) yield versionFault('refuteVersionRepeat', { entry: docTree.open(first), again: entry })
    if (text === undefined) continue
    if (index > 0 && doc.start > 0 && doc.start <= text.bytes.length && text.bytes[doc.start - 1] !== separator) {
      const place = Math.floor((doc.start - 1) / chunkBytes)
      yield versionFault('refuteVersionSeparator', { next: entry, text: textTree.open(place) })
    }
    const content = known?.isActive === true ? contributions.content(doc.contribution) : undefined
    if (content === undefined) continue
    const tree = createTextTree(content)
    const different = tree.root === known?.contentRoot ? differentChunk(content, text.bytes, doc.start) : undefined
    if (different === undefined) continue
    const [from, { length }] = [doc.start + different * chunkBytes, chunk(content, different)]
    yield versionFault('refuteVersionBytes', {
      entry,
      content: tree.open(different),
      text: openChunks(textTree, { from, to: from + length }),
    })
  }
}

/** Chunks of the text that are longer or shorter than their place demands: shown by themselves. */
function* chunkFaults(textTree: Tree, { byteLength }: VersionFacts): Iterable<VersionFault> {
  for (let index = 0; index < Number(textTree.count); index++) {
    const opened = textTree.open(index)
    if (opened.data.length === chunkLength(BigInt(index), byteLength)) continue
    yield versionFault('refuteVersionBytes', { entry: absent, content: absent, text: [opened] })
  }
}

/** True if nothing is wrong with an entry by itself. */
function isEntry(
  { datanet, publishedAt, graceSec = 1n }: VersionFacts,
  index: number,
  doc: DocLeaf | undefined,
  known: ContributionFacts | undefined,
): boolean {
  if (doc === undefined || known === undefined || (index === 0 && doc.start !== 0)) return false
  const { isActive, activeFrom, revokedAt, quarantinedAt, consentUntil } = known
  return (
    known.datanet === datanet &&
    known.order === doc.order &&
    isActive &&
    activeFrom <= publishedAt &&
    (revokedAt === 0n || revokedAt + graceSec > publishedAt) &&
    (quarantinedAt === 0n || quarantinedAt + graceSec > publishedAt) &&
    (consentUntil === 0n || publishedAt <= consentUntil)
  )
}

/** The first chunk of a content that the text has not where the document is, among those that lie in the text. */
function differentChunk(content: Uint8Array, text: Uint8Array, start: number): number | undefined {
  for (let index = 0; index * chunkBytes < content.length; index++) {
    const expected = chunk(content, index)
    const from = start + index * chunkBytes
    if (from + expected.length > text.length) return undefined
    if (!expected.every((byte, at) => byte === text[from + at])) return index
  }
  return undefined
}
