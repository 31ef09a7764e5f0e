import type { Clock } from '../../core/ports/clock.ts'
import type { PeerId } from '../../core/ports/net.ts'
import type { NetLimits } from '../limits.ts'
import { createRecent } from './recent.ts'

/** How far peers are trusted: 0 is neutral, and every score goes back to it with time. Kept while a peer is away. */
export type Scores = {
  of(peer: PeerId): number
  /** Adds credit, or a penalty if negative; returns the new score. */
  add(peer: PeerId, points: number): number
  /** Neutral again. */
  forget(peer: PeerId): void
}

type Limits = Pick<NetLimits, 'scoreHalfLifeMs' | 'minScore' | 'maxScore' | 'maxRemembered'>

export function createScores(limits: Limits, clock: Pick<Clock, 'nowMs'>): Scores {
  const { scoreHalfLifeMs, minScore, maxScore, maxRemembered } = limits
  const scores = createRecent<{ readonly score: number; readonly atMs: number }>(maxRemembered)

  function of(peer: PeerId): number {
    const known = scores.get(peer)
    if (known === undefined) return 0
    return known.score * 0.5 ** (Math.max(0, clock.nowMs() - known.atMs) / scoreHalfLifeMs)
  }
  return {
    of,
    add(peer, points) {
      const score = Math.min(maxScore, Math.max(minScore, of(peer) + points))
      scores.set(peer, { score, atMs: clock.nowMs() })
      return score
    },
    forget: (peer) => void scores.delete(peer),
  }
}
