import { bigintToFixed, bytesToBigint, bytesToHash, concatBytes, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { Seal, SealedRef } from '../../core/seal.ts'
import type { Signature } from '../../core/tx.ts'
import { decodeSignature, encodeSignature, signatureBytes } from './signature.ts'

/** A block as it is gossiped. What the header says of the content is a claim until the content is looked at. */
export type Envelope = SealedRef & {
  readonly epoch: bigint
  readonly signature: Signature
  /** One zstd frame of the block's RLP: a view into the message. */
  readonly compressed: Uint8Array
}

/** Bytes before the compressed block. */
export const envelopeHeaderBytes = 8 + 8 + 32 + 32 + signatureBytes

/** epoch u64, number u64, parent hash, block hash, signature, compressed block. */
export function encodeEnvelope({ epoch, number, parentHash, hash, signature, compressed }: Envelope): Uint8Array {
  return concatBytes(
    bigintToFixed(epoch, 8),
    bigintToFixed(number, 8),
    hexToBytes(parentHash),
    hexToBytes(hash),
    encodeSignature(signature),
    compressed,
  )
}

/** Undefined if there is no content, or if no key can have made the signature. The content is not looked at. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  if (bytes.length <= envelopeHeaderBytes) return undefined
  const signature = decodeSignature(bytes.subarray(80, envelopeHeaderBytes))
  if (signature === undefined) return undefined
  return {
    epoch: bytesToBigint(bytes.subarray(0, 8)),
    number: bytesToBigint(bytes.subarray(8, 16)),
    parentHash: bytesToHash(bytes.subarray(16, 48)),
    hash: bytesToHash(bytes.subarray(48, 80)),
    signature,
    compressed: bytes.subarray(envelopeHeaderBytes),
  }
}

/** The seal an envelope carries. Hashes the whole content. */
export function envelopeSeal({ epoch, signature, compressed }: Envelope): Seal {
  return { epoch, contentHash: keccakHash(compressed), signature }
}
