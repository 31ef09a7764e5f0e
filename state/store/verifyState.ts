import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import { decodeAccount } from '../../core/accountRlp.ts'
import { bytesToHex, type Hash } from '../../core/hex.ts'
import { walkTrie } from '../trie/walk.ts'
import { tryRead } from './checkBlock.ts'
import type { VerifyRun } from './verifyRun.ts'

/**
 * Walks the whole account trie of the head, and each storage trie and code its accounts name once: every node and code
 * is read and hashed. Answers the number of accounts.
 */
export async function checkState({ reader, heads, note, step }: VerifyRun): Promise<number> {
  const header = tryRead(() => reader.headerByHash(heads.unsafe.hash), note)
  const readNode = (hash: Hash) => tryRead(() => reader.readNode(hash), note)
  const seen = new Set<Hash>([emptyCodeHash, emptyTrieRoot])
  let accounts = 0
  let slots = 0
  for (const { key, value } of walkTrie(readNode, header?.stateRoot ?? emptyTrieRoot)) {
    await step('state', ++accounts + slots)
    const account = decodeAccount(value)
    if (account === undefined) {
      note({ code: 'mismatch', number: undefined, detail: `the state has no account at ${bytesToHex(key)}` })
      continue
    }
    const { codeHash, storageRoot } = account
    if (!seen.has(codeHash)) tryRead(() => reader.readCode(codeHash), note)
    if (!seen.has(storageRoot)) {
      for (const _ of walkTrie(readNode, storageRoot)) await step('state', accounts + ++slots)
    }
    seen.add(codeHash).add(storageRoot)
  }
  return accounts
}
