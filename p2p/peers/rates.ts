import type { Clock } from '../../core/ports/clock.ts'
import type { Rate } from '../limits.ts'
import { createRecent } from './recent.ts'

/** Tokens that refill with time. */
export type Bucket = {
  /** Takes one token; false if there is none. */
  take(): boolean
  /** How long until there is one, in milliseconds; 0: now. */
  waitMs(): number
}

/** A full bucket. */
export function createBucket({ perSec, burst }: Rate, clock: Pick<Clock, 'nowMs'>): Bucket {
  // In thousandths, so that whole rates and milliseconds lose nothing.
  const full = burst * 1_000
  let tokens = full
  let atMs = clock.nowMs()

  function refill(): void {
    const now = clock.nowMs()
    tokens = Math.min(full, tokens + Math.max(0, now - atMs) * perSec)
    atMs = now
  }
  return {
    take() {
      refill()
      if (tokens < 1_000) return false
      tokens -= 1_000
      return true
    },
    waitMs() {
      refill()
      return Math.max(0, Math.ceil((1_000 - tokens) / perSec))
    },
  }
}

/**
 * `over`: more than its share, which a busy network makes of honest peers too. `flood`: several times its share, which it
 * does not. `crowd`: the peer is within its share, all together are not, and its own part of that is used up.
 */
export type Take = 'ok' | 'over' | 'flood' | 'crowd'

/**
 * Rates by peer, kept while a peer is away, and one of all together. What is taken of a peer's own part does not count for
 * the others, so all together take at most twice the total.
 */
export function createRates({
  each,
  total,
  sharers = Number.POSITIVE_INFINITY,
  floodFactor,
  maxPeers,
  clock,
}: {
  readonly each: Rate
  readonly total: Rate
  /** So many peers share the total; a part of it is each one's own, whatever the others take. */
  readonly sharers?: number
  readonly floodFactor: number
  readonly maxPeers: number
  readonly clock: Pick<Clock, 'nowMs'>
}): { take(peer: string): Take } {
  const peers = createRecent<{ readonly share: Bucket; readonly flood: Bucket; readonly own: Bucket }>(maxPeers)
  const all = createBucket(total, clock)
  const floodRate = { perSec: each.perSec * floodFactor, burst: each.burst * floodFactor }
  const isShared = Number.isFinite(sharers)
  const ownRate = {
    perSec: isShared ? total.perSec / sharers : 0,
    burst: isShared ? Math.max(1, total.burst / sharers) : 0,
  }

  function bucketsOf(peer: string) {
    const known = peers.get(peer)
    if (known !== undefined) return known
    const fresh = {
      share: createBucket(each, clock),
      flood: createBucket(floodRate, clock),
      own: createBucket(ownRate, clock),
    }
    peers.set(peer, fresh)
    return fresh
  }
  return {
    take(peer) {
      const { share, flood, own } = bucketsOf(peer)
      if (!flood.take()) return 'flood'
      if (!share.take()) return 'over'
      return all.take() || own.take() ? 'ok' : 'crowd'
    },
  }
}
