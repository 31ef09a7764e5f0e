import type { L1 } from '../../core/ports/l1.ts'
import type { TxEnvelope } from '../../core/tx.ts'
import type { BlockRef } from '../../state/heads.ts'
import type { L1Record } from '../derive/record.ts'
import type { OriginView } from '../origins.ts'
import type { L1Ref } from '../source.ts'

/** Where a follower is. */
export type FollowStatus = {
  /** The newest block of L1; undefined until L1 has answered once. */
  readonly l1Head: L1Ref | undefined
  /** The newest L1 block that was folded. */
  readonly tip: L1Ref
  /** The newest L1 block that L1 called final; undefined while it calls none so. */
  readonly l1Finalized: L1Ref | undefined
  readonly safe: BlockRef
  readonly finalized: BlockRef
  /** L1 blocks after `tip` that wait. */
  readonly behind: bigint
  /** Code of what keeps it from going on, at present. */
  readonly trouble: string | undefined
}

/** What the follower changed: the labels, and perhaps blocks. `dropped`: newest first; `droppedTxs`: users', oldest first. */
export type ChainChange = {
  readonly dropped: readonly BlockRef[]
  readonly droppedTxs: readonly TxEnvelope[]
}

/** How the follower shares the chain with whoever else writes to it. */
export type FollowWriter = {
  /** Runs a change of the chain while no block is being made. */
  exclusive<T>(task: () => Promise<T>): Promise<T>
  /** Called in the same exclusive task, after the change is on disk. Must not throw. */
  changed(change: ChainChange): void
}

/** Follows L1: derives the chain from it and moves `safe` and `finalized`. */
export type Follower = {
  /** Of the newest L1 block that was folded. */
  tip(): L1Record
  /** Of an L1 block that was folded; undefined if it was not, or long ago. */
  record(number: bigint): L1Record | undefined
  /**
   * L1 as the sequencer sees it: the newest folded block with `originDepth` blocks on top whose deposits fit. Throws
   * NodeError `l1_behind` (retry) until all of L1 has been folded once, and whenever too much of it waits.
   */
  readonly l1: L1
  /** L1 as those see it who check blocks that are not on L1 yet: it may be ahead of what was folded. */
  readonly origins: OriginView
  status(): FollowStatus
  /**
   * One step: folds one L1 block, or takes back those that L1 dropped. `idle`: nothing to do; `stalled`: L1 does not
   * give what is needed (`status().trouble`). Throws fatal NodeErrors: `fork_unknown`, `l1_reorg_below_finalized`, and
   * those of source and database. One at a time.
   */
  step(): Promise<'folded' | 'idle' | 'reorged' | 'stalled'>
  /** Steps until the signal aborts; looks for news every `pollMs`. Rejects with the first fatal error. */
  run(signal: AbortSignal, pollMs: number): Promise<void>
  /** Makes `run` look for news of L1 now; while L1 does not give what is needed, `pollMs` after its last try. */
  wake(): void
}
