import { emptyCodeHash, emptyTrieRoot } from '../../../core/account.ts'
import {
  type Address,
  bigintToFixed,
  bytesToHash,
  emptyBytes,
  type Hash,
  hexToBytes,
  trimZeros,
} from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { AccountChange, StateReader } from '../../../core/state.ts'
import { openState } from '../../../state/reader.ts'
import { commitState } from '../../../state/trie/commitState.ts'
import { nodeMissing, type ReadCode, type ReadNode } from '../../../state/trie/readNode.ts'
import type { StateTest } from './format.ts'

export type PreState = { readonly root: Hash; readonly readNode: ReadNode; readonly reader: StateReader }

/** Puts a test's state into a trie and opens it. */
export function openPreState(pre: StateTest['pre']): PreState {
  const accounts = new Map<Address, AccountChange>()
  const codes = new Map<Hash, Uint8Array>()
  for (const [address, { nonce, balance, code, storage }] of Object.entries(pre)) {
    const bytes = hexToBytes(code)
    const codeHash = bytes.length === 0 ? emptyCodeHash : keccakHash(bytes)
    codes.set(codeHash, bytes)
    const slots = new Map<Hash, Uint8Array>()
    for (const [slot, value] of Object.entries(storage)) {
      const trimmed = trimZeros(hexToBytes(value))
      if (trimmed.length > 0) slots.set(bytesToHash(bigintToFixed(BigInt(slot), 32)), trimmed)
    }
    const after = { nonce: BigInt(nonce), balance: BigInt(balance), codeHash }
    accounts.set(address.toLowerCase() as Address, { before: undefined, after, wiped: false, storage: slots })
  }
  const { root, nodes } = commitState(readNothing, emptyTrieRoot, { accounts, code: codes })
  const readNode: ReadNode = (hash) => nodes.get(hash) ?? readNothing(hash)
  const readCode: ReadCode = (hash) => codes.get(hash) ?? emptyBytes
  return { root, readNode, reader: openState(readNode, readCode, root) }
}

const readNothing: ReadNode = (hash) => {
  throw nodeMissing(hash)
}
