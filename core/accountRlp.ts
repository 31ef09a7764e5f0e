import { type Account, maxBalance, maxNonce } from './account.ts'
import { assert } from './errors.ts'
import { openFields, takeHash, takeUint64, takeUint256 } from './fields.ts'
import { bigintToBytes, hexToBytes } from './hex.ts'
import { decodeRlp, encodeRlp } from './rlp.ts'

/** An account as the state trie's value: RLP of nonce (below 2^64), balance (below 2^256), storage root, code hash. */
export function encodeAccount(account: Account): Uint8Array {
  assert(account.balance >= 0n && account.balance <= maxBalance, 'balance out of range')
  assert(account.nonce >= 0n && account.nonce <= maxNonce, 'nonce out of range')
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
