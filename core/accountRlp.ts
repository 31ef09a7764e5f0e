import type { Account } from './account.ts'
import { openFields, takeHash, takeUint64, takeUint256 } from './fields.ts'
import { bigintToBytes, hexToBytes } from './hex.ts'
import { decodeRlp, encodeRlp } from './rlp.ts'

/** An account as the state trie's value: RLP of nonce, balance, storage root and code hash. */
export function encodeAccount(account: Account): Uint8Array {
  return encodeRlp([
    bigintToBytes(account.nonce),
    bigintToBytes(account.balance),
    hexToBytes(account.storageRoot),
    hexToBytes(account.codeHash),
  ])
}

/** The account these bytes encode; undefined if they are not its one encoding (nonce below 2^64, balance 2^256). */
export function decodeAccount(bytes: Uint8Array): Account | undefined {
  const fields = openFields(decodeRlp(bytes), 4)
  const account: Account = {
    nonce: takeUint64(fields),
    balance: takeUint256(fields),
    storageRoot: takeHash(fields),
    codeHash: takeHash(fields),
  }
  return fields.malformed ? undefined : account
}
