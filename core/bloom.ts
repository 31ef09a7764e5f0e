import { hexToBytes } from './hex.ts'
import { keccak256 } from './keccak.ts'
import type { Log } from './receipt.ts'

export const bloomBytes = 256

/** The 2,048-bit filter over the addresses and topics of logs (Yellow Paper, section 4.3.1). */
export function createBloom(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(bloomBytes)
  const seen = new Set<string>()
  for (const { address, topics } of logs) {
    add(address)
    for (const topic of topics) add(topic)
  }
  return bloom

  function add(value: Log['address'] | Log['topics'][number]): void {
    if (seen.has(value)) return
    seen.add(value)
    const hash = keccak256(hexToBytes(value))
    for (let pair = 0; pair < 6; pair += 2) {
      const bit = bitOf(hash, pair)
      bloom[byteOf(bit)]! |= maskOf(bit)
    }
  }
}

/** False if no log under this filter has the address or topic (its bytes); true if one may have it. */
export function bloomHas(bloom: Uint8Array, bytes: Uint8Array): boolean {
  const hash = keccak256(bytes)
  for (let pair = 0; pair < 6; pair += 2) {
    const bit = bitOf(hash, pair)
    if ((bloom[byteOf(bit)]! & maskOf(bit)) === 0) return false
  }
  return true
}

/** The union of two filters. */
export function orBloom(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte | b[index]!)
}

// Each of the first three byte pairs of the hash names one bit, counted from the filter's last byte.
function bitOf(hash: Uint8Array, pair: number): number {
  return ((hash[pair]! << 8) | hash[pair + 1]!) & 0x7ff
}

function byteOf(bit: number): number {
  return bloomBytes - 1 - (bit >> 3)
}

function maskOf(bit: number): number {
  return 1 << (bit & 7)
}
