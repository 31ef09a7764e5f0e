import type { Hash } from '../core/hex.ts'
import type { ChainSpec, RollupSpec } from '../genesis/spec.ts'
import type { BatchInfo } from '../l1/derive/batchInfo.ts'
import type { L1Record } from '../l1/derive/record.ts'

/** What methods about L1 read: the tables of derivation in the node's database, and the chain's contracts on L1. */
export type RollupReads = {
  readonly spec: ChainSpec
  readonly contracts: RollupSpec
  /** Of the newest L1 block that was folded. */
  tip(): L1Record | undefined
  /** Of an L1 block that was folded; undefined if it was not, or long ago. */
  record(number: bigint): L1Record | undefined
  /** The batches of L1 blocks `from` to `to`, in L1's order, at most `limit`. */
  batches(from: bigint, to: bigint, limit: number): Promise<readonly BatchInfo[]>
  /** Evidence of others' faults; absent on a node that gathers none. */
  readonly evidence?: EvidenceReads | undefined
}

/** What this node keeps of evidence. */
export type EvidenceReads = {
  /** Oldest first. */
  list(): Promise<readonly EvidenceEntry[]>
  /** The bundle as JSON, undefined if there is none of this id. */
  bundle(id: Hash): Promise<unknown>
}

/** A bundle of evidence: what it is about and the L2 block number, kept since `timeMs` (Unix milliseconds). */
export type EvidenceEntry = {
  readonly id: Hash
  readonly kind: string
  readonly timeMs: number
  readonly number: bigint
  /** Characters of the bundle. */
  readonly size: number
}
