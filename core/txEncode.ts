import { bigintToBytes, concatBytes, emptyBytes, type Hash, hexToBytes } from './hex.ts'
import { keccak256, keccakHash } from './keccak.ts'
import { encodeRlp, type RlpItem } from './rlp.ts'
import type {
  AccessListTx,
  Authorization,
  DepositTx,
  FeeMarketTx,
  LegacyTx,
  SetCodeTx,
  Signature,
  SignedTx,
  Tx,
} from './tx.ts'

/** The wire form of a transaction. */
export function encodeTx(tx: Tx): Uint8Array {
  switch (tx.type) {
    case 0:
      return encodeRlp([...legacyItems(tx), bigintToBytes(legacyV(tx)), bigintToBytes(tx.r), bigintToBytes(tx.s)])
    case 0x7e:
      return typed(tx.type, depositItems(tx))
    default:
      return typed(tx.type, [
        ...payloadItems(tx),
        tx.yParity === 0 ? emptyBytes : one,
        bigintToBytes(tx.r),
        bigintToBytes(tx.s),
      ])
  }
}

/** The hash of a transaction: Keccak of its wire form. */
export function txHash(tx: Tx): Hash {
  return keccakHash(encodeTx(tx))
}

/** A transaction's fields without a signature. */
export type Unsigned<T extends SignedTx> = T extends SignedTx ? Omit<T, keyof Signature> : never
export type UnsignedTx = Unsigned<SignedTx>

/** The 32 bytes a sender signs: EIP-155 or the older form for legacy, Keccak of type and fields for the others. */
export function signingHash(tx: UnsignedTx): Uint8Array {
  if (tx.type !== 0) return keccak256(typed(tx.type, payloadItems(tx)))
  const items = legacyItems(tx)
  if (tx.chainId !== undefined) items.push(bigintToBytes(tx.chainId), emptyBytes, emptyBytes)
  return keccak256(encodeRlp(items))
}

const one = Uint8Array.of(1)
const typePrefixes = { 1: one, 2: Uint8Array.of(2), 4: Uint8Array.of(4), 126: Uint8Array.of(0x7e) } as const

function typed(type: keyof typeof typePrefixes, items: readonly RlpItem[]): Uint8Array {
  return concatBytes(typePrefixes[type], encodeRlp(items))
}

function legacyV(tx: LegacyTx): bigint {
  return BigInt(tx.yParity) + (tx.chainId === undefined ? 27n : tx.chainId * 2n + 35n)
}

function recipientBytes(to: Tx['to']): Uint8Array {
  return to === undefined ? emptyBytes : hexToBytes(to)
}

function legacyItems(tx: Unsigned<LegacyTx>): RlpItem[] {
  return [
    bigintToBytes(tx.nonce),
    bigintToBytes(tx.gasPrice),
    bigintToBytes(tx.gas),
    recipientBytes(tx.to),
    bigintToBytes(tx.value),
    tx.data,
  ]
}

function payloadItems(tx: Unsigned<AccessListTx> | Unsigned<FeeMarketTx> | Unsigned<SetCodeTx>): RlpItem[] {
  const items: RlpItem[] = [bigintToBytes(tx.chainId), bigintToBytes(tx.nonce)]
  if (tx.type === 1) items.push(bigintToBytes(tx.gasPrice))
  else items.push(bigintToBytes(tx.maxPriorityFeePerGas), bigintToBytes(tx.maxFeePerGas))
  items.push(
    bigintToBytes(tx.gas),
    recipientBytes(tx.to),
    bigintToBytes(tx.value),
    tx.data,
    tx.accessList.map(({ address, storageKeys }) => [hexToBytes(address), storageKeys.map(hexToBytes)]),
  )
  if (tx.type === 4) items.push(tx.authorizationList.map(authorizationItems))
  return items
}

function authorizationItems(auth: Authorization): RlpItem {
  return [
    bigintToBytes(auth.chainId),
    hexToBytes(auth.address),
    bigintToBytes(auth.nonce),
    bigintToBytes(BigInt(auth.yParity)),
    bigintToBytes(auth.r),
    bigintToBytes(auth.s),
  ]
}

function depositItems(tx: DepositTx): RlpItem[] {
  return [
    hexToBytes(tx.sourceHash),
    hexToBytes(tx.from),
    recipientBytes(tx.to),
    bigintToBytes(tx.mint),
    bigintToBytes(tx.value),
    bigintToBytes(tx.gas),
    tx.isSystemTx ? one : emptyBytes,
    tx.data,
  ]
}
