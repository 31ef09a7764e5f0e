import type { Block } from '../core/block.ts'
import type { Header } from '../core/header.ts'
import type { Hash } from '../core/hex.ts'
import type { ChainRules, SystemConfig } from '../core/rules.ts'
import type { StateReader } from '../core/state.ts'
import type { Engine } from './engine.ts'
import type { BlockReject, SealedBlock } from './sealed.ts'

export type VerifyOptions = {
  readonly parent: Header
  readonly block: Block
  /** The parent's post-state, and its trie nodes by hash. */
  readonly state: StateReader
  readonly readNode: (hash: Hash) => Uint8Array
  /** In force at the block's origin. */
  readonly config: SystemConfig
  readonly engine: Engine
  readonly rules: ChainRules
}

/**
 * Executes the block from scratch and compares everything its header says. Whether its origin and deposits are those
 * of L1 is for derivation to say.
 */
export async function verifyBlock(_options: VerifyOptions): Promise<SealedBlock | BlockReject> {
  throw new Error('not implemented yet')
}
