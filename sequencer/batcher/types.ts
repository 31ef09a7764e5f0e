import type { Clock } from '../../core/ports/clock.ts'
import type { ChainRules } from '../../core/rules.ts'
import type { RollupSpec } from '../../genesis/spec.ts'
import type { Follower } from '../../l1/follow.ts'
import type { Kzg } from '../../l1/kzg/kzg.ts'
import type { L1Wallet } from '../../l1/wallet.ts'
import type { Chain } from '../../state/chain.ts'
import type { Log } from '../alarm.ts'
import type { TxKind } from '../sender/request.ts'
import type { Sender, SenderStatus } from '../sender/sender.ts'
import type { ChainView } from './queue.ts'

export type BatcherConfig = {
  /** A block is posted at the latest this long after it was made. */
  readonly maxDelayMs: number
  /** `auto`: whatever is cheaper. */
  readonly carrier: 'auto' | 'blobs' | 'calldata'
  readonly maxBlobs: number
  readonly maxCalldataBytes: number
  /** How much cheaper the other carrier must be, in percent of its price. */
  readonly hysteresisPercent: number
  /** Of brotli, 0 to 11. */
  readonly quality: number
  readonly pollMs: number
  /** L1 blocks that may wait to be folded while batches are posted. */
  readonly maxBehind: bigint
}

export const defaultBatcherConfig: BatcherConfig = {
  maxDelayMs: 30 * 60_000,
  carrier: 'auto',
  maxBlobs: 6,
  maxCalldataBytes: 120_000,
  hysteresisPercent: 20,
  quality: 9,
  pollMs: 6_000,
  maxBehind: 2n,
}

export type BatcherOptions = {
  readonly chain: ChainView & Pick<Chain, 'write'>
  readonly follower: Pick<Follower, 'tip' | 'record' | 'status'>
  readonly sender: Sender
  readonly kzg: Pick<Kzg, 'commitment' | 'proofs'>
  readonly rollup: Pick<RollupSpec, 'inbox' | 'sidecars'>
  readonly rules: Pick<ChainRules, 'maxOriginStep' | 'maxOriginAgeSec' | 'sequencingWindow'>
  readonly wallet: Pick<L1Wallet, 'fees'>
  readonly clock: Clock
  readonly log: Log
  readonly config: BatcherConfig
}

/**
 * What a step came to. `idle`: nothing is due; `pending`: a transaction waits for its block; `folding`: it has one, which
 * is to be derived; `behind`: L1 is not followed closely enough; `held`: something keeps it from posting, see the status.
 */
export type BatcherStep = 'idle' | 'posted' | 'replaced' | 'pending' | 'folding' | 'behind' | 'held'

export type BatcherTrouble =
  | 'not_authorized'
  | 'batch_ignored'
  | 'batch_invalid'
  | 'batch_too_large'
  | 'batch_mismatch'
  | 'window_passed'
  | 'runway_low'

export type BatcherStatus = {
  readonly trouble: BatcherTrouble | undefined
  /** Blocks after the safe head, and their size before compression (estimated where many wait). */
  readonly waitingBlocks: bigint
  readonly backlogBytes: number
  /** Carrier of the last transaction. */
  readonly kind: TxKind | undefined
  /** Since the start: transactions that made blocks safe, by carrier, their blobs, their sizes, and those that did not. */
  readonly batches: { readonly call: number; readonly blobs: number }
  readonly blobs: number
  readonly channelBytes: number
  readonly contentBytes: number
  readonly ignored: number
  /** How long the funds last at the rate of the last day; undefined before there is a rate. */
  readonly runwayMs: number | undefined
  readonly sender: SenderStatus
}

/** Posts the blocks that are not safe yet to L1. Its state is the safe head and the sender's journal. */
export type Batcher = {
  /** One step; one at a time. Outages are NodeErrors `retry` and change nothing. */
  step(): Promise<BatcherStep>
  status(): BatcherStatus
}
