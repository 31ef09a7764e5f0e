import { NodeError } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'

/** The RLP of the trie node with this hash. Throws a fatal `NodeError` (`node_missing`) that names an absent hash. */
export type ReadNode = (hash: Hash) => Uint8Array

/** The contract code with this hash; the empty hash gives no bytes. Throws like `ReadNode` (`code_missing`). */
export type ReadCode = (hash: Hash) => Uint8Array

export function nodeMissing(hash: Hash): NodeError {
  return new NodeError({
    code: 'node_missing',
    severity: 'fatal',
    message: `trie node ${hash} is not in the database`,
    fix: 'run `openledger db verify`; restore the data directory from a backup or import the chain again',
  })
}

export function codeMissing(hash: Hash): NodeError {
  return new NodeError({
    code: 'code_missing',
    severity: 'fatal',
    message: `contract code ${hash} is not in the database`,
    fix: 'run `openledger db verify`; restore the data directory from a backup or import the chain again',
  })
}
