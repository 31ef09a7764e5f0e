import { type Account, emptyTrieRoot } from '../core/account.ts'
import { decodeAccount } from '../core/accountRlp.ts'
import { type Address, emptyBytes, type Hash, hexToBytes } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { lookup } from './trie/lookup.ts'
import { headLength } from './trie/node.ts'
import type { ReadNode } from './trie/readNode.ts'

/** A slot's value (without leading zeros) and the trie nodes from the account's storage root down that prove it. */
export type SlotProof = { readonly slot: Hash; readonly value: Uint8Array; readonly proof: readonly Uint8Array[] }

/**
 * What `eth_getProof` answers (EIP-1186), as data. The proof of an account or slot that does not exist ends at the node
 * that shows it; an empty trie needs no nodes. Nodes shorter than a hash are inside their parents.
 */
export type AccountProof = {
  readonly address: Address
  readonly account: Account | undefined
  readonly storageHash: Hash
  readonly accountProof: readonly Uint8Array[]
  readonly storageProof: readonly SlotProof[]
}

/** Proves an account and some of its slots under a state root, slots in the order given. Throws as `readNode` does. */
export function proveAccount(readNode: ReadNode, root: Hash, address: Address, slots: readonly Hash[]): AccountProof {
  const { value, proof } = prove(readNode, root, hexToBytes(address))
  const account = value === undefined ? undefined : decodeAccount(value)
  const storageHash = account?.storageRoot ?? emptyTrieRoot
  const storageProof = slots.map((slot) => {
    const { value, proof } = prove(readNode, storageHash, hexToBytes(slot))
    return { slot, value: value === undefined ? emptyBytes : value.slice(headLength(value, 0)), proof }
  })
  return { address, account, storageHash, accountProof: proof, storageProof }
}

function prove(readNode: ReadNode, root: Hash, key: Uint8Array) {
  const proof: Uint8Array[] = []
  const value = lookup(readNode, root, keccak256(key), (raw) => proof.push(raw))
  return { value, proof }
}
