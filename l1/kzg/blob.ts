import { createHash } from 'node:crypto'
import { bytesToHash, type Hash } from '../../core/hex.ts'
import { blobBytes } from '../batch/blob.ts'

const elementBytes = 32

// The order of BLS12-381's scalar field.
const modulus = Buffer.from('73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001', 'hex')

/** Whether the bytes are a blob: 4,096 field elements, each below the modulus (EIP-4844). */
export function isBlob(bytes: Uint8Array): boolean {
  if (bytes.length !== blobBytes) return false
  for (let at = 0; at < blobBytes; at += elementBytes) {
    const first = bytes[at]!
    if (first < modulus[0]!) continue
    if (modulus.compare(bytes, at, at + elementBytes) <= 0) return false
  }
  return true
}

/** What a blob transaction says of a blob: 0x01 and the last 31 bytes of the commitment's SHA-256 (EIP-4844). */
export function versionedHash(commitment: Uint8Array): Hash {
  const hash = new Uint8Array(createHash('sha256').update(commitment).digest())
  hash[0] = 1
  return bytesToHash(hash)
}

/** Whether bytes of anybody are the blob with this versioned hash. Throws what `commitment` throws. */
export async function isBlobOf(
  { commitment }: { commitment(blob: Uint8Array): Promise<Uint8Array> },
  bytes: Uint8Array,
  hash: Hash,
): Promise<boolean> {
  return isBlob(bytes) && versionedHash(await commitment(bytes)) === hash
}
