import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { txToJson } from '../../core/txJson.ts'

/** A pooled transaction as JSON text: its hash, or all of it. */
export function writePending(tx: TxEnvelope<SignedTx>, full: boolean): string {
  return full ? JSON.stringify(txToJson(tx)) : `"${tx.hash}"`
}
