import type { Address, Hash } from '../core/hex.ts'
import type { L1Block } from '../core/ports/l1.ts'
import type { DepositTx } from '../core/tx.ts'

/** One L1 block by number and hash. */
export type L1Ref = { readonly number: bigint; readonly hash: Hash }

/** A valid change of SystemConfig, from one `ConfigUpdate` log. */
export type ConfigUpdate =
  | { readonly kind: 'batcher'; readonly batcherHash: Hash }
  | { readonly kind: 'daFeeScalar'; readonly daFeeScalar: number }
  | { readonly kind: 'gasLimit'; readonly gasLimit: bigint }
  | { readonly kind: 'eip1559'; readonly denominator: number; readonly elasticity: number }
  | { readonly kind: 'unsafeSigner'; readonly signer: Address }

/** A transaction to the inbox, whoever sent it. */
export type InboxTx = {
  readonly hash: Hash
  readonly from: Address
  /** What it cost its sender on L1, in wei: gas and blob gas. */
  readonly costWei: bigint
  readonly payload:
    | { readonly kind: 'calldata'; readonly data: Uint8Array }
    | { readonly kind: 'blobs'; readonly hashes: readonly Hash[] }
}

/** What the chain takes from one L1 block, all of it checked against the block's hash. Lists are in L1's order. */
export type L1BlockData = {
  readonly block: L1Block
  readonly parentHash: Hash
  readonly deposits: readonly DepositTx[]
  readonly updates: readonly ConfigUpdate[]
  readonly inbox: readonly InboxTx[]
}

/**
 * L1 as derivation reads it. Real: JSON-RPC and Beacon API; in tests: a simulation. What it answers is verified; whatever
 * keeps it from answering is a NodeError of severity `retry`. Throws `l1_wrong_chain` (fatal) on another chain.
 */
export type L1Source = {
  /** The newest block. */
  head(): Promise<L1Ref>
  /** The newest block that L1 calls final; undefined while it calls none so. */
  finalized(): Promise<L1Ref | undefined>
  /** The canonical hash at a height; undefined above the head. */
  hashAt(number: bigint): Promise<Hash | undefined>
  /** The canonical block at a height; undefined above the head. */
  block(number: bigint): Promise<L1BlockData | undefined>
  /** Blobs of a block by versioned hash, 131,072 bytes each and verified. All of them, or it throws `blob_missing` (retry). */
  blobs(block: L1Block, hashes: readonly Hash[]): Promise<ReadonlyMap<Hash, Uint8Array>>
  /** Whether bytes from anywhere else are the blob with this versioned hash; absent where nobody has to know. */
  isBlobOf?(blob: Uint8Array, hash: Hash): Promise<boolean>
}
