import { bytesToHex, type Hash } from './hex.ts'
import { type JsonObject, toQuantity } from './json.ts'
import type { Authorization, DepositTx, SignedTx, TxEnvelope } from './tx.ts'
import { effectiveGasPrice, maxFee } from './txFees.ts'

/** Where a transaction is on the chain. `timestamp` in seconds; `depositNonce` from its receipt, for deposits only. */
export type TxPlace = {
  readonly blockHash: Hash
  readonly blockNumber: bigint
  readonly index: number
  readonly baseFee: bigint
  readonly timestamp?: bigint | undefined
  readonly depositNonce?: bigint | undefined
}

/**
 * A transaction as geth answers it over JSON-RPC, deposits as op-geth does. Without a place it is pending: the block
 * fields are null and the gas price is the most it may pay.
 */
export function txToJson({ tx, hash, from }: TxEnvelope, place?: TxPlace): JsonObject {
  const gasPrice = place === undefined ? maxFee(tx) : effectiveGasPrice(tx, place.baseFee)
  const nonce = tx.type === 0x7e ? (place?.depositNonce ?? 0n) : tx.nonce
  return {
    blockHash: place?.blockHash ?? null,
    blockNumber: place === undefined ? null : toQuantity(place.blockNumber),
    blockTimestamp: place?.timestamp === undefined ? null : toQuantity(place.timestamp),
    from,
    gas: toQuantity(tx.gas),
    gasPrice: toQuantity(gasPrice),
    ...(tx.type === 2 || tx.type === 4
      ? { maxFeePerGas: toQuantity(tx.maxFeePerGas), maxPriorityFeePerGas: toQuantity(tx.maxPriorityFeePerGas) }
      : undefined),
    hash,
    input: bytesToHex(tx.data),
    nonce: toQuantity(nonce),
    to: tx.to ?? null,
    transactionIndex: place === undefined ? null : toQuantity(place.index),
    value: toQuantity(tx.value),
    type: toQuantity(tx.type),
    ...(tx.type === 0x7e ? depositFields(tx, place) : signedFields(tx)),
  }
}

function signedFields(tx: SignedTx): JsonObject {
  const signature = { r: toQuantity(tx.r), s: toQuantity(tx.s) }
  if (tx.type === 0) {
    const { chainId, yParity } = tx
    return chainId === undefined
      ? { v: toQuantity(27 + yParity), ...signature }
      : { chainId: toQuantity(chainId), v: toQuantity(chainId * 2n + 35n + BigInt(yParity)), ...signature }
  }
  return {
    accessList: tx.accessList,
    chainId: toQuantity(tx.chainId),
    ...(tx.type === 4 ? { authorizationList: tx.authorizationList.map(authorizationToJson) } : undefined),
    v: toQuantity(tx.yParity),
    ...signature,
    yParity: toQuantity(tx.yParity),
  }
}

function authorizationToJson(auth: Authorization): JsonObject {
  return {
    chainId: toQuantity(auth.chainId),
    address: auth.address,
    nonce: toQuantity(auth.nonce),
    yParity: toQuantity(auth.yParity),
    r: toQuantity(auth.r),
    s: toQuantity(auth.s),
  }
}

function depositFields(tx: DepositTx, place: TxPlace | undefined): JsonObject {
  return {
    v: '0x0',
    r: '0x0',
    s: '0x0',
    sourceHash: tx.sourceHash,
    mint: toQuantity(tx.mint),
    isSystemTx: tx.isSystemTx,
    ...(place?.depositNonce === undefined ? undefined : { depositReceiptVersion: '0x1' }),
  }
}
