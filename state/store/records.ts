import { bytesToHash, type Hash, hexToBytes } from '../../core/hex.ts'
import type { BlockRef, Heads } from '../heads.ts'

// Fixed layouts, big-endian. A decoder gives undefined for any other length.

/** The layout of the database this code reads and writes. */
export const schemaVersion = 1

/** `archive` keeps the trie of every block. */
export const storeModes = ['archive'] as const
export type StoreMode = (typeof storeModes)[number]

/** What a database says of itself: written once, checked on every start. */
export type Meta = {
  readonly schemaVersion: number
  readonly chainId: bigint
  readonly genesisHash: Hash
  readonly mode: StoreMode
}

export function encodeMeta({ schemaVersion, chainId, genesisHash, mode }: Meta): Uint8Array {
  const { bytes, view } = blank(45)
  view.setUint32(0, schemaVersion)
  view.setBigUint64(4, chainId)
  bytes.set(hexToBytes(genesisHash), 12)
  bytes[44] = storeModes.indexOf(mode)
  return bytes
}

/** The schema version comes first in every version, so it can be read even when the rest cannot. */
export function decodeSchemaVersion(bytes: Uint8Array): number | undefined {
  return bytes.length < 4 ? undefined : viewOf(bytes).getUint32(0)
}

export function decodeMeta(bytes: Uint8Array): Meta | undefined {
  if (bytes.length !== 45) return undefined
  const view = viewOf(bytes)
  const mode = storeModes[bytes[44]!]
  if (mode === undefined) return undefined
  return {
    schemaVersion: view.getUint32(0),
    chainId: view.getBigUint64(4),
    genesisHash: bytesToHash(bytes.subarray(12, 44)),
    mode,
  }
}

export function encodeHeads({ unsafe, safe, finalized }: Heads): Uint8Array {
  const { bytes, view } = blank(120)
  for (const [index, { number, hash }] of [unsafe, safe, finalized].entries()) {
    view.setBigUint64(40 * index, number)
    bytes.set(hexToBytes(hash), 40 * index + 8)
  }
  return bytes
}

export function decodeHeads(bytes: Uint8Array): Heads | undefined {
  if (bytes.length !== 120) return undefined
  const view = viewOf(bytes)
  const at = (offset: number): BlockRef => ({
    number: view.getBigUint64(offset),
    hash: bytesToHash(bytes.subarray(offset + 8, offset + 40)),
  })
  return { unsafe: at(0), safe: at(40), finalized: at(80) }
}

/**
 * Written with each block, in its batch: what the block was, how many writes the batch had, and the labels at the time
 * (from which they are found again if the heads entry is lost). The entry's seal is the record's CRC-32C.
 */
export type CommitRecord = {
  readonly number: bigint
  readonly hash: Hash
  readonly parent: Hash
  readonly stateRoot: Hash
  readonly opCount: number
  readonly safe: bigint
  readonly finalized: bigint
}

export function encodeCommit(record: CommitRecord): Uint8Array {
  const { bytes, view } = blank(124)
  view.setBigUint64(0, record.number)
  bytes.set(hexToBytes(record.hash), 8)
  bytes.set(hexToBytes(record.parent), 40)
  bytes.set(hexToBytes(record.stateRoot), 72)
  view.setUint32(104, record.opCount)
  view.setBigUint64(108, record.safe)
  view.setBigUint64(116, record.finalized)
  return bytes
}

export function decodeCommit(bytes: Uint8Array): CommitRecord | undefined {
  if (bytes.length !== 124) return undefined
  const view = viewOf(bytes)
  return {
    number: view.getBigUint64(0),
    hash: bytesToHash(bytes.subarray(8, 40)),
    parent: bytesToHash(bytes.subarray(40, 72)),
    stateRoot: bytesToHash(bytes.subarray(72, 104)),
    opCount: view.getUint32(104),
    safe: view.getBigUint64(108),
    finalized: view.getBigUint64(116),
  }
}

/** Where a transaction is on the canonical chain: block number and position in the block. */
export type TxPlace = { readonly number: bigint; readonly index: number }

export function encodePlace({ number, index }: TxPlace): Uint8Array {
  const { bytes, view } = blank(12)
  view.setBigUint64(0, number)
  view.setUint32(8, index)
  return bytes
}

export function decodePlace(bytes: Uint8Array): TxPlace | undefined {
  if (bytes.length !== 12) return undefined
  const view = viewOf(bytes)
  return { number: view.getBigUint64(0), index: view.getUint32(8) }
}

function blank(length: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(length)
  return { bytes, view: new DataView(bytes.buffer) }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
