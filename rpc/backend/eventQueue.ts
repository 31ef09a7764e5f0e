import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { BlockRef, Heads } from '../../state/heads.ts'
import type { BackendEvent, SafeDispute, SyncStatus } from '../backend.ts'

const maxPending = 10_000
const maxDropped = 10_000

/** Events not sent yet, merged: only the newest heads, sync status and dispute count, everything else is kept in order within bounds. */
export type EventQueue = { add(event: BackendEvent): void; take(): readonly BackendEvent[] }

/**
 * While the receiver is busy, heads replace heads, dropped blocks add up (to 10,000), and of more than 10,000 pending
 * transactions the oldest go.
 */
export function createEventQueue(): EventQueue {
  let heads: Heads | undefined
  let dropped: BlockRef[] = []
  let pending: TxEnvelope<SignedTx>[] = []
  let syncing: { readonly status: SyncStatus | undefined } | undefined
  let disputed: { readonly dispute: SafeDispute | undefined } | undefined
  return {
    add(event) {
      if (event.kind === 'syncing') syncing = event
      else if (event.kind === 'disputed') disputed = event
      else if (event.kind === 'pending') {
        pending.push(...event.txs)
        if (pending.length > maxPending) pending = pending.slice(-maxPending)
      } else {
        heads = event.heads
        dropped = [...dropped, ...event.dropped].slice(0, maxDropped)
      }
    },
    take() {
      const events: BackendEvent[] = []
      // First: what is in dispute must not be called safe with the new heads.
      if (disputed !== undefined) events.push({ kind: 'disputed', dispute: disputed.dispute })
      if (heads !== undefined) events.push({ kind: 'heads', heads, dropped })
      if (pending.length > 0) events.push({ kind: 'pending', txs: pending })
      if (syncing !== undefined) events.push({ kind: 'syncing', status: syncing.status })
      heads = undefined
      dropped = []
      pending = []
      syncing = undefined
      disputed = undefined
      return events
    },
  }
}
