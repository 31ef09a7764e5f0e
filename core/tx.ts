import type { Address, Hash } from './hex.ts'

export type AccessList = readonly { readonly address: Address; readonly storageKeys: readonly Hash[] }[]

/** secp256k1 signature; low-s is enforced by every decoder. */
export type Signature = { readonly r: bigint; readonly s: bigint; readonly yParity: 0 | 1 }

/** EIP-7702 authorization tuple as it is on the wire: any of it may be invalid, execution then skips it. */
export type Authorization = {
  readonly chainId: bigint
  readonly address: Address
  readonly nonce: bigint
  readonly yParity: number
  readonly r: bigint
  readonly s: bigint
}

type Call = {
  readonly nonce: bigint
  readonly gas: bigint
  /** Absent: contract creation. */
  readonly to: Address | undefined
  readonly value: bigint
  readonly data: Uint8Array
}
type Fee = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

/** Type 0; without `chainId` it is a pre-EIP-155 transaction. */
export type LegacyTx = Call &
  Signature & { readonly type: 0; readonly chainId: bigint | undefined; readonly gasPrice: bigint }
/** Type 1, EIP-2930. */
export type AccessListTx = Call &
  Signature & { readonly type: 1; readonly chainId: bigint; readonly gasPrice: bigint; readonly accessList: AccessList }
/** Type 2, EIP-1559. */
export type FeeMarketTx = Call &
  Signature &
  Fee & { readonly type: 2; readonly chainId: bigint; readonly accessList: AccessList }
/** Type 4, EIP-7702: never a creation. */
export type SetCodeTx = Call &
  Signature &
  Fee & {
    readonly type: 4
    readonly to: Address
    readonly chainId: bigint
    readonly accessList: AccessList
    readonly authorizationList: readonly Authorization[]
  }

/** Type 0x7E: a deposit from L1 (OP Stack deposits specification). Not signed; `from` is part of it. */
export type DepositTx = {
  readonly type: 0x7e
  readonly sourceHash: Hash
  readonly from: Address
  readonly to: Address | undefined
  readonly mint: bigint
  readonly value: bigint
  readonly gas: bigint
  readonly isSystemTx: boolean
  readonly data: Uint8Array
}

export type SignedTx = LegacyTx | AccessListTx | FeeMarketTx | SetCodeTx
export type Tx = SignedTx | DepositTx

/** A transaction with its wire form (EIP-2718 bytes), hash and sender: decoded and recovered once, passed everywhere. */
export type TxEnvelope<T extends Tx = Tx> = {
  readonly tx: T
  readonly raw: Uint8Array
  readonly hash: Hash
  readonly from: Address
}
