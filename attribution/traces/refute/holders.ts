import type { Holder, TileLeaf } from '../../kernel/leaves.ts'
import { type Call, fail, need } from '../../native/call.ts'
import { presentOpening } from '../../native/openings.ts'
import type { Batch } from '../../settlement/finish.ts'
import type { TracesArgs } from '../args.ts'
import { loadCorpusVersion, openContent, openDoc } from '../corpus.ts'
import { openTile } from '../open.ts'
import { weightOfReceipt } from '../rates.ts'
import { openOutput, openText, sameBytes } from '../texts.ts'

// Faults of what a tile says about its holders. They weigh as the receipt.

/** A byte of the tile that is another one at the offset of a holder. */
export function holderBytesFault(
  call: Call,
  batch: Batch,
  { tile: ref, holder, position, output, text }: TracesArgs<'refuteHolderBytes'>,
): bigint {
  const { receipt, tile } = openTile(call, batch, ref)
  const { offset } = holderOf(tile, holder)
  const at = Number(position)
  need(at < tile.length, 'InvalidProof')
  const version = loadCorpusVersion(call, batch, BigInt(tile.corpusIndex))
  const said = openOutput(call, receipt, [output], oneByte(tile.start + at))
  const stands = openText(call, version, [text], oneByte(offset + at))
  need(!sameBytes(call, said, stands), 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

/** A holder that is no document of its version, or whose content does not reach around the tile. */
export function holderDocumentFault(
  call: Call,
  batch: Batch,
  { tile: ref, holder, document: docRef }: TracesArgs<'refuteHolderDocument'>,
): bigint {
  const { receipt, tile } = openTile(call, batch, ref)
  const { document, offset } = holderOf(tile, holder)
  const version = loadCorpusVersion(call, batch, BigInt(tile.corpusIndex))
  if (BigInt(document) >= version.documents) {
    const isEmpty = [docRef.entry, docRef.next].every((opening) => presentOpening(opening) === undefined)
    need(isEmpty, 'InvalidOpening')
    return weightOfReceipt(call, batch, receipt)
  }
  need(docRef.entry.index === BigInt(document), 'InvalidOpening')
  const { start, end } = openContent(call, version, docRef)
  need(offset < start || offset + tile.length > end, 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

/** Two holders in a row of which the second has no higher order. */
export function holderOrderFault(
  call: Call,
  batch: Batch,
  { tile: ref, holder, document, nextDocument }: TracesArgs<'refuteHolderOrder'>,
): bigint {
  const { receipt, tile } = openTile(call, batch, ref)
  const [first, second] = [holderOf(tile, holder), holderOf(tile, holder + 1n)]
  const version = loadCorpusVersion(call, batch, BigInt(tile.corpusIndex))
  const { order } = openDoc(call, version, first.document, document)
  const { order: nextOrder } = openDoc(call, version, second.document, nextDocument)
  need(order >= nextOrder, 'InvalidProof')
  return weightOfReceipt(call, batch, receipt)
}

/** A holder by its place in the tile; `InvalidProof` if it lists fewer. */
export function holderOf({ holders }: TileLeaf, holder: bigint): Holder {
  return holders[Number(holder)] ?? fail('InvalidProof')
}

function oneByte(at: number) {
  return { from: at, to: at + 1 }
}
