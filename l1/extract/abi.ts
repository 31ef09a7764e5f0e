import { type Address, bytesToAddress, bytesToBigint, type Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'

/** Bytes of a word of the contract ABI. */
export const wordBytes = 32

/** The first topic of an event's logs, from its signature, such as `Transfer(address,address,uint256)`. */
export function eventTopic(signature: string): Hash {
  return keccakHash(new TextEncoder().encode(signature))
}

/** The one `bytes` that these bytes encode, as a view: offset 32, length, content, the least padding, all zero. */
export function decodeAbiBytes(data: Uint8Array): Uint8Array | undefined {
  if (data.length < 2 * wordBytes || data.length % wordBytes !== 0) return undefined
  if (bytesToBigint(data.subarray(0, wordBytes)) !== 32n) return undefined
  const length = bytesToBigint(data.subarray(wordBytes, 2 * wordBytes))
  const room = data.length - 2 * wordBytes
  if (length > BigInt(room) || length + 32n <= BigInt(room)) return undefined
  const end = 2 * wordBytes + Number(length)
  return isZero(data.subarray(end)) ? data.subarray(2 * wordBytes, end) : undefined
}

/** The address in a word; undefined unless 12 zero bytes are before it. */
export function wordToAddress(word: Uint8Array): Address | undefined {
  return isZero(word.subarray(0, 12)) ? bytesToAddress(word.subarray(12)) : undefined
}

/** Whether every byte is zero. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
