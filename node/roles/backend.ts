import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { FollowStatus } from '../../l1/follow/types.ts'
import type { Backend, BackendEvent, DevBackend, SyncStatus } from '../../rpc/backend.ts'
import type { Mempool } from '../../sequencer/mempool/mempool.ts'
import type { Sequencer } from '../../sequencer/sequencer.ts'

/** Sends events to whoever listens. */
export type Events = {
  send(event: BackendEvent): void
  listen(listener: (event: BackendEvent) => void): () => void
  /** True while somebody wants to hear of pending transactions. */
  wantsPending(): boolean
  watchPending(on: boolean): void
}

export function createEvents(): Events {
  const listeners = new Set<(event: BackendEvent) => void>()
  let wanted = false
  return {
    send: (event) => {
      for (const listener of listeners) listener(event)
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    wantsPending: () => wanted,
    watchPending: (on) => {
      wanted = on
    },
  }
}

/** How far L1 was followed, for RPC. */
export type FollowState = {
  status(): FollowStatus
  /** Undefined while it is at L1's head. */
  syncing(): SyncStatus | undefined
}

/** To be called after each change: tells listeners when the node falls behind its L1, and when it has caught up. */
export function createSyncNews(events: Events, follow: FollowState): () => void {
  let wasSyncing = follow.syncing() !== undefined
  return () => {
    const status = follow.syncing()
    if ((status !== undefined) === wasSyncing) return
    wasSyncing = !wasSyncing
    events.send({ kind: 'syncing', status })
  }
}

/** The chain thread's side of RPC: the pool, the sequencer and their events. */
export function createBackend(parts: {
  readonly mempool: Mempool
  readonly sequencer: Pick<Sequencer, 'wake' | 'settled'>
  readonly events: Events
  readonly dev: DevBackend | undefined
  /** Chains with an L1 only. */
  readonly follow?: FollowState
  /** A node in the network only. */
  readonly peers?: Pick<Backend, 'net' | 'claims'> | undefined
  /** Transactions of this node's users that the pool took. */
  readonly accepted?: (txs: readonly TxEnvelope<SignedTx>[]) => void
}): Backend {
  const { mempool, sequencer, events, dev, follow, peers, accepted } = parts
  return {
    submit: async (txs) => {
      const answers = txs.map((tx) => mempool.add(tx, { local: true }))
      accepted?.(txs.filter((_, index) => answers[index] === undefined))
      sequencer.wake()
      return answers
    },
    poolStatus: async () => {
      const { pending, queued } = mempool.status()
      return { pending, queued }
    },
    poolContent: async (sender) => mempool.content(sender),
    poolTx: async (hash) => mempool.get(hash),
    poolNonce: async (address) => mempool.pendingNonce(address),
    l1: async () => follow?.status(),
    syncing: async () => follow?.syncing(),
    settled: () => sequencer.settled(),
    listen: events.listen,
    watchPending: events.watchPending,
    ...peers,
    ...(dev && { dev }),
  }
}
