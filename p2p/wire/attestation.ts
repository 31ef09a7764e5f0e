import type { Attestation } from '../../core/attestation.ts'
import { openFields, takeFixed, takeHash, takeUint64 } from '../../core/fields.ts'
import { bigintToBytes, hexToBytes } from '../../core/hex.ts'
import { decodeRlp, encodeRlp } from '../../core/rlp.ts'
import { decodeSignature, encodeSignature, signatureBytes } from './signature.ts'

/** Bytes of an encoded attestation at most: a list of 9 + 33 + 33 + 67 bytes. */
export const maxAttestationBytes = 144

/** The RLP of [L2 block number, output root, L1 block hash, signature]. The number is below 2^64. */
export function encodeAttestation(attestation: Attestation): Uint8Array {
  const { l2BlockNumber, outputRoot, l1BlockHash, signature } = attestation
  return encodeRlp([
    bigintToBytes(l2BlockNumber),
    hexToBytes(outputRoot),
    hexToBytes(l1BlockHash),
    encodeSignature(signature),
  ])
}

/** Undefined if these bytes are not the one encoding of an attestation. Who signed it is not looked at. */
export function decodeAttestation(bytes: Uint8Array): Attestation | undefined {
  if (bytes.length > maxAttestationBytes) return undefined
  const fields = openFields(decodeRlp(bytes, 5), 4)
  const claim = { l2BlockNumber: takeUint64(fields), outputRoot: takeHash(fields), l1BlockHash: takeHash(fields) }
  const signature = decodeSignature(takeFixed(fields, signatureBytes))
  return fields.malformed || signature === undefined ? undefined : { ...claim, signature }
}
