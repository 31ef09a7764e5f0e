/**
 * Why a transaction is refused, as data. The text is geth's wording because wallets and libraries match on it.
 * Every consumer (RPC codes, gossip verdicts, metrics) keys a table on these codes.
 */
export const txRejects = {
  tx_malformed: 'invalid transaction encoding',
  tx_type_unsupported: 'transaction type not supported',
  tx_oversized: 'oversized data',
  chain_id_mismatch: 'invalid chain id for signer',
  invalid_signature: 'invalid sender',
  already_known: 'already known',
  nonce_too_low: 'nonce too low',
  nonce_too_high: 'nonce too high',
  nonce_max: 'nonce has max value',
  sender_not_eoa: 'sender not an eoa',
  gas_limit_exceeded: 'exceeds block gas limit',
  gas_limit_cap: 'transaction gas limit too high',
  intrinsic_gas: 'intrinsic gas too low',
  floor_data_gas: 'insufficient gas for floor data gas cost',
  initcode_too_large: 'max initcode size exceeded',
  tip_above_fee_cap: 'max priority fee per gas higher than max fee per gas',
  fee_too_high: 'max fee per gas higher than 2^256-1',
  fee_cap_below_base_fee: 'max fee per gas less than block base fee',
  insufficient_funds: 'insufficient funds for gas * price + value',
  underpriced: 'transaction underpriced',
  replacement_underpriced: 'replacement transaction underpriced',
  account_limit: 'account limit exceeded',
  pool_full: 'txpool is full',
  delegated_limit: 'in-flight transaction limit reached for delegated accounts',
  delegated_gap: 'gapped-nonce tx from delegated accounts',
  authority_reserved: 'authority already reserved',
  empty_authorization_list: 'EIP-7702 transaction with empty auth list',
  set_code_create: 'EIP-7702 transaction cannot be used to create contract',
  block_full: 'block is full',
} as const

export type TxRejectCode = keyof typeof txRejects

/** A refused transaction; `detail` adds numbers to the text ("next nonce 5, tx nonce 3"), never input text. */
export type TxReject = { readonly reject: TxRejectCode; readonly detail?: string }

/** geth's sentence for a reject: the fixed text, then the detail. */
export function rejectText(failure: TxReject): string {
  const text = txRejects[failure.reject]
  return failure.detail === undefined ? text : `${text}: ${failure.detail}`
}
