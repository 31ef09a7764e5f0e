import type { Hex } from '../core/hex.ts'
import { type Account, createBudget } from './budget.ts'
import { callerOf } from './caller.ts'
import type { Feed } from './feed.ts'
import { randomId } from './filterId.ts'
import { createLogMatch } from './logs/match.ts'
import type { LogQuery } from './params/filter.ts'
import { createShares } from './shares.ts'

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
  /** The new filter's id, or of whom there are too many: of this caller's, or of all. */
  install(kind: FilterKind, ip: string): Hex | { readonly tooMany: 'of_caller' | 'of_all' }
  /**
   * What is new since the last poll, as the text of a JSON array of at most `roomBytes`; what does not fit comes with
   * the next poll. `no_room`: not even the first entry fits; nothing was taken. undefined: no such filter (any more).
   */
  changes(id: string, roomBytes: number): string | 'no_room' | undefined
  query(id: string): LogQuery | undefined
  uninstall(id: string): boolean
  close(): void
}

type Filter = {
  readonly kind: FilterKind
  readonly news: string[]
  newsBytes: number
  readonly account: Account
  usedMs: number
  readonly stop: () => void
}

type FilterLimits = {
  readonly filters: number
  readonly filtersPerIp: number
  readonly filterTtlMs: number
  readonly filterBacklog: number
  readonly filterBacklogBytes: number
  readonly filterBytesPerIp: number
  readonly filterBytes: number
  readonly responseBytes: number
}

const sweepMs = 30_000
/** What a response has around one entry, with a request id of usual length. */
const aroundBytes = 1024
/** What an entry takes in memory besides its text. */
const entryBytes = 32

/**
 * Filters that clients poll. One not polled for `filterTtlMs`, with more unread entries than `filterBacklog` or
 * `filterBacklogBytes`, or with one that fits into no response, is removed: its next poll says so, and no entry is ever
 * skipped silently. So is the one with most where those of a caller together have more than `filterBytesPerIp`, or all
 * of them more than `filterBytes`.
 */
export function createFilters({
  feed,
  limits,
  nowMs,
}: {
  readonly feed: Feed
  readonly limits: FilterLimits
  readonly nowMs: () => number
}): Filters {
  const filters = new Map<string, Filter>()
  const takeShare = createShares(limits.filtersPerIp)
  const budget = createBudget({ perCaller: limits.filterBytesPerIp, total: limits.filterBytes })
  const longest = limits.responseBytes - aroundBytes
  const sweep = setInterval(removeIdle, sweepMs)
  sweep.unref()

  function removeIdle(): void {
    for (const [id, { usedMs }] of filters) if (nowMs() - usedMs > limits.filterTtlMs) uninstall(id)
  }

  function uninstall(id: string): boolean {
    filters.get(id)?.stop()
    return filters.delete(id)
  }

  function add(id: string, entries: readonly string[]): void {
    const filter = filters.get(id)
    if (filter === undefined) return
    filter.newsBytes += sizeOf(entries)
    const fits =
      filter.news.length + entries.length <= limits.filterBacklog &&
      filter.newsBytes <= limits.filterBacklogBytes &&
      entries.every(({ length }) => length <= longest)
    if (!fits) {
      uninstall(id)
      return
    }
    for (const entry of entries) filter.news.push(entry)
    tellHeld(filter)
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
    install(kind, ip) {
      removeIdle()
      if (filters.size >= limits.filters) return { tooMany: 'of_all' }
      const giveBack = takeShare(ip)
      if (giveBack === undefined) return { tooMany: 'of_caller' }
      const id = randomId()
      const stop = listen(feed, kind, (entries) => add(id, entries))
      const account = budget.open(callerOf(ip), () => uninstall(id))
      const end = (): void => {
        stop()
        giveBack()
        account.close()
      }
      filters.set(id, { kind, news: [], newsBytes: 0, account, usedMs: nowMs(), stop: end })
      return id
    },
    changes(id, roomBytes) {
      const filter = touch(id)
      return filter === undefined ? undefined : takeNews(filter, roomBytes)
    },
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

/** Takes the first entries that fit. */
function takeNews(filter: Filter, roomBytes: number): string | 'no_room' {
  let count = 0
  // The brackets; a comma goes with each entry but the first.
  let bytes = 1
  for (const { length } of filter.news) {
    if (bytes + length + 1 > roomBytes) break
    bytes += length + 1
    count++
  }
  if (count === 0 && filter.news.length > 0) return 'no_room'
  const taken = filter.news.splice(0, count)
  filter.newsBytes -= sizeOf(taken)
  tellHeld(filter)
  return `[${taken.join(',')}]`
}

function tellHeld({ account, news, newsBytes }: Filter): void {
  account.set(newsBytes + news.length * entryBytes)
}

function sizeOf(entries: readonly string[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0)
}

function listen(feed: Feed, kind: FilterKind, add: (entries: readonly string[]) => void): () => void {
  if (kind.kind === 'blocks') return feed.add({ kind: 'heads', next: ({ hash }) => add([`"${hash}"`]) })
  if (kind.kind === 'pending') {
    return feed.add({ kind: 'pending', next: (txs) => add(txs.map((tx) => tx.json(kind.full))) })
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
