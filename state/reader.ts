import { emptyTrieRoot } from '../core/account.ts'
import { decodeAccount } from '../core/accountRlp.ts'
import { assert } from '../core/errors.ts'
import { emptyBytes, type Hash, hexToBytes } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import type { StateReader } from '../core/state.ts'
import { createStateCache, type StateCache } from './stateCache.ts'
import { lookup } from './trie/lookup.ts'
import { headLength } from './trie/node.ts'
import type { ReadCode, ReadNode } from './trie/readNode.ts'

/** Bounds of the cache a reader makes for itself. */
const ownLimits = { accounts: 2048, slots: 8192 }

/**
 * Synchronous reads of the state with this root, by walking its tries. A given cache may move on to another state: from
 * then on the reader does without it. Reads throw the fatal `NodeError`s of `readNode` and `readCode`.
 */
export function openState(
  readNode: ReadNode,
  readCode: ReadCode,
  root: Hash,
  cache: StateCache = createStateCache(root, ownLimits),
): StateReader {
  const account: StateReader['account'] = (address) => {
    const isShared = cache.root() === root
    const known = isShared ? cache.account(address) : undefined
    if (known !== undefined) return known === 'absent' ? undefined : known
    const value = lookup(readNode, root, keccak256(hexToBytes(address)))
    const found = value === undefined ? undefined : decodeAccount(value)
    assert(value === undefined || found !== undefined, `account ${address} is not encoded as accounts are`)
    if (isShared) cache.setAccount(address, found ?? 'absent')
    return found
  }
  return {
    account,
    storage(address, slot) {
      const isShared = cache.root() === root
      const known = isShared ? cache.slot(address, slot) : undefined
      if (known !== undefined) return known
      const storageRoot = account(address)?.storageRoot ?? emptyTrieRoot
      if (storageRoot === emptyTrieRoot) return emptyBytes
      const encoded = lookup(readNode, storageRoot, keccak256(hexToBytes(slot)))
      // A copy: the view would keep its whole node in memory.
      const value = encoded === undefined ? emptyBytes : encoded.slice(headLength(encoded, 0))
      if (isShared) cache.setSlot(address, slot, value)
      return value
    },
    code: readCode,
  }
}
