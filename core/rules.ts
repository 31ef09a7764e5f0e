import type { Hash } from './hex.ts'

/** Forks of this chain, oldest first. Each is a set of consensus changes that activates at an L2 block time. */
export const forkNames = ['genesis'] as const
export type ForkName = (typeof forkNames)[number]

/** The consensus parameters of one chain: plain data from its chain spec. */
export type ChainRules = {
  readonly chainId: bigint
  readonly forks: readonly { readonly name: ForkName; readonly timestamp: bigint }[]
  /** The first scheduled fork that this version does not know: it neither makes nor accepts blocks from then on. */
  readonly unknownFork?: { readonly name: string; readonly timestamp: bigint }
  /** A block is at most this much later than its L1 origin, in seconds. */
  readonly maxOriginAgeSec: bigint
  /** A block's origin is at most this many L1 blocks after its parent's. */
  readonly maxOriginStep: bigint
  /** A batch counts if it is on L1 at most this many L1 blocks after its origin; afterwards blocks come from L1 alone. */
  readonly sequencingWindow: bigint
  /** Blocks that come from L1 alone stop this many L1 blocks before the one that is read. */
  readonly forcedLag: bigint
  /** Sum of the wire sizes of a block's user transactions. */
  readonly maxBlockTxBytes: number
  /** Size of the block's RLP. */
  readonly maxBlockBytes: number
  /** Fee floor bounds, in wei per gas. */
  readonly minBaseFee: bigint
  readonly maxFloorFee: bigint
  /** Solo development chains only: accept transactions of impersonated senders (see `core/impersonate.ts`). */
  readonly impersonation: boolean
}

/** Parameters that L1's SystemConfig contract sets; in force at a block's origin. */
export type SystemConfig = {
  readonly batcherHash: Hash
  readonly gasLimit: bigint
  readonly eip1559Denominator: number
  readonly eip1559Elasticity: number
  /** u32: OPEN per ETH * compression * margin * 1,000. */
  readonly daFeeScalar: number
}
