import { emptyTrieRoot } from '../../core/account.ts'
import { encodeAccount } from '../../core/accountRlp.ts'
import { type Address, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import type { AccountChange, StateDiff } from '../../core/state.ts'
import { stringSize, writeString } from './node.ts'
import type { ReadNode } from './readNode.ts'
import type { TrieEntry } from './stretch.ts'
import { updateTrie } from './update.ts'

/** A state after a diff. `storageRoots` has every account of the diff that exists after it. */
export type CommittedState = {
  readonly root: Hash
  /** The new nodes of the account trie and of all storage tries; what was there before is not among them. */
  readonly nodes: ReadonlyMap<Hash, Uint8Array>
  readonly storageRoots: ReadonlyMap<Address, Hash>
}

/**
 * Applies a diff to the state with this root. Keys are hashed (secure tries); an account maps to its RLP, a slot to
 * the RLP of its bytes without leading zeros, and a zero slot is removed. Nothing is written: the nodes are a value.
 */
export function commitState(readNode: ReadNode, root: Hash, diff: StateDiff): CommittedState {
  const nodes = new Map<Hash, Uint8Array>()
  const storageRoots = new Map<Address, Hash>()
  const sink = (hash: Hash, raw: Uint8Array) => {
    nodes.set(hash, raw)
  }
  const entries: TrieEntry[] = []
  for (const [address, change] of diff.accounts) {
    const key = keccak256(hexToBytes(address))
    if (change.after === undefined) {
      entries.push({ key, value: undefined })
      continue
    }
    const before = change.wiped ? emptyTrieRoot : (change.before?.storageRoot ?? emptyTrieRoot)
    const storageRoot = updateTrie(readNode, before, storageEntries(change), sink)
    storageRoots.set(address, storageRoot)
    entries.push({ key, value: encodeAccount({ ...change.after, storageRoot }) })
  }
  return { root: updateTrie(readNode, root, entries, sink), nodes, storageRoots }
}

function storageEntries({ storage }: AccountChange): TrieEntry[] {
  const entries: TrieEntry[] = []
  for (const [slot, value] of storage) {
    entries.push({ key: keccak256(hexToBytes(slot)), value: value.length === 0 ? undefined : encodeSlot(value) })
  }
  return entries
}

function encodeSlot(value: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(stringSize(value))
  writeString(encoded, 0, value)
  return encoded
}
