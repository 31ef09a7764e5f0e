import type { Clock } from '../../core/ports/clock.ts'
import type { PeerId } from '../../core/ports/net.ts'
import type { NetLimits } from '../limits.ts'
import type { Scores } from '../peers/scores.ts'
import type { Peer, Peers } from './peers.ts'

/** What is asked of a peer. */
export type Wish = {
  /** Who may be asked at all. */
  readonly isAble: (peer: Peer) => boolean
  /** Of these, who is better. */
  readonly isBetter?: (peer: Peer) => boolean
}

/** Waits this long before it is looked again whether a peer has answered what it was asked before. */
const busyMs = 50

/**
 * The best peer for a wish: one that is better, then by score as far as that is bad, then by how little it is asked
 * already, then by chance. Waits until one may be asked, at most as long as a request takes; undefined: nobody. Counts
 * the request as under way; who makes it takes it off again.
 */
export function createPick({
  peers,
  scores,
  limits,
  clock,
  random,
  signal,
}: {
  readonly peers: Peers
  readonly scores: Scores
  readonly limits: Pick<NetLimits, 'maxUnderWay' | 'requestMs'>
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
}): (wish: Wish) => Promise<Peer | undefined> {
  /** Smaller is better. Credit does not count: it would send everybody to the same peer. */
  const rank = (peer: Peer, isBetter: boolean) => [
    isBetter ? 0 : 1,
    Math.ceil(Math.max(0, -scores.of(peer.connection.peer)) / 10),
    peer.underWay,
    random(),
  ]
  const waitMs = (peer: Peer) => (peer.underWay < limits.maxUnderWay ? peer.asking.waitMs() : busyMs)

  return async ({ isAble, isBetter = () => true }) => {
    const untilMs = clock.nowMs() + limits.requestMs
    for (;;) {
      const able = peers.all().filter(isAble)
      if (able.length === 0 || signal.aborted) return undefined
      const free = able.filter((peer) => waitMs(peer) === 0)
      const ranked = free.map((peer) => ({ peer, rank: rank(peer, isBetter(peer)) }))
      const best = ranked.sort((a, b) => compare(a.rank, b.rank))[0]?.peer
      if (best?.asking.take() === true) {
        best.underWay++
        return best
      }
      if (clock.nowMs() >= untilMs) return undefined
      await clock.sleep(Math.max(1, Math.min(...able.map(waitMs))), signal)
    }
  }
}

/** Without these peers. */
export function except(tried: ReadonlySet<PeerId>): (peer: Peer) => boolean {
  return ({ connection }) => !tried.has(connection.peer)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index])
  return at === -1 ? 0 : a[at]! - b[at]!
}
