import {
  type Fields,
  openFields,
  takeAddress,
  takeBool,
  takeBytes,
  takeHash,
  takeHashes,
  takeRecipient,
  takeTuples,
  takeUint,
  takeUint64,
  takeUint256,
} from './fields.ts'
import type { Hash } from './hex.ts'
import { impersonatedSender } from './impersonate.ts'
import { keccakHash } from './keccak.ts'
import type { TxReject } from './reject.ts'
import { decodeRlp, type RlpItem } from './rlp.ts'
import { hasValidRange } from './secp256k1.ts'
import type {
  AccessList,
  AccessListTx,
  Authorization,
  DepositTx,
  FeeMarketTx,
  LegacyTx,
  SetCodeTx,
  SignedTx,
  Tx,
} from './tx.ts'

export type DecodeTxOptions = {
  /** Solo development chains only: accept the unsigned form of `core/impersonate.ts`. */
  readonly impersonation?: boolean
}

/**
 * Decodes a transaction from its wire form: EIP-2718 bytes, or the RLP list of a legacy one. Accepts exactly one
 * encoding per transaction; field widths, signature range with low s (EIP-2), the nonce bound (EIP-2681) and
 * tip <= fee cap (EIP-1559) are checked here, everything that needs gas rules or state is not.
 */
export function decodeTx(raw: Uint8Array, options: DecodeTxOptions = {}): { tx: Tx; hash: Hash } | TxReject {
  const tx = decodeFields(raw)
  if ('reject' in tx) return tx
  if (tx.type !== 0x7e) {
    const reject = checkTx(tx, options)
    if (reject !== undefined) return reject
  }
  return { tx, hash: keccakHash(raw) }
}

const malformed: TxReject = { reject: 'tx_malformed' }
const maxNonce = 2n ** 64n - 1n

function checkTx(tx: SignedTx, { impersonation = false }: DecodeTxOptions): TxReject | undefined {
  if (!hasValidRange(tx) && !(impersonation && impersonatedSender(tx) !== undefined)) {
    return { reject: 'invalid_signature' }
  }
  if (tx.nonce === maxNonce) return { reject: 'nonce_max' }
  if ((tx.type === 2 || tx.type === 4) && tx.maxPriorityFeePerGas > tx.maxFeePerGas) {
    return { reject: 'tip_above_fee_cap' }
  }
  return undefined
}

function decodeFields(raw: Uint8Array): Tx | TxReject {
  const first = raw[0]
  if (first === undefined || (first >= 0x80 && first < 0xc0)) return malformed
  if (first >= 0xc0) return decodeLegacy(openFields(decodeRlp(raw), 9)) ?? malformed
  const decode = decoders[first]
  if (decode === undefined) return { reject: 'tx_type_unsupported' }
  return decode(decodeRlp(raw.subarray(1))) ?? malformed
}

const decoders: Readonly<Record<number, (item: RlpItem | undefined) => Tx | TxReject | undefined>> = {
  1: (item) => decodeAccessListTx(openFields(item, 11)),
  2: (item) => decodeFeeMarketTx(openFields(item, 12)),
  4: (item) => decodeSetCodeTx(openFields(item, 13)),
  126: (item) => decodeDeposit(openFields(item, 8)),
}

function decodeLegacy(fields: Fields): LegacyTx | TxReject | undefined {
  const nonce = takeUint64(fields)
  const gasPrice = takeUint256(fields)
  const call = takeCall(fields)
  const v = takeUint256(fields)
  const r = takeUint256(fields)
  const s = takeUint256(fields)
  if (fields.malformed) return undefined
  // 27 and 28 before EIP-155, chain id * 2 + 35 or 36 since.
  if (v !== 27n && v !== 28n && v < 35n) return { reject: 'invalid_signature' }
  const chainId = v < 35n ? undefined : (v - 35n) >> 1n
  return { type: 0, chainId, nonce, gasPrice, ...call, yParity: v & 1n ? 0 : 1, r, s }
}

function decodeAccessListTx(fields: Fields): AccessListTx | TxReject | undefined {
  const chainId = takeUint256(fields)
  const nonce = takeUint64(fields)
  const gasPrice = takeUint256(fields)
  const call = takeCall(fields)
  const accessList = takeAccessList(fields)
  const signature = takeSignature(fields)
  return fields.malformed ? undefined : { type: 1, chainId, nonce, gasPrice, ...call, accessList, ...signature }
}

function decodeFeeMarketTx(fields: Fields): FeeMarketTx | TxReject | undefined {
  const chainId = takeUint256(fields)
  const nonce = takeUint64(fields)
  const fee = takeFee(fields)
  const call = takeCall(fields)
  const accessList = takeAccessList(fields)
  const signature = takeSignature(fields)
  return fields.malformed ? undefined : { type: 2, chainId, nonce, ...fee, ...call, accessList, ...signature }
}

function decodeSetCodeTx(fields: Fields): SetCodeTx | TxReject | undefined {
  const chainId = takeUint256(fields)
  const nonce = takeUint64(fields)
  const fee = takeFee(fields)
  const { to, ...call } = takeCall(fields)
  const accessList = takeAccessList(fields)
  const authorizationList = takeTuples(fields, 6, takeAuthorization)
  const signature = takeSignature(fields)
  if (fields.malformed) return undefined
  // EIP-7702: never a creation, never without authorizations.
  if (to === undefined) return { reject: 'set_code_create' }
  if (authorizationList.length === 0) return { reject: 'empty_authorization_list' }
  return { type: 4, chainId, nonce, ...fee, ...call, to, accessList, authorizationList, ...signature }
}

function decodeDeposit(fields: Fields): DepositTx | undefined {
  const tx: DepositTx = {
    type: 0x7e,
    sourceHash: takeHash(fields),
    from: takeAddress(fields),
    to: takeRecipient(fields),
    mint: takeUint256(fields),
    value: takeUint256(fields),
    gas: takeUint64(fields),
    isSystemTx: takeBool(fields),
    data: takeBytes(fields),
  }
  return fields.malformed ? undefined : tx
}

function takeFee(fields: Fields) {
  const maxPriorityFeePerGas = takeUint256(fields)
  return { maxPriorityFeePerGas, maxFeePerGas: takeUint256(fields) }
}

function takeCall(fields: Fields) {
  return { gas: takeUint64(fields), to: takeRecipient(fields), value: takeUint256(fields), data: takeBytes(fields) }
}

function takeSignature(fields: Fields) {
  return { yParity: takeBool(fields) ? 1 : 0, r: takeUint256(fields), s: takeUint256(fields) } as const
}

function takeAccessList(fields: Fields): AccessList {
  return takeTuples(fields, 2, (entry) => ({ address: takeAddress(entry), storageKeys: takeHashes(entry) }))
}

function takeAuthorization(entry: Fields): Authorization {
  return {
    chainId: takeUint256(entry),
    address: takeAddress(entry),
    nonce: takeUint64(entry),
    yParity: Number(takeUint(entry, 1)),
    r: takeUint256(entry),
    s: takeUint256(entry),
  }
}
