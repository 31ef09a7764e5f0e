import { type Account, emptyCodeHash, emptyTrieRoot, maxBalance, maxNonce } from '../core/account.ts'
import { assert } from '../core/errors.ts'
import { type Address, emptyBytes, type Hash, trimZeros } from '../core/hex.ts'
import { keccakHash } from '../core/keccak.ts'
import type { AccountChange, AccountFields, StateDiff, StateReader, World } from '../core/state.ts'

/** Everything known of one address: what the base state says and what was written over it. */
type Entry = {
  readonly base: Account | undefined
  /** Base slots that were read. */
  readonly read: Map<Hash, Uint8Array>
  account: Account | undefined
  /** Written slots, zeros (empty) included. Replaced, never emptied, by a wipe: undoing one puts the old map back. */
  storage: Map<Hash, Uint8Array>
  /** Base slots no longer count. */
  wiped: boolean
}

/** One step back: what a write replaced. */
type Undo =
  | { readonly kind: 'account'; readonly entry: Entry; readonly account: Account | undefined }
  | { readonly kind: 'wipe'; readonly entry: Entry; readonly storage: Map<Hash, Uint8Array>; readonly wiped: boolean }
  | {
      readonly kind: 'slot'
      readonly storage: Map<Hash, Uint8Array>
      readonly slot: Hash
      readonly value: Uint8Array | undefined
    }

/**
 * A journaled overlay over `reader`. Every write appends what it replaced to an undo log; a checkpoint is a position
 * in that log, so commit is free and revert costs as many steps as there were writes. Each base value is read once.
 */
export function createWorld(reader: StateReader): World {
  const entries = new Map<Address, Entry>()
  const codes = new Map<Hash, Uint8Array>()
  const undo: Undo[] = []
  const checkpoints: number[] = []

  function entryOf(address: Address): Entry {
    let entry = entries.get(address)
    if (entry === undefined) {
      const base = reader.account(address)
      entry = { base, read: new Map(), account: base, storage: new Map(), wiped: false }
      entries.set(address, entry)
    }
    return entry
  }

  function baseSlot(entry: Entry, address: Address, slot: Hash): Uint8Array {
    if (entry.base === undefined || entry.base.storageRoot === emptyTrieRoot) return emptyBytes
    let value = entry.read.get(slot)
    if (value === undefined) {
      value = reader.storage(address, slot)
      entry.read.set(slot, value)
    }
    return value
  }

  /** Without an open checkpoint nothing can be undone. */
  function record(step: Undo): void {
    if (checkpoints.length > 0) undo.push(step)
  }

  function putAccount(entry: Entry, account: Account | undefined): void {
    record({ kind: 'account', entry, account: entry.account })
    entry.account = account
  }

  function wipe(entry: Entry): void {
    record({ kind: 'wipe', entry, storage: entry.storage, wiped: entry.wiped })
    entry.storage = new Map()
    entry.wiped = true
  }

  function setAccount(address: Address, { nonce, balance, codeHash }: AccountFields): void {
    assert(balance >= 0n && balance <= maxBalance, 'balance out of range')
    assert(nonce >= 0n && nonce <= maxNonce, 'nonce out of range')
    const entry = entryOf(address)
    putAccount(entry, { nonce, balance, storageRoot: rootOf(entry), codeHash })
  }

  function clearStorage(address: Address): void {
    const entry = entryOf(address)
    if (entry.storage.size === 0 && (entry.wiped || rootOf(entry) === emptyTrieRoot)) return
    wipe(entry)
    if (entry.account !== undefined) putAccount(entry, { ...entry.account, storageRoot: emptyTrieRoot })
  }

  return {
    account: (address) => entryOf(address).account,

    storage(address, slot) {
      const entry = entryOf(address)
      const written = entry.storage.get(slot)
      if (written !== undefined) return written
      return entry.wiped ? emptyBytes : baseSlot(entry, address, slot)
    },

    code(codeHash) {
      if (codeHash === emptyCodeHash) return emptyBytes
      return codes.get(codeHash) ?? reader.code(codeHash)
    },

    setAccount,
    clearStorage,

    deleteAccount(address) {
      const entry = entryOf(address)
      clearStorage(address)
      if (entry.account !== undefined) putAccount(entry, undefined)
    },

    setCode(address, code) {
      const codeHash = code.length === 0 ? emptyCodeHash : keccakHash(code)
      if (code.length > 0) codes.set(codeHash, code)
      const account = entryOf(address).account
      setAccount(address, { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n, codeHash })
    },

    setStorage(address, slot, value) {
      const { account, storage } = entryOf(address)
      assert(account !== undefined, 'storage without an account')
      record({ kind: 'slot', storage, slot, value: storage.get(slot) })
      storage.set(slot, trimZeros(value))
    },

    hasStorage(address) {
      const entry = entryOf(address)
      if (rootOf(entry) !== emptyTrieRoot) return true
      for (const value of entry.storage.values()) if (value.length > 0) return true
      return false
    },

    checkpoint() {
      checkpoints.push(undo.length)
    },

    commit() {
      assert(checkpoints.length > 0, 'commit without a checkpoint')
      checkpoints.pop()
      if (checkpoints.length === 0) undo.length = 0
    },

    revert() {
      const start = checkpoints.pop()
      assert(start !== undefined, 'revert without a checkpoint')
      for (let i = undo.length - 1; i >= start; i--) stepBack(undo[i] as Undo)
      undo.length = start
    },

    depth: () => checkpoints.length,

    finish() {
      assert(checkpoints.length === 0, 'finish with an open checkpoint')
      const accounts = new Map<Address, AccountChange>()
      const code = new Map<Hash, Uint8Array>()
      for (const [address, entry] of entries) {
        const change = changeOf(entry, (slot) => baseSlot(entry, address, slot))
        if (change === undefined) continue
        accounts.set(address, change)
        const codeHash = change.after?.codeHash
        if (codeHash === undefined || codeHash === change.before?.codeHash) continue
        const written = codes.get(codeHash)
        if (written !== undefined) code.set(codeHash, written)
      }
      return { accounts, code } satisfies StateDiff
    },
  }
}

/** The storage root of the account as far as it is known before a commit: that of the base, or empty after a wipe. */
function rootOf(entry: Entry): Hash {
  return entry.wiped ? emptyTrieRoot : (entry.base?.storageRoot ?? emptyTrieRoot)
}

function stepBack(step: Undo): void {
  if (step.kind === 'account') step.entry.account = step.account
  else if (step.kind === 'wipe') {
    step.entry.storage = step.storage
    step.entry.wiped = step.wiped
  } else if (step.value === undefined) step.storage.delete(step.slot)
  else step.storage.set(step.slot, step.value)
}

/** The change of one address against its base, or undefined when nothing differs. */
function changeOf(entry: Entry, baseSlot: (slot: Hash) => Uint8Array): AccountChange | undefined {
  const before = entry.base
  const after = entry.account
  const wiped = entry.wiped && before !== undefined && before.storageRoot !== emptyTrieRoot
  const storage = new Map<Hash, Uint8Array>()
  if (after !== undefined) {
    for (const [slot, value] of entry.storage) {
      const old = wiped ? emptyBytes : baseSlot(slot)
      if (Buffer.compare(old, value) !== 0) storage.set(slot, value)
    }
  }
  if (!wiped && storage.size === 0 && sameFields(before, after)) return undefined
  if (after === undefined) return { before, after: undefined, wiped, storage }
  return { before, after: { nonce: after.nonce, balance: after.balance, codeHash: after.codeHash }, wiped, storage }
}

function sameFields(a: Account | undefined, b: Account | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash
}
