import type { PeerId, PeerInfo } from '../../core/ports/net.ts'
import type { Scores } from '../peers/scores.ts'
import type { Transport } from '../transport.ts'
import type { Peer } from './peers.ts'

/** A connected peer for operators. */
export function describePeer(
  { connection, sinceMs, status, messages }: Peer,
  known: { readonly transport: Transport; readonly scores: Scores; readonly isPersistent: (peer: PeerId) => boolean },
): PeerInfo {
  const { peer: id, address, direction } = connection
  return {
    id,
    address,
    direction,
    sinceMs,
    ...known.transport.state(id),
    score: Math.round(known.scores.of(id) * 100) / 100,
    isPersistent: known.isPersistent(id),
    status,
    messages: { accepted: messages.accept, ignored: messages.ignore, rejected: messages.reject },
  }
}
