import type { Address } from '../../core/hex.ts'
import type { TxCode } from '../../core/ports/net.ts'
import type { TxReject, TxRejectCode } from '../../core/reject.ts'
import { decodeTx } from '../../core/txDecode.ts'
import type { Mempool } from '../../sequencer/mempool/mempool.ts'

/**
 * What a refusal of the pool says about a transaction that was gossiped: `invalid` is what no state of this chain could
 * accept, so that whoever passed it on did not look; all else may be news here that the peer did not have.
 */
const codes = {
  tx_malformed: 'invalid',
  tx_type_unsupported: 'invalid',
  tx_oversized: 'invalid',
  chain_id_mismatch: 'invalid',
  invalid_signature: 'invalid',
  already_known: 'known',
  nonce_too_low: 'not_now',
  nonce_too_high: 'not_now',
  nonce_max: 'invalid',
  sender_not_eoa: 'not_now',
  gas_limit_exceeded: 'not_now',
  gas_limit_cap: 'invalid',
  intrinsic_gas: 'invalid',
  floor_data_gas: 'invalid',
  initcode_too_large: 'invalid',
  tip_above_fee_cap: 'invalid',
  fee_too_high: 'invalid',
  fee_cap_below_base_fee: 'not_now',
  insufficient_funds: 'not_now',
  underpriced: 'not_now',
  replacement_underpriced: 'not_now',
  account_limit: 'not_now',
  pool_full: 'not_now',
  delegated_limit: 'not_now',
  delegated_gap: 'not_now',
  authority_reserved: 'not_now',
  empty_authorization_list: 'invalid',
  set_code_create: 'invalid',
  block_full: 'not_now',
} as const satisfies Record<TxRejectCode, TxCode>

/** What the pool made of a gossiped transaction. */
export function txCodeOf(reject: TxReject | undefined): TxCode {
  return reject === undefined ? 'accepted' : codes[reject.reject]
}

/** Offers a transaction in wire form to the pool; its sender was recovered by whoever received it. */
export function offerTx(mempool: Pick<Mempool, 'add'>, raw: Uint8Array, from: Address): TxCode {
  const decoded = decodeTx(raw)
  if ('reject' in decoded) return codes[decoded.reject]
  const { tx, hash } = decoded
  return txCodeOf(mempool.add({ tx, raw, hash, from }, { local: false }))
}
