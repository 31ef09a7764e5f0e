import { headerToJson } from '../core/header.ts'
import type { Hash } from '../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../core/tx.ts'
import type { BlockRef } from '../state/heads.ts'
import type { LogEntry } from '../state/store/logIndex.ts'
import type { Backend, BackendEvent, SyncStatus } from './backend.ts'
import { writePending } from './json/pending.ts'
import { blockLogs, writeLog } from './logs/blockLogs.ts'
import { createLru } from './lru.ts'
import { pause } from './pause.ts'
import type { Found, View } from './view.ts'

/** A block or log on its way to many listeners: its JSON text is made at most once. */
export type Fed<T> = T & { readonly json: () => string }

/** A log and whether its block left the chain. */
export type FedLog = Fed<LogEntry & { readonly removed: boolean }>

/** A pending transaction for many listeners: its hash or all of it (`full`) as JSON text, each made at most once. */
export type FedTx = { readonly json: (full: boolean) => string }

/** What one subscription or filter wants to hear. */
export type Listener =
  | { readonly kind: 'heads'; readonly next: (block: Fed<Found>) => void }
  /** All logs of one block at a time, in order. */
  | { readonly kind: 'logs'; readonly next: (logs: readonly FedLog[]) => void }
  | { readonly kind: 'pending'; readonly next: (txs: readonly FedTx[]) => void }
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
    if (event.kind === 'pending') {
      const txs = event.txs.map(feedTx)
      await each(only('pending'), ({ next }) => next(txs))
    } else if (event.kind === 'syncing') await each(only('syncing'), ({ next }) => next(event.status))
    else if (event.kind === 'heads') {
      await removeLogs(event.dropped)
      await announce(event.heads.unsafe.number)
    }
  }

  async function removeLogs(dropped: readonly BlockRef[]): Promise<void> {
    for (const { number, hash } of dropped) {
      if (number > announced || (announcedHashes.get(number) ?? hash) !== hash) continue
      announced = number - 1n
      await tellLogs(hash, true)
    }
  }

  async function announce(head: bigint): Promise<void> {
    while (announced < head) {
      const number = announced + 1n
      const hash = view.hashByNumber(number)
      // The chain went back meanwhile: the next event says how far.
      if (hash === undefined) return
      // Also without listeners: a later revert has to know this block as passed.
      announcedHashes.set(number, hash)
      const found = listeners.size > 0 ? view.find({ number }) : undefined
      if (found !== undefined) {
        const block = { ...found, json: once(() => JSON.stringify(headerToJson(found.header, found.hash))) }
        await each(only('heads'), ({ next }) => next(block))
        if (hasBloom(found)) await tellLogs(found.hash, false)
      }
      announced = number
      const due = pause()
      if (due !== undefined) await due
    }
  }

  async function tellLogs(hash: Hash, removed: boolean): Promise<void> {
    const interested = only('logs')
    if (interested.length === 0) return
    const entries = removed ? blockLogs(view, hash).toReversed() : blockLogs(view, hash)
    const logs = entries.map((entry): FedLog => ({ ...entry, removed, json: once(() => writeLog(entry, removed)) }))
    if (logs.length > 0) await each(interested, ({ next }) => next(logs))
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

/** Tells every listener; there may be many thousands. */
async function each<T>(listeners: readonly T[], tell: (listener: T) => void): Promise<void> {
  for (const listener of listeners) {
    tell(listener)
    const due = pause()
    if (due !== undefined) await due
  }
}

function feedTx(tx: TxEnvelope<SignedTx>): FedTx {
  const hash = once(() => writePending(tx, false))
  const whole = once(() => writePending(tx, true))
  return { json: (full) => (full ? whole() : hash()) }
}

function once(make: () => string): () => string {
  let made: string | undefined
  return () => {
    made ??= make()
    return made
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
