import { type Address, bigintToBytes, bytesToBigint, type Hash } from '../../core/hex.ts'
import type { World } from '../../core/state.ts'
import { gas } from './gas.ts'

/** Storage of the protocol's accounts, one 256-bit word per slot, paid for as it is used. */
export type Store = {
  load(address: Address, slot: Hash): bigint
  save(address: Address, slot: Hash, value: bigint): void
}

type Slot = { value: bigint; readonly original: bigint; writes: 'none' | 'cheap' | 'new' }

/** A store for one call: gas falls with the first use of a slot in the call. */
export function createStore(world: World, charge: (gas: bigint) => void): Store {
  const slots = new Map<string, Slot>()

  function touch(address: Address, slot: Hash): Slot {
    const key = address + slot
    const known = slots.get(key)
    charge(known === undefined ? gas.readFirst : gas.readAgain)
    if (known !== undefined) return known
    const value = bytesToBigint(world.storage(address, slot))
    const fresh: Slot = { value, original: value, writes: 'none' }
    slots.set(key, fresh)
    return fresh
  }

  return {
    load: (address, slot) => touch(address, slot).value,
    save(address, slot, value) {
      const known = slots.get(address + slot) ?? touch(address, slot)
      const grows = known.original === 0n && value !== 0n
      if (grows && known.writes !== 'new') {
        charge(gas.writeNew)
        known.writes = 'new'
      } else {
        charge(known.writes === 'none' ? gas.writeFirst : gas.writeAgain)
        if (known.writes === 'none') known.writes = 'cheap'
      }
      known.value = value
      world.setStorage(address, slot, bigintToBytes(value))
    },
  }
}
