import type { Hash } from '../../core/hex.ts'
import {
  decodeEntry,
  decodeReceipt,
  decodeTile,
  decodeUpdate,
  type LedgerEntry,
  type ReceiptLeaf,
  type TileLeaf,
  type UpdateLeaf,
} from '../kernel/leaves.ts'
import { emptyRoot, type Opening, type TreeHead } from '../kernel/merkle.ts'
import { type Call, need } from '../native/call.ts'
import { type Decoder, openAs, presentOpening } from '../native/openings.ts'
import type { Batch } from '../settlement/finish.ts'

// What a batch commits to, opened. Everything here fails with `InvalidOpening` when an opening is not of its tree, not
// at the place it must be at, or shows no leaf of its kind; gas for the hashes is taken before the first of them.

/** A receipt, the number of tiles that its trace is said to have, and one of them. */
export type TileRef = { readonly receipt: Opening; readonly tiles: bigint; readonly tile: Opening }
/** The same, opened. */
export type OpenedTile = { readonly receipt: ReceiptLeaf; readonly tile: TileLeaf }

export const receiptsHead = ({ receiptsRoot, receipts }: Batch): TreeHead => treeHead(receiptsRoot, receipts)
export const ledgerHead = ({ ledgerRoot, entries }: Batch): TreeHead => treeHead(ledgerRoot, entries)
export const updatesHead = ({ updatesRoot, updates }: Batch): TreeHead => treeHead(updatesRoot, updates)
/** The count is what the caller says: the root binds it. */
export const traceHead = ({ traceRoot }: ReceiptLeaf, tiles: bigint): TreeHead => treeHead(traceRoot, tiles)

export function openReceipt(call: Call, batch: Batch, opening: Opening): ReceiptLeaf {
  return openAs(call, receiptsHead(batch), opening, decodeReceipt)
}

export function openEntry(call: Call, batch: Batch, opening: Opening): LedgerEntry {
  return openAs(call, ledgerHead(batch), opening, decodeEntry)
}

export function openUpdate(call: Call, batch: Batch, opening: Opening): UpdateLeaf {
  return openAs(call, updatesHead(batch), opening, decodeUpdate)
}

export function openTile(call: Call, batch: Batch, { receipt: opening, tiles, tile }: TileRef): OpenedTile {
  const receipt = openReceipt(call, batch, opening)
  return { receipt, tile: openAs(call, traceHead(receipt, tiles), tile, decodeTile) }
}

/** The leaf behind the one at `index`; undefined at the end of the tree, where no opening may be given. */
export function openNext<T>(
  call: Call,
  head: TreeHead,
  index: bigint,
  next: Opening,
  decode: Decoder<T>,
): T | undefined {
  return openBeside(call, head, index + 1n === head.count ? undefined : index + 1n, next, decode)
}

/** The leaf before the one at `index`; undefined at the beginning of the tree, where no opening may be given. */
export function openPrevious<T>(
  call: Call,
  head: TreeHead,
  index: bigint,
  previous: Opening,
  decode: Decoder<T>,
): T | undefined {
  return openBeside(call, head, index === 0n ? undefined : index - 1n, previous, decode)
}

/** The leaves on both sides of a gap: neighbours, or one at an end of the tree and none beyond, or none in an empty one. */
export function openGap<T>(
  call: Call,
  head: TreeHead,
  left: Opening,
  right: Opening,
  decode: Decoder<T>,
): { readonly left: T | undefined; readonly right: T | undefined } {
  const after = presentOpening(left) === undefined ? 0n : left.index + 1n
  return {
    left: openPrevious(call, head, after, left, decode),
    right: openBeside(call, head, after === head.count ? undefined : after, right, decode),
  }
}

/** A trace of no tiles has one root only; that it has none is shown by nothing else. */
export function needEmptyTrace(traceRoot: Hash): void {
  need(traceRoot === emptyRoot, 'InvalidOpening')
}

function openBeside<T>(
  call: Call,
  head: TreeHead,
  index: bigint | undefined,
  opening: Opening,
  decode: Decoder<T>,
): T | undefined {
  need(presentOpening(opening)?.index === index, 'InvalidOpening')
  return index === undefined ? undefined : openAs(call, head, opening, decode)
}

function treeHead(root: Hash, count: bigint): TreeHead {
  return { root, count, byteLength: 0n }
}
