import type { Account } from './account.ts'
import type { Address, Hash } from './hex.ts'

/**
 * Synchronous reads of one state. Storage values are big-endian bytes without leading zeros, empty for zero
 * (the form the trie stores before RLP), because that is what the hot path needs.
 */
export type StateReader = {
  account(address: Address): Account | undefined
  storage(address: Address, slot: Hash): Uint8Array
  code(codeHash: Hash): Uint8Array
}

/** The account fields a writer may set; the storage root follows from the storage written. */
export type AccountFields = { readonly nonce: bigint; readonly balance: bigint; readonly codeHash: Hash }

/** One account's change over a block. `storage` holds only slots whose value differs from before the block. */
export type AccountChange = {
  readonly before: Account | undefined
  readonly after: AccountFields | undefined
  /** The account's storage was wiped; `storage` then starts from nothing. */
  readonly wiped: boolean
  readonly storage: ReadonlyMap<Hash, Uint8Array>
}

/** The difference between two states as a value. */
export type StateDiff = {
  readonly accounts: ReadonlyMap<Address, AccountChange>
  readonly code: ReadonlyMap<Hash, Uint8Array>
}

/** A journaled overlay over a reader: everything the engine reads and writes in one block. */
export type World = StateReader & {
  /** Creates or replaces an account's fields; its storage stays. */
  setAccount(address: Address, fields: AccountFields): void
  /** Removes the account and its storage. */
  deleteAccount(address: Address): void
  /** Stores code and points the account at it (creating the account if need be). */
  setCode(address: Address, code: Uint8Array): void
  /** The account must be there: storage without one is a bug, and would be lost. */
  setStorage(address: Address, slot: Hash, value: Uint8Array): void
  clearStorage(address: Address): void
  /**
   * True if the account had storage in the base state that was not wiped since, even if each slot was set to zero, or
   * has a non-zero slot in the overlay (EIP-7610).
   */
  hasStorage(address: Address): boolean
  checkpoint(): void
  commit(): void
  revert(): void
  /** The number of open checkpoints: even before and after every transaction. */
  depth(): number
  /** The difference to the base reader. Only with no checkpoint open. */
  finish(): StateDiff
}
