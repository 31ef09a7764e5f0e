import { type Account, emptyTrieRoot } from '../core/account.ts'
import type { Address, Hash } from '../core/hex.ts'
import type { StateDiff } from '../core/state.ts'
import { createCache } from './cache.ts'

/**
 * Accounts and slots of one state, bounded. It moves with the chain's head: `advance` applies a block's diff, so what
 * was read before the block need not be read again. Readers of another root must not use it: they compare `root()`.
 */
export type StateCache = {
  root(): Hash
  /** `absent`: known not to exist; undefined: not known. */
  account(address: Address): Account | 'absent' | undefined
  setAccount(address: Address, account: Account | 'absent'): void
  slot(address: Address, slot: Hash): Uint8Array | undefined
  setSlot(address: Address, slot: Hash, value: Uint8Array): void
  /** Goes to the state after a diff. */
  advance(root: Hash, diff: StateDiff): void
  /** Forgets everything and starts at another state. */
  reset(root: Hash): void
}

export type StateCacheLimits = { readonly accounts: number; readonly slots: number }

export function createStateCache(start: Hash, limits: StateCacheLimits): StateCache {
  let root = start
  const accounts = createCache<Address, Account | 'absent'>(limits.accounts)
  const slots = createSlotCache(limits.slots)
  return {
    root: () => root,
    account: (address) => accounts.get(address),
    setAccount: (address, account) => accounts.set(address, account),
    slot: (address, slot) => slots.get(address, slot),
    setSlot: (address, slot, value) => slots.set(address, slot, value),
    advance(next, diff) {
      root = next
      for (const [address, { before, after, wiped, storage }] of diff.accounts) {
        if (wiped || after === undefined) slots.forget(address)
        if (after === undefined) accounts.set(address, 'absent')
        // A new storage root is not part of the diff: the account is read again when it is wanted.
        else if (wiped || storage.size > 0) accounts.delete(address)
        else accounts.set(address, { ...after, storageRoot: before?.storageRoot ?? emptyTrieRoot })
        if (after !== undefined) for (const [slot, value] of storage) slots.set(address, slot, value)
      }
    },
    reset(next) {
      root = next
      accounts.clear()
      slots.clear()
    },
  }
}

/** Two generations like `createCache`, of slots by account, so that an account's slots can be forgotten together. */
function createSlotCache(limit: number) {
  type Slots = Map<Address, Map<Hash, Uint8Array>>
  let young: Slots = new Map()
  let old: Slots = new Map()
  let count = 0

  function set(address: Address, slot: Hash, value: Uint8Array): void {
    let slots = young.get(address)
    if (slots === undefined) {
      slots = new Map()
      young.set(address, slots)
    }
    slots.set(slot, value)
    if (++count < limit / 2) return
    old = young
    young = new Map()
    count = 0
  }

  return {
    set,
    get(address: Address, slot: Hash): Uint8Array | undefined {
      const value = young.get(address)?.get(slot)
      if (value !== undefined) return value
      const kept = old.get(address)?.get(slot)
      if (kept !== undefined) set(address, slot, kept)
      return kept
    },
    forget(address: Address): void {
      young.delete(address)
      old.delete(address)
    },
    clear(): void {
      young = new Map()
      old = new Map()
      count = 0
    },
  }
}
