import { emptyTrieRoot } from '../../core/account.ts'
import { bigintToBytes, type Hash } from '../../core/hex.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { nodeMissing, type ReadNode } from './readNode.ts'
import { updateTrie } from './update.ts'

/**
 * The root of the trie that maps RLP(index) to each value: a header's transactions and receipts root (Yellow Paper,
 * section 4.3.2). Values are never empty.
 */
export function listRoot(values: readonly Uint8Array[]): Hash {
  const entries = values.map((value, index) => ({ key: encodeRlp(bigintToBytes(BigInt(index))), value }))
  return updateTrie(readNothing, emptyTrieRoot, entries, dropNode)
}

const readNothing: ReadNode = (hash) => {
  throw nodeMissing(hash)
}

function dropNode(): void {}
