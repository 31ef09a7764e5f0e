import { assert } from '../core/errors.ts'
import { bigintToBytes, bigintToFixed, bytesToBigint, bytesToHash, type Hash } from '../core/hex.ts'
import type { Contract } from './loadContract.ts'

/**
 * The storage of a contract as its constructor left it, with these values of variables, by label, in place of what was
 * there. Only value types that fit a slot. Values as in a `StateReader`: big-endian without leading zeros; zero slots
 * are left out.
 */
export function encodeStorage(
  contract: Pick<Contract, 'storage' | 'slots'>,
  values: Readonly<Record<string, bigint>>,
): ReadonlyMap<Hash, Uint8Array> {
  const slots = new Map([...contract.slots].map(([slot, word]) => [slot, bytesToBigint(word)]))
  for (const [label, value] of Object.entries(values)) {
    const [field, ...others] = contract.storage.filter((entry) => entry.label === label)
    assert(field !== undefined && others.length === 0, `not one storage variable ${label}`)
    const shift = BigInt(field.offset * 8)
    const mask = (1n << BigInt(field.bytes * 8)) - 1n
    assert(value >= 0n && value <= mask, `${label} does not fit its storage`)
    const slot = bytesToHash(bigintToFixed(BigInt(field.slot), 32))
    slots.set(slot, ((slots.get(slot) ?? 0n) & ~(mask << shift)) | (value << shift))
  }
  return new Map([...slots].filter(([, word]) => word !== 0n).map(([slot, word]) => [slot, bigintToBytes(word)]))
}
