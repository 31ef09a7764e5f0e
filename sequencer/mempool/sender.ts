import { emptyCodeHash } from '../../core/account.ts'
import type { Address } from '../../core/hex.ts'
import type { StateReader } from '../../core/state.ts'

/** What admission reads of a sender's account. `codeBytes` is the length of its code, `delegated` an EIP-7702 one. */
export type Sender = {
  readonly nonce: bigint
  readonly balance: bigint
  readonly codeBytes: number
  readonly delegated: boolean
}

const noAccount: Sender = { nonce: 0n, balance: 0n, codeBytes: 0, delegated: false }

/** Reads a sender from a state; an account that does not exist is empty. */
export function readSender(state: StateReader, address: Address): Sender {
  const account = state.account(address)
  if (account === undefined) return noAccount
  const { nonce, balance, codeHash } = account
  if (codeHash === emptyCodeHash) return { nonce, balance, codeBytes: 0, delegated: false }
  const code = state.code(codeHash)
  return { nonce, balance, codeBytes: code.length, delegated: isDelegation(code) }
}

/** A delegation designator: 0xef0100 and an address (EIP-7702). */
function isDelegation(code: Uint8Array): boolean {
  return code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00
}
