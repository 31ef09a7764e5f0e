import type { PeerId } from '../../core/ports/net.ts'
import type { NetLimits } from '../limits.ts'
import type { Bans } from '../peers/bans.ts'
import type { Scores } from '../peers/scores.ts'
import type { NetLog } from './options.ts'
import type { Peers } from './peers.ts'
import { type Blame, penaltyOf } from './penalties.ts'

/** Holds against peers what they do, and bans the worst; persistent ones only lose in score. */
export type Conduct = {
  blame(peer: PeerId, reason: Blame): void
  credit(peer: PeerId, points: number): void
}

export function createConduct({
  peers,
  scores,
  bans,
  limits,
  log,
  isPersistent,
  disconnect,
}: {
  readonly peers: Peers
  readonly scores: Scores
  readonly bans: Bans
  readonly limits: Pick<NetLimits, 'banScore'>
  readonly log: NetLog
  readonly isPersistent: (peer: PeerId) => boolean
  readonly disconnect: (peer: PeerId) => void
}): Conduct {
  return {
    blame(peer, reason) {
      const penalty = penaltyOf(reason)
      if (penalty === 0) return
      const score = scores.add(peer, -penalty)
      log.debug({ peer, reason, score }, 'held against a peer')
      if (score > limits.banScore || isPersistent(peer)) return
      // What of it is still under way counts, but it is told only once.
      if (!bans.isBanned(peer)) log.info({ peer, reason }, 'peer banned')
      const ip = peers.get(peer)?.connection.ip
      bans.ban(peer, ip)
      disconnect(peer)
      if (ip === undefined || !bans.isIpBanned(ip)) return
      for (const { connection } of peers.all()) {
        if (connection.ip === ip && !isPersistent(connection.peer)) disconnect(connection.peer)
      }
    },
    credit: (peer, points) => void scores.add(peer, points),
  }
}
