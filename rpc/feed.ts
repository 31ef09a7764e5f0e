import type { Hash } from '../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../core/tx.ts'
import type { BlockRef } from '../state/heads.ts'
import type { LogEntry } from '../state/store/logIndex.ts'
import type { Backend, BackendEvent, SyncStatus } from './backend.ts'
import { blockLogs } from './logs/blockLogs.ts'
import { createLru } from './lru.ts'
import { pause } from './pause.ts'
import type { Found, View } from './view.ts'

/** A log and whether its block left the chain. */
export type FedLog = LogEntry & { readonly removed: boolean }

/** What one subscription or filter wants to hear. */
export type Listener =
  | { readonly kind: 'heads'; readonly next: (block: Found) => void }
  /** All logs of one block at a time, in order. */
  | { readonly kind: 'logs'; readonly next: (logs: readonly FedLog[]) => void }
  | { readonly kind: 'pending'; readonly next: (txs: readonly TxEnvelope<SignedTx>[]) => void }
  | { readonly kind: 'syncing'; readonly next: (status: SyncStatus | undefined) => void }

export type Feed = {
  /** Hears everything from now on until the returned function is called. */
  add(listener: Listener): () => void
  close(): void
}

/** Announced blocks whose hashes are kept, to tell which dropped ones were among them. */
const rememberedBlocks = 4096

/**
 * Turns head events into blocks and logs, once for all listeners. The chain thread merges events this thread has not
 * taken yet, so a dropped block may be one that was never announced: it is not announced as removed either.
 */
export function startFeed({
  backend,
  view,
  onError,
}: {
  readonly backend: Backend
  readonly view: View
  readonly onError: (thrown: unknown) => void
}): Feed {
  const listeners = new Set<Listener>()
  let announced = view.heads().unsafe.number
  const announcedHashes = createLru<bigint, Hash>(rememberedBlocks)
  let work: Promise<void> = Promise.resolve()
  const stop = backend.listen((event) => {
    work = work.then(() => take(event)).catch(onError)
    return work
  })

  async function take(event: BackendEvent): Promise<void> {
    if (event.kind === 'pending') for (const { next } of only('pending')) next(event.txs)
    else if (event.kind === 'syncing') for (const { next } of only('syncing')) next(event.status)
    else {
      removeLogs(event.dropped)
      await announce(event.heads.unsafe.number)
    }
  }

  function removeLogs(dropped: readonly BlockRef[]): void {
    for (const { number, hash } of dropped) {
      if (number > announced || (announcedHashes.get(number) ?? hash) !== hash) continue
      const logListeners = only('logs')
      const logs = logListeners.length === 0 ? [] : blockLogs(view, hash).map((log) => ({ ...log, removed: true }))
      if (logs.length > 0) for (const { next } of logListeners) next(logs.toReversed())
      announced = number - 1n
    }
  }

  async function announce(head: bigint): Promise<void> {
    for (let number = announced + 1n; number <= head; number++) {
      if (listeners.size > 0) {
        const found = view.find({ number })
        // The chain went back meanwhile: the next event says how far.
        if (found === undefined) return
        announceBlock(found)
        announcedHashes.set(number, found.hash)
      }
      announced = number
      await pause()
    }
  }

  function announceBlock(found: Found): void {
    const logListeners = only('logs')
    for (const { next } of only('heads')) next(found)
    if (logListeners.length === 0 || !hasBloom(found)) return
    const logs = blockLogs(view, found.hash).map((log) => ({ ...log, removed: false }))
    if (logs.length > 0) for (const { next } of logListeners) next(logs)
  }

  function only<K extends Listener['kind']>(kind: K): readonly Extract<Listener, { readonly kind: K }>[] {
    return [...listeners].filter((listener) => isKind(listener, kind))
  }

  function watchPending(): void {
    backend.watchPending(only('pending').length > 0)
  }

  return {
    add(listener) {
      listeners.add(listener)
      if (listener.kind === 'pending') watchPending()
      return () => {
        if (listeners.delete(listener) && listener.kind === 'pending') watchPending()
      }
    },
    close() {
      stop()
      listeners.clear()
    },
  }
}

function isKind<K extends Listener['kind']>(
  listener: Listener,
  kind: K,
): listener is Extract<Listener, { readonly kind: K }> {
  return listener.kind === kind
}

function hasBloom({ header }: Found): boolean {
  return header.logsBloom.some((byte) => byte !== 0)
}
