import { bigintToFixed, bytesToBigint } from '../../core/hex.ts'
import { hasValidRange } from '../../core/secp256k1.ts'
import type { Signature } from '../../core/tx.ts'

/** Bytes of a signature on the wire. */
export const signatureBytes = 65

/** r and s in 32 bytes each, then the parity of y: 0 or 1. */
export function encodeSignature({ r, s, yParity }: Signature): Uint8Array {
  return bigintToFixed((((r << 256n) | s) << 8n) | BigInt(yParity), signatureBytes)
}

/** Undefined unless these are 65 bytes, r and s in range with a low s, and the last byte 0 or 1. */
export function decodeSignature(bytes: Uint8Array): Signature | undefined {
  const yParity = bytes[64]
  if (bytes.length !== signatureBytes || (yParity !== 0 && yParity !== 1)) return undefined
  const r = bytesToBigint(bytes.subarray(0, 32))
  const s = bytesToBigint(bytes.subarray(32, 64))
  return hasValidRange({ r, s }) ? { r, s, yParity } : undefined
}
