import type { Header } from '../core/header.ts'
import type { Hash } from '../core/hex.ts'
import type { L1Inputs } from '../core/ports/l1.ts'
import type { TxReject } from '../core/reject.ts'
import type { ChainRules } from '../core/rules.ts'
import type { StateReader } from '../core/state.ts'
import type { DepositTx, SignedTx, TxEnvelope } from '../core/tx.ts'
import type { Engine } from './engine.ts'
import type { SealedBlock } from './sealed.ts'

export type BuildOptions = {
  readonly parent: Header
  /** The parent's post-state, and its trie nodes by hash. */
  readonly state: StateReader
  readonly readNode: (hash: Hash) => Uint8Array
  readonly inputs: L1Inputs
  readonly timestamp: bigint
  /** Candidates in order, taken until the block is full or `deadline` says so. */
  readonly txs: Iterable<TxEnvelope<SignedTx>>
  readonly engine: Engine
  readonly rules: ChainRules
  /** Asked before each user transaction: true ends the block here. */
  readonly deadline?: () => boolean
  /** Solo development only: deposits after those of L1. */
  readonly devDeposits?: readonly DepositTx[]
}

export type BuiltBlock = SealedBlock & {
  /** Candidates that were refused, in order; they left no effect. */
  readonly skipped: readonly { readonly hash: Hash; readonly reject: TxReject }[]
}

/** Builds the child of `parent`: L1-attributes deposit, deposits, then as many candidates as are valid and fit. */
export async function buildBlock(_options: BuildOptions): Promise<BuiltBlock> {
  throw new Error('not implemented yet')
}
