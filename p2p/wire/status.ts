import { type Fields, openFields, takeHash, takeUint64 } from '../../core/fields.ts'
import { bigintToBytes, emptyBytes, hexToBytes } from '../../core/hex.ts'
import type { PeerStatus } from '../../core/ports/net.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'

/** Whoever asks where a peer is says nothing. */
export const statusRequest: Uint8Array = emptyBytes

/** Bytes of an encoded status at most: a list of 33 bytes and three pairs of 9 + 33. */
export const maxStatusBytes = 164

/** The RLP of [genesis, unsafe, safe, finalized], the latter three [number, hash]. */
export function encodeStatus({ genesis, unsafe, safe, finalized }: PeerStatus): Uint8Array {
  return encodeRlp([hexToBytes(genesis), refItem(unsafe), refItem(safe), refItem(finalized)])
}

/** Undefined if these bytes are not the one encoding of a status, or if its heads are not in order. */
export function decodeStatus(bytes: Uint8Array): PeerStatus | undefined {
  if (bytes.length > maxStatusBytes) return undefined
  const fields = openFields(decodeRlp(bytes, 11), 4)
  const status: PeerStatus = {
    genesis: takeHash(fields),
    unsafe: takeRef(fields),
    safe: takeRef(fields),
    finalized: takeRef(fields),
  }
  const { unsafe, safe, finalized } = status
  if (fields.malformed || safe.number > unsafe.number || finalized.number > safe.number) return undefined
  return status
}

function refItem({ number, hash }: PeerStatus['unsafe']): RlpItem {
  return [bigintToBytes(number), hexToBytes(hash)]
}

function takeRef(fields: Fields): PeerStatus['unsafe'] {
  const entry = openFields(fields.items[fields.at++], 2)
  const ref = { number: takeUint64(entry), hash: takeHash(entry) }
  if (entry.malformed) fields.malformed = true
  return ref
}
