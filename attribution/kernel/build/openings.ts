import type { Opening, Tree } from '../merkle.ts'
import type { OutputPart } from '../span/boundaries.ts'
import { contentRange } from '../span/corpus.ts'
import type { Occurrence } from '../span/occurrences.ts'
import { chunkBytes, createTextTree } from '../text.ts'
import { type Audit, absent, type Opened } from './audit.ts'
import type { TracesArgs } from './calls.ts'
import type { KnownVersion } from './corpus.ts'

export type TileRef = TracesArgs<'refuteTileShape'>['tile']
export type DocRef = TracesArgs<'refuteHolderDocument'>['document']

/** The leaf at an index; absent outside the tree. */
export function openAt({ tree }: Pick<Opened<unknown>, 'tree'>, index: number): Opening {
  return index >= 0 && BigInt(index) < tree.count ? tree.open(index) : absent
}

/** A tile with its receipt. Absent receipts and tiles are shown as such. */
export function tileRef({ receipts, traces }: Audit, receipt: number, tile: number): TileRef {
  const trace = traces[receipt]
  return {
    receipt: receipts === undefined ? absent : openAt(receipts, receipt),
    tiles: trace?.tree.count ?? 0n,
    tile: trace === undefined ? absent : openAt(trace, tile),
  }
}

/** A document's entry and the one behind it. */
export function docRef({ docTree }: NonNullable<KnownVersion['content']>, document: number): DocRef {
  return { entry: docTree.open(document), next: openAt({ tree: docTree }, document + 1) }
}

/** A stretch of a text, [from, to). */
export type Stretch = { readonly from: number; readonly to: number }

/** The chunks that cover these stretches, each once, ascending. */
export function openChunks(tree: Tree, ...stretches: readonly Stretch[]): Opening[] {
  const chunks = new Set<number>()
  for (const { from, to } of stretches) {
    for (let index = Math.floor(from / chunkBytes); index * chunkBytes < to; index++) chunks.add(index)
  }
  return [...chunks].sort((a, b) => a - b).map((index) => tree.open(index))
}

/** The chunks of a document's own content that cover a stretch of its version's text inside it. */
export function openContent(
  version: NonNullable<KnownVersion['content']>,
  document: number,
  { from, to }: Stretch,
): Opening[] {
  const { start, end } = contentRange(version, document)
  const tree = createTextTree(version.text.subarray(start, end))
  return openChunks(tree, { from: from - start, to: to - start })
}

/** The bytes that decide whether a tile may begin or end at i: none at the end of an output, where every tile may end. */
export function boundaryBytes({ length }: Pick<OutputPart, 'length'>, i: number): Stretch {
  return i < length ? { from: Math.max(0, i - 2), to: i + 1 } : { from: 0, to: 0 }
}

/** An occurrence of `length` bytes, shown by its document and the chunks that hold it. */
export function openOccurrence(
  { corpus }: Audit,
  { corpusIndex, document, offset }: Occurrence,
  length: number,
): TracesArgs<'refutePayee'>['found'] {
  const content = corpus.versions[corpusIndex]!.content!
  return {
    corpusIndex: BigInt(corpusIndex),
    document: docRef(content, document),
    offset: BigInt(offset),
    chunks: openChunks(content.textTree, { from: offset, to: offset + length }),
  }
}
