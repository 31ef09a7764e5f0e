import type { Address, Hash } from './hex.ts'

export type Log = { readonly address: Address; readonly topics: readonly Hash[]; readonly data: Uint8Array }

/**
 * A receipt. `gasUsed` is not on the wire: the decoder derives it from the cumulative values of its block.
 * `depositNonce` (with version 1) only on deposits.
 */
export type Receipt = {
  readonly type: number
  readonly succeeded: boolean
  readonly cumulativeGasUsed: bigint
  readonly gasUsed: bigint
  readonly logs: readonly Log[]
  readonly depositNonce: bigint | undefined
}
