import type { Hash } from '../../core/hex.ts'
import type { PeerId } from '../../core/ports/net.ts'
import type { Candidate } from './candidate.ts'
import { followLimits } from './limits.ts'

/**
 * Blocks that wait, bounded in number and bytes. When there are too many, one goes: of the peer that has the most bytes
 * waiting its highest block, which is the last that could be used. So one peer cannot push out what others sent, and what
 * is near the head stays.
 */
export type Orphans = {
  /** False: it did not stay. One that is there already stays as it is. */
  add(candidate: Candidate, nowMs: number): boolean
  delete(hash: Hash): void
  /** By number. */
  all(): readonly Orphan[]
  count(): number
  bytes(): number
}

export type Orphan = { readonly candidate: Candidate; readonly sinceMs: number }

type Bounds = { readonly count: number; readonly bytes: number }

export function createOrphans(
  bounds: Bounds = { count: followLimits.orphans, bytes: followLimits.orphanBytes },
): Orphans {
  const waiting = new Map<Hash, Orphan>()
  let bytes = 0

  function remove(hash: Hash): void {
    const orphan = waiting.get(hash)
    if (orphan === undefined) return
    bytes -= orphan.candidate.raw.length
    waiting.delete(hash)
  }

  /** The highest block of the peer with the most. */
  function leastWanted(): Hash {
    const shares = new Map<PeerId, number>()
    for (const { candidate } of waiting.values()) {
      shares.set(candidate.peer, (shares.get(candidate.peer) ?? 0) + candidate.raw.length)
    }
    let found: Candidate | undefined
    for (const { candidate } of waiting.values()) {
      if (found === undefined) found = candidate
      else if (candidate.peer === found.peer) found = candidate.number >= found.number ? candidate : found
      else if (shares.get(candidate.peer)! > shares.get(found.peer)!) found = candidate
    }
    return found!.hash
  }

  return {
    add(candidate, nowMs) {
      const { hash, raw } = candidate
      if (waiting.has(hash)) return true
      waiting.set(hash, { candidate, sinceMs: nowMs })
      bytes += raw.length
      while (waiting.size > bounds.count || bytes > bounds.bytes) remove(leastWanted())
      return waiting.has(hash)
    },
    delete: remove,
    all: () => [...waiting.values()].sort((a, b) => (a.candidate.number < b.candidate.number ? -1 : 1)),
    count: () => waiting.size,
    bytes: () => bytes,
  }
}
