import { type Address, bigintToBytes, bytesToAddress, concatBytes, hexToBytes } from './hex.ts'
import { impersonatedSender } from './impersonate.ts'
import { keccak256, keccakHash } from './keccak.ts'
import type { TxReject } from './reject.ts'
import { encodeRlp } from './rlp.ts'
import { recoverAddress, sign } from './secp256k1.ts'
import type { Authorization, SignedTx, Tx, TxEnvelope } from './tx.ts'
import { type DecodeTxOptions, decodeTx } from './txDecode.ts'
import { encodeTx, signingHash, type UnsignedTx } from './txEncode.ts'

/** Decodes a transaction's wire form and recovers its sender; a deposit names its own. */
export function openEnvelope(raw: Uint8Array, options: DecodeTxOptions = {}): TxEnvelope | TxReject {
  const decoded = decodeTx(raw, options)
  if ('reject' in decoded) return decoded
  const { tx, hash } = decoded
  const from = senderOf(tx, options)
  return from === undefined ? { reject: 'invalid_signature' } : { tx, raw, hash, from }
}

/** Who sends a transaction: a deposit says it, of others it is recovered; undefined if the signature is of no key. */
export function senderOf(tx: Tx, { impersonation = false }: DecodeTxOptions = {}): Address | undefined {
  if (tx.type === 0x7e) return tx.from
  return (impersonation ? impersonatedSender(tx) : undefined) ?? recoverSender(tx)
}

/** A transaction whose sender is known, with its wire form and hash. */
export function envelope<T extends Tx>(tx: T, from: Address): TxEnvelope<T> {
  const raw = encodeTx(tx)
  return { tx, raw, hash: keccakHash(raw), from }
}

/** Signs a transaction. The key must be valid (see `isPrivateKey`). */
export function signTx(unsigned: UnsignedTx, privateKey: Uint8Array): TxEnvelope<SignedTx> {
  const digest = signingHash(unsigned)
  const signature = sign(digest, privateKey)
  const from = recoverAddress(digest, signature)!
  return envelope({ ...unsigned, ...signature }, from)
}

/** The address that signed a transaction; undefined if the signature is out of range, high-s or of no key. */
export function recoverSender(tx: SignedTx): Address | undefined {
  return recoverAddress(signingHash(tx), tx)
}

/** The account that signed an EIP-7702 authorization; undefined if the signature is invalid. */
export function recoverAuthority(auth: Authorization): Address | undefined {
  const { r, s, yParity } = auth
  if (yParity !== 0 && yParity !== 1) return undefined
  return recoverAddress(authorizationHash(auth), { r, s, yParity })
}

/** Signs an EIP-7702 authorization: the tuple that lets `address`'s code act for the key's account. */
export function signAuthorization(
  auth: Pick<Authorization, 'chainId' | 'address' | 'nonce'>,
  privateKey: Uint8Array,
): Authorization {
  return { ...auth, ...sign(authorizationHash(auth), privateKey) }
}

/** Keccak of 0x05 and the RLP of chain id, address and nonce (EIP-7702). */
function authorizationHash({ chainId, address, nonce }: Pick<Authorization, 'chainId' | 'address' | 'nonce'>) {
  const tuple = encodeRlp([bigintToBytes(chainId), hexToBytes(address), bigintToBytes(nonce)])
  return keccak256(concatBytes(Uint8Array.of(5), tuple))
}

/** The address of the contract that `from` creates with this nonce (CREATE, Yellow Paper section 7). */
export function createAddress(from: Address, nonce: bigint): Address {
  return bytesToAddress(keccak256(encodeRlp([hexToBytes(from), bigintToBytes(nonce)])).subarray(12))
}
