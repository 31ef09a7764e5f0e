import type { Address } from './hex.ts'
import { keccakHash } from './keccak.ts'

/** An address with capitals as EIP-55 has them, for people and wallets that check it. */
export function checksumAddress(address: Address): Address {
  const digits = address.slice(2)
  const hash = keccakHash(new TextEncoder().encode(digits)).slice(2)
  const cased = [...digits].map((digit, i) => (Number.parseInt(hash[i]!, 16) >= 8 ? digit.toUpperCase() : digit))
  return `0x${cased.join('')}` as Address
}
