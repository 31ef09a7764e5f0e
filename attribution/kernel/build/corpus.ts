import { assert } from '../../../core/errors.ts'
import type { Hash } from '../../../core/hex.ts'
import { createDocTree, type DocumentsHead } from '../claims.ts'
import type { Tree } from '../merkle.ts'
import type { CorpusVersion } from '../span/corpus.ts'
import { type FindOccurrences, indexOccurrences } from '../span/occurrences.ts'
import { createTextTree } from '../text.ts'

/** What the chain says of a dataset version. */
export type VersionHead = DocumentsHead & { readonly version: Hash; readonly textRoot: Hash }

/** A version of an effective corpus as a challenger knows it. */
export type KnownVersion = {
  readonly head: VersionHead
  /** What the roots stand for, with its trees: undefined if the challenger does not have it. */
  readonly content: (CorpusVersion & { readonly docTree: Tree; readonly textTree: Tree }) | undefined
  /** Documents that are not what the chain records of their contributions: none unless `checkContents` looked. */
  readonly unshowable: ReadonlySet<number>
}

/** An effective corpus as a challenger knows it: made once, used for many batches. */
export type KnownCorpus = { readonly versions: readonly KnownVersion[]; readonly find: FindOccurrences }

/** A version with the trees over its documents and text: 0.25 bytes of memory per byte of text beside the text. */
export function openVersion(version: CorpusVersion): NonNullable<KnownVersion['content']> {
  return { ...version, docTree: createDocTree(version.documents), textTree: createTextTree(version.text) }
}

/** What the chain says of a version that was published as it is. */
export function headOf({ version, text, docTree, textTree }: NonNullable<KnownVersion['content']>): VersionHead {
  return {
    version,
    docRoot: docTree.root,
    textRoot: textTree.root,
    documentCount: docTree.count,
    byteLength: BigInt(text.length),
  }
}

/**
 * What a challenger has of an effective corpus, in the corpus's order. Content that is not of the chain's roots counts
 * as not known. `find` finds what a scan over the known versions finds, with indexes of the whole corpus; by default a
 * table of windows is made.
 */
export function knowCorpus(
  heads: readonly VersionHead[],
  contents: readonly (KnownVersion['content'] | undefined)[],
  find?: FindOccurrences,
): KnownCorpus {
  assert(heads.length === contents.length, 'a content for each version, undefined where there is none')
  const versions = heads.map((head, index): KnownVersion => {
    const content = contents[index]
    const isKnown = content !== undefined && isContentOf(head, content)
    return { head, content: isKnown ? content : undefined, unshowable: new Set() }
  })
  return { versions, find: find ?? indexOccurrences(versions.map(({ head, content }) => content ?? unknown(head))) }
}

function isContentOf(head: VersionHead, content: NonNullable<KnownVersion['content']>): boolean {
  const { docRoot, textRoot, documentCount, byteLength } = headOf(content)
  return (
    docRoot === head.docRoot &&
    textRoot === head.textRoot &&
    documentCount === head.documentCount &&
    byteLength === head.byteLength
  )
}

/** Nothing occurs in what is not known. */
function unknown({ version }: VersionHead): CorpusVersion {
  return { version, text: new Uint8Array(0), documents: [] }
}
