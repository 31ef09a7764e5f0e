import type { Hash } from '../hex.ts'
import type { SystemConfig } from '../rules.ts'
import type { DepositTx } from '../tx.ts'

/** The L1 block an L2 block refers to: its origin. Fees in wei, time in seconds. */
export type L1Block = {
  readonly number: bigint
  readonly hash: Hash
  readonly timestamp: bigint
  readonly baseFee: bigint
  readonly blobBaseFee: bigint
  /** RANDAO output, becomes the L2 block's mixHash. */
  readonly mixHash: Hash
  readonly parentBeaconBlockRoot: Hash
}

/** What L1 contributes to one L2 block: the origin and the deposits of every L1 block after the parent's origin. */
export type L1Inputs = {
  readonly origin: L1Block
  readonly deposits: readonly DepositTx[]
  /** SystemConfig in force at the origin. */
  readonly config: SystemConfig
  /** Number of this L2 block within its origin's epoch: 0 for the first. */
  readonly sequenceNumber: bigint
}

/** L1 as block production sees it. */
export type L1 = {
  /**
   * The inputs for a child of a block with this origin at this L2 time: the newest known origin that is not before
   * the parent's and not later than `timestamp`. Without news it is the parent's origin again.
   */
  inputs(parent: { readonly origin: L1Block; readonly sequenceNumber: bigint }, timestamp: bigint): Promise<L1Inputs>
}
