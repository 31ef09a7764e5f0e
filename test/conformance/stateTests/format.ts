import type { Address, Hash, Hex } from '../../../core/hex.ts'

/** A file of GeneralStateTests: named tests, each with a state before, a block, one transaction and what follows. */
export type StateTestFile = Readonly<Record<string, StateTest>>

export type StateTest = {
  readonly env: {
    readonly currentBaseFee?: Hex
    readonly currentCoinbase: Address
    readonly currentDifficulty: Hex
    readonly currentExcessBlobGas?: Hex
    readonly currentGasLimit: Hex
    readonly currentNumber: Hex
    readonly currentRandom?: Hash
    readonly currentTimestamp: Hex
  }
  readonly pre: Readonly<Record<Address, { balance: Hex; nonce: Hex; code: Hex; storage: Readonly<Record<Hex, Hex>> }>>
  readonly transaction: TestTransaction
  /** Per fork, one entry for each combination of data, gas and value. */
  readonly post: Readonly<Record<string, readonly Expectation[]>>
}

export type TestTransaction = {
  readonly nonce: Hex
  readonly to: Address | ''
  readonly sender: Address
  readonly data: readonly Hex[]
  readonly gasLimit: readonly Hex[]
  readonly value: readonly Hex[]
  readonly gasPrice?: Hex
  readonly maxFeePerGas?: Hex
  readonly maxPriorityFeePerGas?: Hex
  readonly accessLists?: readonly (readonly { address: Address; storageKeys: readonly Hash[] }[] | null)[]
  readonly blobVersionedHashes?: readonly Hex[]
  readonly maxFeePerBlobGas?: Hex
}

export type Expectation = {
  readonly hash: Hash
  readonly logs: Hash
  readonly txbytes: Hex
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number }
  readonly expectException?: string
}
