import type { TxRejectCode } from '../../core/reject.ts'

/** What becomes of a pooled transaction that block building refused. */
export type Refusal = 'drop' | 'wait'

/**
 * `drop`: it will be refused by every later block as well. `wait`: the new head sorts it out (its nonce or funds were
 * used up in this block), or a later block has room.
 */
export const refusals = {
  tx_malformed: 'drop',
  tx_type_unsupported: 'drop',
  tx_oversized: 'drop',
  chain_id_mismatch: 'drop',
  invalid_signature: 'drop',
  already_known: 'wait',
  nonce_too_low: 'drop',
  nonce_too_high: 'wait',
  nonce_max: 'drop',
  sender_not_eoa: 'drop',
  gas_limit_exceeded: 'drop',
  gas_limit_cap: 'drop',
  intrinsic_gas: 'drop',
  floor_data_gas: 'drop',
  initcode_too_large: 'drop',
  tip_above_fee_cap: 'drop',
  fee_too_high: 'drop',
  fee_cap_below_base_fee: 'wait',
  insufficient_funds: 'wait',
  underpriced: 'wait',
  replacement_underpriced: 'wait',
  account_limit: 'wait',
  pool_full: 'wait',
  delegated_limit: 'wait',
  delegated_gap: 'wait',
  authority_reserved: 'wait',
  empty_authorization_list: 'drop',
  set_code_create: 'drop',
  block_full: 'wait',
} as const satisfies Record<TxRejectCode, Refusal>

/**
 * How many refusals a waiting transaction survives. They count only in blocks that took nothing from the pool: there
 * was room, and nobody used up its nonce or funds.
 */
export const refusalPatience = 8
