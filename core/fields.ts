import {
  type Address,
  bytesToAddress,
  bytesToBigint,
  bytesToHash,
  emptyBytes,
  type Hash,
  zeroAddress,
  zeroHash,
} from './hex.ts'
import type { RlpItem } from './rlp.ts'

/**
 * A cursor over the fields of a decoded RLP list. Each `take` reads the next field as one type; a field of another
 * shape sets `malformed` and gives a neutral value, so that a decoder checks once, at the end.
 */
export type Fields = { readonly items: readonly RlpItem[]; at: number; malformed: boolean }

/** A cursor over a list of exactly `count` fields; over anything else it is malformed from the start. */
export function openFields(item: RlpItem | undefined, count: number): Fields {
  if (item === undefined || item instanceof Uint8Array || item.length !== count) {
    return { items: [], at: 0, malformed: true }
  }
  return { items: item, at: 0, malformed: false }
}

/** Byte string of any length. */
export function takeBytes(fields: Fields): Uint8Array {
  const item = fields.items[fields.at++]
  if (item instanceof Uint8Array) return item
  fields.malformed = true
  return emptyBytes
}

/** Byte string of exactly this length. */
export function takeFixed(fields: Fields, length: number): Uint8Array {
  const bytes = takeBytes(fields)
  if (bytes.length !== length) fields.malformed = true
  return bytes
}

/** 32 bytes. */
export function takeHash(fields: Fields): Hash {
  const bytes = takeBytes(fields)
  if (bytes.length === 32) return bytesToHash(bytes)
  fields.malformed = true
  return zeroHash
}

/** 20 bytes. */
export function takeAddress(fields: Fields): Address {
  const bytes = takeBytes(fields)
  if (bytes.length === 20) return bytesToAddress(bytes)
  fields.malformed = true
  return zeroAddress
}

/** 20 bytes or none. */
export function takeRecipient(fields: Fields): Address | undefined {
  const bytes = takeBytes(fields)
  if (bytes.length === 0) return undefined
  if (bytes.length === 20) return bytesToAddress(bytes)
  fields.malformed = true
  return undefined
}

/** Number without leading zeros, at most `maxBytes` long. */
export function takeUint(fields: Fields, maxBytes: number): bigint {
  const bytes = takeBytes(fields)
  if (bytes.length <= maxBytes && bytes[0] !== 0) return bytesToBigint(bytes)
  fields.malformed = true
  return 0n
}

/** Number below 2^64. */
export function takeUint64(fields: Fields): bigint {
  return takeUint(fields, 8)
}

/** Number below 2^256. */
export function takeUint256(fields: Fields): bigint {
  return takeUint(fields, 32)
}

/** The empty string (false) or the byte 1 (true). */
export function takeBool(fields: Fields): boolean {
  const bytes = takeBytes(fields)
  if (bytes.length === 0) return false
  if (bytes.length !== 1 || bytes[0] !== 1) fields.malformed = true
  return true
}

/** A list of lists of `count` fields, each read by `take`; stops at the first malformed one. */
export function takeTuples<T>(fields: Fields, count: number, take: (entry: Fields) => T): readonly T[] {
  const values: T[] = []
  for (const item of takeList(fields)) {
    const entry = openFields(item, count)
    values.push(take(entry))
    if (entry.malformed) {
      fields.malformed = true
      break
    }
  }
  return values
}

/** A list of 32-byte strings; stops at the first that is none. */
export function takeHashes(fields: Fields): readonly Hash[] {
  const list: Fields = { items: takeList(fields), at: 0, malformed: false }
  const hashes: Hash[] = []
  while (list.at < list.items.length && !list.malformed) hashes.push(takeHash(list))
  if (list.malformed) fields.malformed = true
  return hashes
}

function takeList(fields: Fields): readonly RlpItem[] {
  const item = fields.items[fields.at++]
  if (item !== undefined && !(item instanceof Uint8Array)) return item
  fields.malformed = true
  return []
}
