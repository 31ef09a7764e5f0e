import { assert } from '../../core/errors.ts'
import { type Codec, createCodec, hash, integer, number, type RecordOf } from './fixed.ts'

// The leaves of every tree, big-endian, of fixed width, without padding. A decoder gives undefined for any other size
// and for what no encoder makes, so that a leaf has one encoding; it does not judge what the values mean.

const u16 = number(2)
const u32 = number(4)
const u40 = number(5)
const wei = integer(12)
const sequence = integer(5)
const channel = integer(6)

const docFields = {
  /** Where the document starts in the version's text. */
  start: u40,
  /** Id of the contribution that it is. */
  contribution: hash,
  /** The contribution's order. */
  order: integer(8),
}

const receiptFields = {
  channel,
  sequence,
  promptRoot: hash,
  outputRoot: hash,
  /** Bytes of the output. */
  outputLength: u32,
  tokensIn: u32,
  tokensOut: u32,
  /** Wei of this receipt. */
  price: wei,
  /** Wei of the channel with this receipt. */
  cumulative: wei,
  /** Unix seconds. */
  time: integer(5),
  /** Wei of the channel before this receipt. */
  previousCumulative: wei,
  headAfter: hash,
  traceRoot: hash,
  /** Running margin of the batch before this receipt, wei. */
  marginBefore: wei,
  /** Running credit of the batch before this receipt, wei. */
  creditBefore: wei,
}

const tileFields = {
  /** Where the tile starts in the output. */
  start: u16,
  length: u16,
  /** 1: held by more than ten documents, pays nothing. */
  common: number(1),
  /** Paid bytes of the receipt up to and with this tile. */
  paidEnd: u16,
  /** Place of the payee's version in the effective corpus. */
  corpusIndex: number(1),
}

const holderFields = {
  /** Index of the document in its version. */
  document: u32,
  /** Where the tile stands in the version's text. */
  offset: u40,
}

const entryFields = {
  contribution: hash,
  /** Index of the receipt in the batch. */
  receipt: u32,
  /** Index of the tile in the receipt's trace. */
  tile: u16,
  wei,
  /** Sum of the wei of all entries before this one. */
  prefix: wei,
}

const updateFields = {
  channel,
  beforeSequence: sequence,
  beforeCumulative: wei,
  beforeHead: hash,
  afterSequence: sequence,
  afterCumulative: wei,
  afterHead: hash,
}

/** A document of a version: leaf of its docRoot, 45 bytes. */
export type DocLeaf = RecordOf<typeof docFields>
/** A receipt of a batch: leaf of its receiptsRoot, 216 bytes. */
export type ReceiptLeaf = RecordOf<typeof receiptFields>
/** One tile of a trace: leaf of the receipt's traceRoot, 8 bytes and 9 per holder. */
export type TileLeaf = Omit<RecordOf<typeof tileFields>, 'common'> & {
  readonly common: 0 | 1
  readonly holders: readonly Holder[]
}
/** A document that contains a tile, and one place where it does. */
export type Holder = RecordOf<typeof holderFields>
/** What one tile earns: leaf of the batch's ledgerRoot, 62 bytes, sorted by contribution, receipt, tile. */
export type LedgerEntry = RecordOf<typeof entryFields>
/** What a batch changes in one channel: leaf of its updatesRoot, 104 bytes, sorted by channel. */
export type UpdateLeaf = RecordOf<typeof updateFields>

const doc: Codec<DocLeaf> = createCodec(docFields)
const receipt: Codec<ReceiptLeaf> = createCodec(receiptFields)
const tile = createCodec(tileFields)
const holder: Codec<Holder> = createCodec(holderFields)
const entry: Codec<LedgerEntry> = createCodec(entryFields)
const update: Codec<UpdateLeaf> = createCodec(updateFields)

/** Documents that a tile lists at most; with more holders than these it is common and lists one more. */
export const maxHolders = 10

/** Bytes of the encodings of one doc, receipt, ledger entry, update and (least, most) tile. */
export const leafBytes = {
  doc: doc.size,
  receipt: receipt.size,
  entry: entry.size,
  update: update.size,
  minTile: tile.size + holder.size,
  maxTile: tile.size + (maxHolders + 1) * holder.size,
} as const

export const encodeDoc = (value: DocLeaf): Uint8Array => doc.encode(value)
export const decodeDoc = (bytes: Uint8Array): DocLeaf | undefined => doc.decode(bytes)

export const encodeReceipt = (value: ReceiptLeaf): Uint8Array => receipt.encode(value)
export const decodeReceipt = (bytes: Uint8Array): ReceiptLeaf | undefined => receipt.decode(bytes)

export const encodeEntry = (value: LedgerEntry): Uint8Array => entry.encode(value)
export const decodeEntry = (bytes: Uint8Array): LedgerEntry | undefined => entry.decode(bytes)

export const encodeUpdate = (value: UpdateLeaf): Uint8Array => update.encode(value)
export const decodeUpdate = (bytes: Uint8Array): UpdateLeaf | undefined => update.decode(bytes)

/** A tile to bytes. It has one to ten holders, exactly eleven when it is common. */
export function encodeTile(value: TileLeaf): Uint8Array {
  assert(isHolderCount(value.holders.length, value.common), 'a tile has 1 to 10 holders, a common one 11')
  const bytes = new Uint8Array(tile.size + value.holders.length * holder.size)
  bytes.set(tile.encode(value))
  value.holders.forEach((each, at) => {
    bytes.set(holder.encode(each), tile.size + at * holder.size)
  })
  return bytes
}

/** Bytes to a tile; undefined for another size, another flag than 0 or 1, another number of holders. */
export function decodeTile(bytes: Uint8Array): TileLeaf | undefined {
  const count = (bytes.length - tile.size) / holder.size
  const fixed = tile.decode(bytes.subarray(0, tile.size))
  if (fixed === undefined || fixed.common > 1) return undefined
  const common = fixed.common === 1 ? 1 : 0
  if (!isHolderCount(count, common)) return undefined
  const holders: Holder[] = []
  for (let at = tile.size; at < bytes.length; at += holder.size) {
    holders.push(holder.decode(bytes.subarray(at, at + holder.size))!)
  }
  return { ...fixed, common, holders }
}

function isHolderCount(count: number, common: 0 | 1): boolean {
  return common === 1 ? count === maxHolders + 1 : Number.isInteger(count) && count >= 1 && count <= maxHolders
}
