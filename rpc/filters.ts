import type { Hex } from '../core/hex.ts'
import type { Feed } from './feed.ts'
import { randomId } from './filterId.ts'
import { writePending } from './json/pending.ts'
import { createLogMatch } from './logs/match.ts'
import type { LogQuery } from './params/filter.ts'

/** What `eth_newFilter` and its siblings install. */
export type FilterKind =
  | {
      readonly kind: 'logs'
      readonly query: LogQuery
      readonly from: bigint | undefined
      readonly to: bigint | undefined
    }
  | { readonly kind: 'blocks' }
  | { readonly kind: 'pending'; readonly full: boolean }

export type Filters = {
  /** The new filter's id; undefined when there are too many. */
  install(kind: FilterKind): Hex | undefined
  /** JSON texts of what is new since the last poll; undefined: no such filter (any more). */
  changes(id: string): readonly string[] | undefined
  query(id: string): LogQuery | undefined
  uninstall(id: string): boolean
  close(): void
}

type Filter = { readonly kind: FilterKind; readonly news: string[]; usedMs: number; readonly stop: () => void }

const sweepMs = 30_000

/**
 * Filters that clients poll. One not polled for `filterTtlMs`, or with more than `filterBacklog` unread entries, is
 * removed: its next poll says so, and no entry is ever skipped silently.
 */
export function createFilters({
  feed,
  limits,
  nowMs,
}: {
  readonly feed: Feed
  readonly limits: { readonly filters: number; readonly filterTtlMs: number; readonly filterBacklog: number }
  readonly nowMs: () => number
}): Filters {
  const filters = new Map<string, Filter>()
  const sweep = setInterval(removeIdle, sweepMs)
  sweep.unref()

  function removeIdle(): void {
    for (const [id, { usedMs }] of filters) if (nowMs() - usedMs > limits.filterTtlMs) uninstall(id)
  }

  function uninstall(id: string): boolean {
    filters.get(id)?.stop()
    return filters.delete(id)
  }

  function touch(id: string): Filter | undefined {
    const filter = filters.get(id)
    if (filter === undefined) return undefined
    if (nowMs() - filter.usedMs > limits.filterTtlMs) {
      uninstall(id)
      return undefined
    }
    filter.usedMs = nowMs()
    return filter
  }

  return {
    install(kind) {
      removeIdle()
      if (filters.size >= limits.filters) return undefined
      const id = randomId()
      const news: string[] = []
      const stop = listen(feed, kind, (entries) => {
        if (news.length + entries.length > limits.filterBacklog) uninstall(id)
        else news.push(...entries)
      })
      filters.set(id, { kind, news, usedMs: nowMs(), stop })
      return id
    },
    changes: (id) => touch(id)?.news.splice(0),
    query(id) {
      const kind = touch(id)?.kind
      return kind?.kind === 'logs' ? kind.query : undefined
    },
    uninstall,
    close() {
      clearInterval(sweep)
      for (const id of filters.keys()) uninstall(id)
    },
  }
}

function listen(feed: Feed, kind: FilterKind, add: (entries: readonly string[]) => void): () => void {
  if (kind.kind === 'blocks') return feed.add({ kind: 'heads', next: ({ hash }) => add([`"${hash}"`]) })
  if (kind.kind === 'pending') {
    return feed.add({ kind: 'pending', next: (txs) => add(txs.map((tx) => writePending(tx, kind.full))) })
  }
  const { from = 0n, to } = kind
  const matches = createLogMatch(kind.query.filter)
  return feed.add({
    kind: 'logs',
    next(logs) {
      const number = logs[0]?.blockNumber ?? 0n
      if (number < from || (to !== undefined && number > to)) return
      const wanted = logs.filter(matches)
      if (wanted.length > 0) add(wanted.map((log) => log.json()))
    },
  })
}
