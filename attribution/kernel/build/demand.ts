import { assert } from '../../../core/errors.ts'
import { bytesToHash, emptyBytes } from '../../../core/hex.ts'
import type { Body } from '../body.ts'
import { encodeTile } from '../leaves.ts'
import { createSaltedTree } from '../text.ts'
import type { TracesArgs } from './calls.ts'
import type { KnownCorpus } from './corpus.ts'
import { docRef, openChunks } from './openings.ts'

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

/** Answers a demand for a holder of a tile: its document, and the chunks of output and text that show the tile there. */
export function answerHolder(
  { receipts, trees }: Body,
  corpus: KnownCorpus,
  { receipt, tile: place, holder }: { readonly receipt: number; readonly tile: number; readonly holder: number },
): TracesArgs<'answerHolder'> {
  const { output, tiles, traceTree } = receipts[receipt]!
  const tile = tiles[place]!
  const { document, offset } = tile.holders[holder]!
  const content = corpus.versions[tile.corpusIndex]?.content
  assert(output !== undefined && content !== undefined, 'who answers has the output and the version')
  const { start, length } = tile
  return {
    tile: { receipt: trees.receipts.open(receipt), tiles: traceTree.count, tile: traceTree.open(place) },
    holder: BigInt(holder),
    document: docRef(content, document),
    output: openChunks(createSaltedTree(output.bytes, output.salts), { from: start, to: start + length }),
    text: openChunks(content.textTree, { from: offset, to: offset + length }),
  }
}

/** Answers a demand for a part of the ledger. */
export function answerLedger(
  { trees }: Pick<Body, 'trees'>,
  { start, count }: { readonly start: number; readonly count: number },
): TracesArgs<'answerLedger'> {
  const { leaves, siblings } = trees.ledger.range(start, start + count)
  return { start: BigInt(start), entries: leaves, siblings }
}
