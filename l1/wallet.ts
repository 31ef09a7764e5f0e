import type { Address, Hash } from '../core/hex.ts'

/** Fees of L1 now, in wei per gas and per blob gas. */
export type L1Fees = { readonly baseFee: bigint; readonly blobBaseFee: bigint; readonly tip: bigint }

export type L1Receipt = {
  readonly blockNumber: bigint
  readonly blockHash: Hash
  readonly succeeded: boolean
  /** Gas and blob gas, in wei. */
  readonly costWei: bigint
}

/** Why an L1 node did not take a transaction. `other` carries its words for the log of debug level only. */
export type SendRefusal = {
  readonly refused:
    | 'already_known'
    | 'nonce_too_low'
    | 'underpriced'
    | 'replacement_underpriced'
    | 'insufficient_funds'
    | 'other_kind_pending'
    | 'other'
  readonly detail?: string
}

/** L1 as somebody who sends transactions sees it. Outages are NodeErrors of severity `retry`. */
export type L1Wallet = {
  nonce(address: Address, at: 'latest' | 'pending'): Promise<bigint>
  balance(address: Address): Promise<bigint>
  fees(): Promise<L1Fees>
  /** Offers a signed transaction: its wire form with sidecar. Undefined: taken. */
  send(raw: Uint8Array): Promise<SendRefusal | undefined>
  /** Undefined while it is not in a canonical block. */
  receipt(hash: Hash): Promise<L1Receipt | undefined>
  /** eth_call at the newest block; undefined if it reverts. */
  call(message: {
    readonly to: Address
    readonly from?: Address
    readonly data: Uint8Array
  }): Promise<Uint8Array | undefined>
  /** Undefined if it would revert. */
  estimateGas(message: {
    readonly to: Address
    readonly from: Address
    readonly data: Uint8Array
    readonly value?: bigint
  }): Promise<bigint | undefined>
}
