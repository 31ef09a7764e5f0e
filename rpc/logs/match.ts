import type { Address, Hash } from '../../core/hex.ts'
import { hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import type { LogFilter } from '../params/filter.ts'

/** Whether a log is one the filter asks for (geth's rule: positions without topics match anything that is there). */
export function createLogMatch({
  addresses,
  topics,
}: LogFilter): (log: { readonly address: Address; readonly topics: readonly Hash[] }) => boolean {
  const wantedAddresses = new Set(addresses)
  const wantedTopics = topics.map((position) => new Set(position))
  return (log) => {
    if (wantedAddresses.size > 0 && !wantedAddresses.has(log.address)) return false
    if (wantedTopics.length > log.topics.length) return false
    return wantedTopics.every((position, i) => position.size === 0 || position.has(log.topics[i]!))
  }
}

/** The three bits of one value in a bloom, as byte positions and masks. */
type Bits = readonly { readonly byte: number; readonly mask: number }[]

/**
 * Whether a block's bloom may hold a log the filter asks for. The hashes are taken once: the test runs over thousands of
 * blooms.
 */
export function createBloomMatch({ addresses, topics }: LogFilter): (bloom: Uint8Array) => boolean {
  const groups = [addresses, ...topics].filter((group) => group.length > 0).map((group) => group.map(bitsOf))
  return (bloom) =>
    groups.every((group) => group.some((bits) => bits.every(({ byte, mask }) => (bloom[byte]! & mask) !== 0)))
}

function bitsOf(value: Address | Hash): Bits {
  const hash = keccak256(hexToBytes(value))
  return [0, 2, 4].map((pair) => {
    const bit = ((hash[pair]! << 8) | hash[pair + 1]!) & 0x7ff
    return { byte: 255 - (bit >> 3), mask: 1 << (bit & 7) }
  })
}
