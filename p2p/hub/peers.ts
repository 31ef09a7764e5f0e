import type { Clock } from '../../core/ports/clock.ts'
import type { PeerId, PeerStatus } from '../../core/ports/net.ts'
import type { NetLimits } from '../limits.ts'
import { type Bucket, createBucket } from '../peers/rates.ts'
import type { Connection } from '../transport.ts'
import type { Verdict } from '../verdict.ts'

/** A connected peer as the hub keeps it. */
export type Peer = {
  readonly connection: Connection
  readonly sinceMs: number
  readonly messages: Record<Verdict, number>
  status: PeerStatus | undefined
  /** The highest block it has for sure, as far as is known: it told so, or it passed that block on. */
  height: bigint | undefined
  nextStatusMs: number
  /** Statuses in a row that it did not give. */
  owedStatuses: number
  isAskedStatus: boolean
  /** Requests of this node that it has not answered yet. */
  underWay: number
  /** What this node may still ask it. */
  readonly asking: Bucket
}

/** Who is connected: as many as are admitted. */
export type Peers = {
  get(id: PeerId): Peer | undefined
  all(): readonly Peer[]
  /** Of a connection that is there now; what was known of an earlier one is gone. */
  add(connection: Connection): Peer
  delete(id: PeerId): Peer | undefined
}

export function createPeers({ asking }: Pick<NetLimits, 'asking'>, clock: Pick<Clock, 'nowMs'>): Peers {
  const peers = new Map<PeerId, Peer>()
  return {
    get: (id) => peers.get(id),
    all: () => [...peers.values()],
    add(connection) {
      const peer: Peer = {
        connection,
        sinceMs: clock.nowMs(),
        messages: { accept: 0, ignore: 0, reject: 0 },
        status: undefined,
        height: undefined,
        nextStatusMs: clock.nowMs(),
        owedStatuses: 0,
        isAskedStatus: false,
        underWay: 0,
        asking: createBucket(asking, clock),
      }
      peers.set(connection.peer, peer)
      return peer
    },
    delete(id) {
      const peer = peers.get(id)
      peers.delete(id)
      return peer
    },
  }
}

/** Takes note that a peer has a block of this height. */
export function raiseHeight(peer: Peer, number: bigint): void {
  if (peer.height === undefined || peer.height < number) peer.height = number
}
