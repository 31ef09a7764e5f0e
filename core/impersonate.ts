import { type Address, bigintToFixed, bytesToAddress } from './hex.ts'
import { keccakHash } from './keccak.ts'
import type { SignedTx, TxEnvelope } from './tx.ts'
import { encodeTx, type UnsignedTx } from './txEncode.ts'

/**
 * Solo development chains let a caller send as any address. Such a transaction carries no signature: s is 0, which no
 * signature has, r is the sender and the parity 0, so that the block can be executed again from its own bytes.
 */
export function impersonatedSender(tx: SignedTx): Address | undefined {
  if (tx.s !== 0n || tx.yParity !== 0 || tx.r >= 2n ** 160n) return undefined
  return bytesToAddress(bigintToFixed(tx.r, 20))
}

/** The transaction of these fields as if `sender` had signed it. */
export function impersonate(fields: UnsignedTx, sender: Address): TxEnvelope<SignedTx> {
  const tx: SignedTx = { ...fields, r: BigInt(sender), s: 0n, yParity: 0 }
  const raw = encodeTx(tx)
  return { tx, raw, hash: keccakHash(raw), from: sender }
}
