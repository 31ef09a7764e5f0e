import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { PoolContent } from '../backend.ts'

/** At most this many transactions, and this many bytes of them unless it is one alone, cross in one message. */
export const pieceLimits = { txs: 128, bytes: 1 << 18 }

/** Copying a full pool to another thread takes 100 ms and more: its pieces take a few each. Order is kept. */
export function* poolPieces({ pending, queued }: PoolContent): Generator<PoolContent> {
  for (const txs of chunks(pending)) yield { pending: txs, queued: [] }
  for (const txs of chunks(queued)) yield { pending: [], queued: txs }
}

function* chunks(txs: readonly TxEnvelope<SignedTx>[]): Generator<readonly TxEnvelope<SignedTx>[]> {
  let start = 0
  let bytes = 0
  for (const [i, { raw }] of txs.entries()) {
    if (i > start && (i - start === pieceLimits.txs || bytes + raw.length > pieceLimits.bytes)) {
      yield txs.slice(start, i)
      start = i
      bytes = 0
    }
    bytes += raw.length
  }
  if (start < txs.length) yield txs.slice(start)
}
