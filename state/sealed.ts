import type { Block } from '../core/block.ts'
import type { Hash } from '../core/hex.ts'
import type { Receipt } from '../core/receipt.ts'
import type { StateDiff } from '../core/state.ts'

/** A block with all that its execution made: what the chain appends in one batch. */
export type SealedBlock = {
  readonly block: Block
  readonly receipts: readonly Receipt[]
  readonly diff: StateDiff
  /** New trie nodes (accounts and storage) by hash. */
  readonly nodes: ReadonlyMap<Hash, Uint8Array>
}

/** Why a block is not valid, as data. Every consumer keys a table on these codes. */
export const blockRejects = {
  parent_mismatch: 'parent hash or number does not follow the parent',
  header_field: 'a header field is not what the rules give',
  timestamp_before_parent: 'timestamp before the parent',
  timestamp_before_origin: 'timestamp before the L1 origin',
  timestamp_after_window: 'timestamp too long after the L1 origin',
  fork_unknown: 'a fork that this version does not know is active',
  origin_step: "the L1 origin is before the parent block's, or too far after it",
  l1_attributes: 'first transaction is not the L1-attributes deposit of its origin',
  deposits: 'deposits are not those that L1 gives to this block',
  tx_invalid: 'a transaction is not valid here',
  tx_bytes: 'too many bytes of user transactions',
  block_bytes: 'block too large',
  gas_limit: 'transactions exceed the block gas limit',
  gas_used: 'gas used differs from execution',
  state_root: 'state root differs from execution',
  transactions_root: 'transactions root differs from the body',
  receipts_root: 'receipts root differs from execution',
  logs_bloom: 'logs bloom differs from execution',
  withdrawals_root: 'message passer storage root differs from execution',
  base_fee: 'base fee is not what the parent gives',
  extra_data: 'extra data is not what the origin gives',
} as const

export type BlockRejectCode = keyof typeof blockRejects

/** A refused block; `detail` names the field or transaction, never input text. */
export type BlockReject = { readonly reject: BlockRejectCode; readonly detail?: string }
