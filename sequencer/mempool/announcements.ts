import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { PoolTx } from './entry.ts'

/** A function that collects transactions and hands them to `onPending` once per turn of the event loop. */
export function createAnnouncements(
  onPending: ((txs: readonly TxEnvelope<SignedTx>[]) => void) | undefined,
): (txs: readonly PoolTx[]) => void {
  let waiting: TxEnvelope<SignedTx>[] = []

  function flush(): void {
    const batch = waiting
    waiting = []
    onPending?.(batch)
  }

  return (txs) => {
    if (onPending === undefined || txs.length === 0) return
    if (waiting.length === 0) setImmediate(flush)
    for (const { envelope } of txs) waiting.push(envelope)
  }
}
