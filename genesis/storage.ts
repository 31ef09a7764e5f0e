import { assert } from '../core/errors.ts'
import { bigintToBytes, bigintToFixed, bytesToHash, type Hash } from '../core/hex.ts'
import type { StorageField } from './loadContract.ts'

/**
 * The storage of a contract whose variables have these values, by label, as if its constructor had set them. Only value
 * types that fit a slot. Values as in a `StateReader`: big-endian without leading zeros; zero slots are left out.
 */
export function encodeStorage(
  layout: readonly StorageField[],
  values: Readonly<Record<string, bigint>>,
): ReadonlyMap<Hash, Uint8Array> {
  const slots = new Map<Hash, bigint>()
  for (const [label, value] of Object.entries(values)) {
    const field = layout.find((entry) => entry.label === label)
    assert(field !== undefined, `no storage variable ${label}`)
    assert(value >= 0n && value < 1n << BigInt(field.bytes * 8), `${label} does not fit its storage`)
    const slot = bytesToHash(bigintToFixed(BigInt(field.slot), 32))
    slots.set(slot, (slots.get(slot) ?? 0n) | (value << BigInt(field.offset * 8)))
  }
  return new Map([...slots].filter(([, word]) => word !== 0n).map(([slot, word]) => [slot, bigintToBytes(word)]))
}
