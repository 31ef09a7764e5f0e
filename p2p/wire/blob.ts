import { bytesToHash, emptyBytes, type Hash, hexToBytes } from '../../core/hex.ts'

/** Bytes of a blob (EIP-4844). */
export const blobBytes = 131_072

/** A blob is asked for by its versioned hash, 32 bytes. */
export function encodeBlobRequest(hash: Hash): Uint8Array {
  return hexToBytes(hash)
}

/** Undefined if these are not 32 bytes. */
export function decodeBlobRequest(bytes: Uint8Array): Hash | undefined {
  return bytes.length === 32 ? bytesToHash(bytes) : undefined
}

/** The blob itself, or nothing if this node has none. */
export function encodeBlobAnswer(blob: Uint8Array | undefined): Uint8Array {
  return blob ?? emptyBytes
}

/** The blob, `absent` if the peer has none; undefined for any other length. Not checked against the hash. */
export function decodeBlobAnswer(bytes: Uint8Array): Uint8Array | 'absent' | undefined {
  if (bytes.length === 0) return 'absent'
  return bytes.length === blobBytes ? bytes : undefined
}
