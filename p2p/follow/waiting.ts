import type { Clock } from '../../core/ports/clock.ts'
import type { Chain } from '../../state/chain.ts'
import type { Candidate } from './candidate.ts'
import type { Importer, Outcome } from './import.ts'
import { followLimits } from './limits.ts'
import type { Orphans } from './orphans.ts'
import { placeOf } from './place.ts'

/** Tries again what waits. */
export type Waiting = {
  /** Blocks that waited for L1 are tried with the next look. */
  retry(): void
  /** Lowest first: those whose parent has come, and now and then those that L1 did not show yet. */
  look(): Promise<void>
}

export function createWaiting({
  chain,
  importer,
  orphans,
  clock,
  signal,
  take,
}: {
  readonly chain: Pick<Chain, 'heads' | 'reader'>
  readonly importer: Pick<Importer, 'isInvalid'>
  readonly orphans: Orphans
  readonly clock: Pick<Clock, 'nowMs'>
  readonly signal: AbortSignal
  readonly take: (candidate: Candidate) => Promise<Outcome>
}): Waiting {
  /** Blocks that wait for L1 are not tried before. */
  let nextMs = 0
  const waits = new Set<Candidate>()

  return {
    retry() {
      nextMs = 0
    },
    async look() {
      const nowMs = clock.nowMs()
      const isTime = nowMs >= nextMs
      if (isTime) {
        nextMs = nowMs + followLimits.retryMs
        waits.clear()
      }
      for (const { candidate, sinceMs } of orphans.all()) {
        if (signal.aborted) return
        const { hash, parentHash } = candidate
        if (clock.nowMs() - sinceMs >= followLimits.orphanMs) {
          orphans.delete(hash)
          continue
        }
        if (waits.has(candidate)) continue
        if (placeOf(chain, candidate).kind === 'orphan' && !importer.isInvalid(parentHash)) continue
        const outcome = await take(candidate)
        if (outcome === 'waits') waits.add(candidate)
        else if (outcome !== 'orphan' && outcome !== 'paused') orphans.delete(hash)
      }
    },
  }
}
