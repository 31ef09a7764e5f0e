import { bigintToFixed, concatBytes } from '../../../core/hex.ts'

/** A `bytes` value as the only data of an event: offset, length, content, padding. */
export function abiBytes(content: Uint8Array): Uint8Array {
  const padding = new Uint8Array((32 - (content.length % 32)) % 32)
  return concatBytes(bigintToFixed(32n, 32), bigintToFixed(BigInt(content.length), 32), content, padding)
}
