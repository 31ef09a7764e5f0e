import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { ChainTime } from '../../sequencer/production/time.ts'

/** A block, the time, and what waited in the pool. */
export type Snapshot = {
  readonly number: bigint
  readonly time: ChainTime
  readonly pool: readonly TxEnvelope<SignedTx>[]
}

/** Snapshots by rising id. Tools take one before each test and never say that they are done with it. */
export type Snapshots = {
  /** Remembers one and answers its id; when there are too many the oldest are forgotten. */
  keep(snapshot: Snapshot): bigint
  /** Forgets the snapshot with this id and all later ones; undefined if there is none. */
  take(id: bigint): Snapshot | undefined
}

/** Holds `maxCount` snapshots, and `maxTxs` pooled transactions in all of them together. The newest is always there. */
export function createSnapshots({
  maxCount,
  maxTxs,
}: {
  readonly maxCount: number
  readonly maxTxs: number
}): Snapshots {
  const kept = new Map<bigint, Snapshot>()
  let lastId = 0n
  let txs = 0

  function forget(id: bigint): void {
    txs -= kept.get(id)!.pool.length
    kept.delete(id)
  }

  return {
    keep(snapshot) {
      kept.set(++lastId, snapshot)
      txs += snapshot.pool.length
      for (const id of kept.keys()) {
        if (kept.size <= maxCount && txs <= maxTxs) break
        if (id !== lastId) forget(id)
      }
      return lastId
    },
    take(id) {
      const snapshot = kept.get(id)
      if (snapshot !== undefined) for (const other of [...kept.keys()]) if (other >= id) forget(other)
      return snapshot
    },
  }
}
