import type { Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'

/** Hashes that were met lately: at most `max`, the oldest forgotten first, each for at most `forMs`. */
export type Seen = { has(hash: Hash): boolean; add(hash: Hash): void; remove(hash: Hash): void }

export function createSeen({ max, forMs, clock }: { max: number; forMs: number; clock: Clock }): Seen {
  const untilMs = new Map<Hash, number>()
  return {
    has: (hash) => {
      const until = untilMs.get(hash)
      return until !== undefined && clock.nowMs() < until
    },
    add: (hash) => {
      untilMs.delete(hash)
      untilMs.set(hash, clock.nowMs() + forMs)
      if (untilMs.size > max) dropOldest(untilMs)
    },
    remove: (hash) => {
      untilMs.delete(hash)
    },
  }
}

/** Different hashes met by number: at most `maxHashes` of one number, and of at most `maxNumbers` numbers. */
export type SeenAt = {
  has(number: bigint, hash: Hash): boolean
  isFull(number: bigint): boolean
  add(number: bigint, hash: Hash): void
}

export function createSeenAt({ maxNumbers, maxHashes }: { maxNumbers: number; maxHashes: number }): SeenAt {
  const byNumber = new Map<bigint, Set<Hash>>()
  return {
    has: (number, hash) => byNumber.get(number)?.has(hash) === true,
    isFull: (number) => (byNumber.get(number)?.size ?? 0) >= maxHashes,
    add: (number, hash) => {
      const hashes = byNumber.get(number) ?? new Set()
      if (hashes.size >= maxHashes) return
      hashes.add(hash)
      byNumber.delete(number)
      byNumber.set(number, hashes)
      if (byNumber.size > maxNumbers) dropOldest(byNumber)
    },
  }
}

function dropOldest<K>(map: Map<K, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
