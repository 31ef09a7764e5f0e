import { assert } from '../../../core/errors.ts'
import { bytesToHash, emptyBytes } from '../../../core/hex.ts'
import type { Body } from '../body.ts'
import { encodeTile } from '../leaves.ts'
import { createSaltedTree } from '../text.ts'
import { absent } from './audit.ts'
import type { TracesArgs } from './calls.ts'
import type { KnownCorpus } from './corpus.ts'
import { docRef, openChunks, openContent } from './openings.ts'

/** Answers a demand for a receipt: its leaf, its output with the salts, all its tiles. Of a private one the leaf. */
export function answerReceipt({ receipts, trees }: Body, receipt: number): TracesArgs<'answerReceipt'> {
  const { output, tiles } = receipts[receipt]!
  return {
    receipt: trees.receipts.open(receipt),
    output: output?.bytes ?? emptyBytes,
    salts: output?.salts.map(bytesToHash) ?? [],
    tiles: tiles.map(encodeTile),
  }
}

/**
 * Answers a demand for a holder of a tile: its document, and the chunks of output, text and the document's content that
 * show the tile there. A tile without such a holder is shown alone; that there is no such tile, by the top of the trace's
 * tree. No answer to a document that `findUnshowable` finds is accepted.
 */
export function answerHolder(
  { receipts, trees }: Body,
  corpus: KnownCorpus,
  { receipt, tile: place, holder }: { readonly receipt: number; readonly tile: number; readonly holder: number },
): TracesArgs<'answerHolder'> {
  const { output, tiles, traceTree } = receipts[receipt]!
  const tile = tiles[place]
  const shown = tile === undefined ? { ...absent, index: BigInt(place), path: [traceTree.top] } : traceTree.open(place)
  const named = {
    tile: { receipt: trees.receipts.open(receipt), tiles: traceTree.count, tile: shown },
    holder: BigInt(holder),
  }
  const listed = tile?.holders[holder]
  if (tile === undefined || listed === undefined) {
    return { ...named, document: { entry: absent, next: absent }, output: [], text: [], content: [] }
  }
  const { content } = corpus.versions[tile.corpusIndex]!
  assert(output !== undefined && content !== undefined, 'who answers has the output and the version')
  const { start, length } = tile
  const { document, offset } = listed
  return {
    ...named,
    document: docRef(content, document),
    output: openChunks(createSaltedTree(output.bytes, output.salts), { from: start, to: start + length }),
    text: openChunks(content.textTree, { from: offset, to: offset + length }),
    content: openContent(content, document, { from: offset, to: offset + length }),
  }
}

/** Entries that one demand asks for: from a multiple of this number on, as many as there are. */
const ledgerRangeSize = 256n

/** The demand that shows this entry of a ledger with so many. */
export function ledgerRange(entry: bigint, entries: bigint): TracesArgs<'demandLedger'> {
  const start = entry - (entry % ledgerRangeSize)
  const left = entries - start
  return { start, count: left < ledgerRangeSize ? left : ledgerRangeSize }
}

/** Answers a demand for a part of the ledger. */
export function answerLedger(
  { trees }: Pick<Body, 'trees'>,
  { start, count }: { readonly start: number; readonly count: number },
): TracesArgs<'answerLedger'> {
  const { leaves, siblings } = trees.ledger.range(start, start + count)
  return { start: BigInt(start), entries: leaves, siblings }
}
