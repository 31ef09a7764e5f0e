import type { Address, Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { decodeTx } from '../../core/txDecode.ts'
import { recoverSender } from '../../core/txEnvelope.ts'
import type { Seen } from './seen.ts'
import type { Fault } from './verdicts.ts'

export type CheckedTx = { readonly raw: Uint8Array; readonly sender: Address; readonly hash: Hash }

/** What can be said of a gossiped transaction without state: its size, its encoding, its chain, who signed it. */
export function checkTx(
  data: Uint8Array,
  { chainId, maxTxBytes, seen }: { readonly chainId: bigint; readonly maxTxBytes: number; readonly seen: Seen },
): CheckedTx | Fault {
  if (data.length > maxTxBytes) return 'oversized'
  const hash = keccakHash(data)
  if (seen.has(hash)) return 'already_seen'
  const decoded = decodeTx(data)
  if ('reject' in decoded) return decoded.reject === 'tx_type_unsupported' ? 'tx_wrong_type' : 'malformed'
  const { tx } = decoded
  if (tx.type === 0x7e) return 'tx_wrong_type'
  if (tx.chainId !== undefined && tx.chainId !== chainId) return 'tx_wrong_chain'
  const sender = recoverSender(tx)
  return sender === undefined ? 'bad_signature' : { raw: data.slice(), sender, hash }
}
