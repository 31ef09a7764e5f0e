import type { Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { NetListener, NetView, PeerId } from '../../core/ports/net.ts'
import type { NetLimits } from '../limits.ts'
import { decodeStatus, maxStatusBytes, statusRequest } from '../wire/status.ts'
import type { Ask } from './ask.ts'
import type { Conduct } from './conduct.ts'
import type { NetLog } from './options.ts'
import type { Peer, Peers } from './peers.ts'

/** Asks peers where they are: when they connect, and then again and again, often those that are ahead. */
export type Statuses = {
  ask(peer: Peer): Promise<void>
  /** Asks those whose time has come. */
  tick(): void
}

export function createStatuses({
  peers,
  ask,
  conduct,
  genesis,
  view,
  listener,
  isPersistent,
  disconnect,
  limits,
  clock,
  random,
  log,
  signal,
}: {
  readonly peers: Peers
  readonly ask: Ask
  readonly conduct: Conduct
  readonly genesis: Hash
  readonly view: () => NetView
  readonly listener: Pick<NetListener, 'status'>
  readonly isPersistent: (peer: PeerId) => boolean
  readonly disconnect: (peer: PeerId) => void
  readonly limits: Pick<NetLimits, 'statusMs' | 'hastyStatusMs' | 'maxOwedStatuses'>
  readonly clock: Clock
  readonly random: () => number
  readonly log: NetLog
  readonly signal: AbortSignal
}): Statuses {
  /** Takes what a peer answered; false if that is no status of this chain. */
  function take(peer: Peer, answer: Uint8Array): boolean {
    const id = peer.connection.peer
    const status = decodeStatus(answer)
    if (status === undefined) {
      conduct.blame(id, 'malformed_status')
      return false
    }
    if (status.genesis !== genesis) {
      if (isPersistent(id)) log.warn({ peer: id }, 'a persistent peer is of another chain')
      conduct.blame(id, 'wrong_genesis')
      disconnect(id)
      return false
    }
    peer.status = status
    peer.height = status.unsafe.number
    listener.status(id, status)
    return true
  }

  async function askOne(peer: Peer): Promise<void> {
    if (peer.isAskedStatus) return
    const id = peer.connection.peer
    peer.isAskedStatus = true
    const answer = await ask(id, 'status', statusRequest, maxStatusBytes)
    peer.isAskedStatus = false
    if (signal.aborted || peers.get(id) !== peer) return
    const isTold = answer !== undefined && take(peer, answer)
    const isAhead = isTold && peer.status !== undefined && peer.status.unsafe.number > view().status.unsafe.number
    const everyMs = isAhead ? limits.hastyStatusMs : limits.statusMs
    peer.nextStatusMs = clock.nowMs() + everyMs * (0.75 + 0.5 * random())
    peer.owedStatuses = isTold ? 0 : peer.owedStatuses + 1
    if (peer.owedStatuses >= limits.maxOwedStatuses) {
      log.debug({ peer: id }, 'a peer does not tell where it is')
      disconnect(id)
    }
  }

  return {
    ask: askOne,
    tick() {
      for (const peer of peers.all()) if (peer.nextStatusMs <= clock.nowMs()) void askOne(peer)
    },
  }
}
