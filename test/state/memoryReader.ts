import { type Account, emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import { type Address, bytesToHash, emptyBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { StateDiff, StateReader } from '../../core/state.ts'

/** An account of a test's base state. */
export type PlainAccount = {
  readonly nonce?: bigint
  readonly balance?: bigint
  readonly code?: Uint8Array
  readonly storage?: Readonly<Record<string, bigint>>
}

/** A stand-in for a storage root where a test has no trie: only "not empty" counts. */
export const someRoot = `0x${'11'.repeat(32)}` as Hash

export type MemoryState = {
  readonly reader: StateReader
  /** Applies a diff, so that the next block sees it. */
  apply(diff: StateDiff): void
  /** Sum of all balances in wei. */
  supply(): bigint
}

/** A state without a trie, in maps. */
export function createMemoryState(accounts: Readonly<Record<string, PlainAccount>>): MemoryState {
  const state = new Map<Address, Account>()
  const storages = new Map<Address, Map<Hash, Uint8Array>>()
  const codes = new Map<Hash, Uint8Array>()
  for (const [key, plain] of Object.entries(accounts)) {
    const address = key as Address
    const code = plain.code ?? emptyBytes
    const codeHash = code.length === 0 ? emptyCodeHash : keccakHash(code)
    if (code.length > 0) codes.set(codeHash, code)
    const slots = new Map(Object.entries(plain.storage ?? {}).map(([slot, value]) => [slot as Hash, minimal(value)]))
    storages.set(address, slots)
    const storageRoot = slots.size === 0 ? emptyTrieRoot : someRoot
    state.set(address, { nonce: plain.nonce ?? 0n, balance: plain.balance ?? 0n, storageRoot, codeHash })
  }
  return {
    reader: {
      account: (address) => state.get(address),
      storage: (address, slot) => storages.get(address)?.get(slot) ?? emptyBytes,
      code: (codeHash) => codes.get(codeHash) ?? emptyBytes,
    },
    apply(diff) {
      for (const [hash, code] of diff.code) codes.set(hash, code)
      for (const [address, change] of diff.accounts) {
        const slots = change.wiped ? new Map<Hash, Uint8Array>() : (storages.get(address) ?? new Map())
        for (const [slot, value] of change.storage) value.length === 0 ? slots.delete(slot) : slots.set(slot, value)
        storages.set(address, slots)
        if (change.after === undefined) state.delete(address)
        else state.set(address, { ...change.after, storageRoot: slots.size === 0 ? emptyTrieRoot : someRoot })
      }
    },
    supply: () => [...state.values()].reduce((sum, account) => sum + account.balance, 0n),
  }
}

/** A number as a storage slot. */
export function slotOf(index: bigint): Hash {
  return bytesToHash(hexToBytes(`0x${index.toString(16).padStart(64, '0')}`))
}

/** A number as an address. */
export function addressOf(index: number | bigint): Address {
  return `0x${index.toString(16).padStart(40, '0')}` as Address
}

function minimal(value: bigint): Uint8Array {
  if (value === 0n) return emptyBytes
  const digits = value.toString(16)
  return hexToBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
}
