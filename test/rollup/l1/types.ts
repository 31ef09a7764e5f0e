import type { Address, Hash } from '../../../core/hex.ts'
import type { L1Block } from '../../../core/ports/l1.ts'
import type { ManualClock } from '../../../core/ports/manualClock.ts'
import type { StateReader } from '../../../core/state.ts'
import type { RawL1Block } from '../../../l1/extract/raw.ts'
import type { L1Fees, L1Receipt } from '../../../l1/wallet.ts'
import type { CallMessage, CallResult } from '../../../state/engine.ts'
import type { Included, Injected } from './execute.ts'
import type { ProofForm } from './fakeKzg.ts'
import type { L1Pool } from './pool.ts'
import type { L1Tx } from './wire.ts'

/** A block of the simulated L1 with all that is known of it. */
export type SimBlock = {
  readonly block: L1Block
  readonly parentHash: Hash
  readonly root: Hash
  readonly included: readonly Included[]
  readonly injected: readonly Injected[]
}

export type MineOptions = {
  /** False: the pool keeps waiting. */
  readonly pool?: boolean
  readonly timestamp?: bigint
}

export type ReorgOptions = {
  /** Blocks of the new fork: one more than those it replaces unless given. */
  readonly blocks?: number
  /** True: the pool gets the transactions of the lost blocks back and the fork takes them; default false: they are lost. */
  readonly keep?: boolean
  /** Transactions injected into the first block of the fork. */
  readonly inject?: readonly Injected[]
}

/** What an L1 says to whoever reads it. */
export type L1View = {
  head(): SimBlock
  at(number: bigint): SimBlock | undefined
  raw(number: bigint): RawL1Block | undefined
  finalized(): bigint | undefined
}

/**
 * An L1 in memory: blocks every 12 seconds of a manual clock, an EVM with its state, a pool with Ethereum's rules,
 * blobs, forks of any depth. Everything it does follows from the calls; nothing happens by itself.
 */
export type SimL1 = L1View & {
  readonly clock: ManualClock
  readonly pool: L1Pool
  readonly form: ProofForm
  /** Prices of the next block; may be set. */
  fees: L1Fees
  /** As it is now, for good. */
  snapshot(): L1View
  /** Puts a transaction into the next block that nobody has to sign. */
  inject(injected: Injected): void
  /** Signs and offers a transaction with the sender's next nonce. */
  transact(key: Uint8Array, call: { to?: Address; data?: Uint8Array; value?: bigint; gas?: bigint }): Hash
  /** Decodes what a wallet sends. */
  decode(raw: Uint8Array): L1Tx | undefined
  /** The next block, a slot later at least; the clock goes on to its time. */
  mine(options?: MineOptions): Promise<SimBlock>
  mineMany(count: number, options?: MineOptions): Promise<void>
  /** Replaces the newest `depth` blocks. */
  reorg(depth: number, options?: ReorgOptions): Promise<void>
  /** Goes back without anything new. */
  rollback(depth: number, options?: { readonly keep?: boolean }): void
  /** Calls a block final; finality goes back only if a test wants it. */
  finalize(number: bigint): void
  included(hash: Hash): (Included & { readonly block: L1Block }) | undefined
  receipt(hash: Hash): L1Receipt | undefined
  state(): StateReader
  call(message: Partial<CallMessage> & { readonly to: Address | undefined }): Promise<CallResult>
}
