import type { Attestation, Claim } from '../core/attestation.ts'
import type { Address, Hash } from '../core/hex.ts'
import type { Net } from '../core/ports/net.ts'
import type { TxReject } from '../core/reject.ts'
import type { SignedTx, TxEnvelope } from '../core/tx.ts'
import type { FollowStatus } from '../l1/follow/types.ts'
import type { BlockRef, Heads } from '../state/heads.ts'

/**
 * What RPC needs of the chain thread beyond reading the database. Arguments, results and events are plain data, so the
 * same interface works in one thread (tests) and over a MessagePort (`backend/serve.ts`, `backend/connect.ts`).
 */
export type Backend = {
  /**
   * Offers transactions to the mempool, in this order; one answer for each: undefined is accepted. Callers may offer
   * more before earlier ones are answered.
   */
  submit(txs: readonly TxEnvelope<SignedTx>[]): Promise<readonly (TxReject | undefined)[]>
  poolStatus(): Promise<PoolStatus>
  /** Pooled transactions, of one sender if given, each list by sender and nonce. */
  poolContent(sender?: Address): Promise<PoolContent>
  poolTx(hash: Hash): Promise<TxEnvelope<SignedTx> | undefined>
  /** The nonce after the sender's last executable pooled transaction; undefined when it has none there. */
  poolNonce(address: Address): Promise<bigint | undefined>
  /** How far L1 was followed; undefined on a chain without L1. */
  l1(): Promise<FollowStatus | undefined>
  /** undefined when the node follows its chain's head. */
  syncing(): Promise<SyncStatus | undefined>
  /**
   * Automine: resolves once no executable transaction accepted before this call is still waiting for a block; without
   * automine at once.
   */
  settled(): Promise<void>
  /**
   * Events until the returned function is called. Listeners must not throw or reject; over a port the next events wait,
   * merged, for their promises.
   */
  listen(listener: BackendListener): () => void
  /** Pending events are sent only while somebody wants them. */
  watchPending(on: boolean): void
  /** The network of nodes, where this node takes part in it. */
  readonly net?: NetBackend | undefined
  /** What validators and proposers say of the chain; absent on one without contracts on L1. */
  readonly claims?: ClaimsBackend | undefined
  /** Present only on a solo development chain. */
  readonly dev?: DevBackend | undefined
}

/** What operators ask of the network of nodes. */
export type NetBackend = Pick<Net, 'info' | 'peers' | 'addPeer' | 'removePeer'>

/** What is claimed of the chain that this node follows. */
export type ClaimsBackend = {
  /** Who may attest by the state of the safe block, with what each attested last. */
  validators(): Promise<readonly ValidatorStatus[]>
  /** The newest claim that two thirds of the stake attested; undefined until there is one. */
  attested(): Promise<AttestedClaim | undefined>
  /** The attestations of exactly this claim by those who may attest, as far as this node has seen them. */
  certificate(claim: Claim): Promise<readonly Attestation[]>
  /** Why no block is called safe or finalized at present; every change is an event too. */
  disputed(): Promise<SafeDispute | undefined>
}

/** One validator: who signs, who is paid, its stake in whole OPEN, and the newest L2 block that it attested. */
export type ValidatorStatus = {
  readonly signer: Address
  readonly account: Address
  readonly weight: bigint
  readonly newest: bigint | undefined
}

/** A claim that two thirds of the stake made, with the L2 block's hash; stakes in whole OPEN. */
export type AttestedClaim = Claim & { readonly hash: Hash; readonly stake: bigint; readonly total: bigint }

/** Who contradicts what this node derived: an output on L1, or validators with two thirds of the stake. */
export type SafeDispute =
  | { readonly kind: 'output'; readonly index: bigint; readonly l2BlockNumber: bigint }
  | { readonly kind: 'stake'; readonly l2BlockNumber: bigint; readonly stake: bigint }

export type PoolStatus = { readonly pending: number; readonly queued: number }
export type PoolContent = {
  readonly pending: readonly TxEnvelope<SignedTx>[]
  readonly queued: readonly TxEnvelope<SignedTx>[]
}
export type SyncStatus = {
  readonly startingBlock: bigint
  readonly currentBlock: bigint
  readonly highestBlock: bigint
  readonly stage: string
  /** Over the last while, where that is measured. */
  readonly blocksPerSec?: number | undefined
  /** Until it has caught up at that rate. */
  readonly etaSec?: number | undefined
}

export type BackendEvent =
  /** After the commit: everything up to `heads` is readable. `dropped`: blocks that left since the last event, newest first; still readable by hash. */
  | { readonly kind: 'heads'; readonly heads: Heads; readonly dropped: readonly BlockRef[] }
  /** Transactions that became executable. */
  | { readonly kind: 'pending'; readonly txs: readonly TxEnvelope<SignedTx>[] }
  | { readonly kind: 'syncing'; readonly status: SyncStatus | undefined }
  | { readonly kind: 'disputed'; readonly dispute: SafeDispute | undefined }

export type BackendListener = (event: BackendEvent) => void | Promise<void>

/** Why a development chain refuses a time: it is before the head's, or later than blocks of it may be. */
export type TimeRefusal = 'too_early' | 'too_late'

/** Controls of a solo development chain. Times in seconds of chain time unless named otherwise. */
export type DevBackend = {
  /** Seals `count` blocks, `intervalSec` apart; the first at `timestamp` if given. None if it refuses a time. */
  mine(options: {
    count: number
    intervalSec: bigint
    timestamp?: bigint | undefined
  }): Promise<TimeRefusal | undefined>
  /** Remembers head, pool and clock; the answer is the snapshot's id. */
  snapshot(): Promise<bigint>
  /** Goes back to a snapshot and forgets it and later ones; false if unknown. */
  revert(id: bigint): Promise<boolean>
  /** Moves the chain's clock forward; the answer is its total offset. */
  increaseTime(seconds: bigint): Promise<bigint | 'too_late'>
  /** The timestamp of a block made now, in seconds. */
  nextTimestamp(): Promise<bigint>
  /** The next block's time. */
  setNextBlockTimestamp(timestamp: bigint): Promise<TimeRefusal | undefined>
  automine(): Promise<boolean>
  setAutomine(on: boolean): Promise<void>
  /** A block every so many milliseconds, whether or not there are transactions; 0 switches it off. */
  setIntervalMining(intervalMs: number): Promise<void>
  /** Sets a balance by a deposit block and resolves after its commit; false if it is too large. */
  setBalance(address: Address, wei: bigint): Promise<boolean>
}
