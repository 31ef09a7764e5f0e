import type { PeerId, PeerStatus } from '../../core/ports/net.ts'
import type { LogLine, News } from './messages.ts'

/** Log lines that wait while the chain thread is busy; those in excess are counted. */
const maxLines = 256

/**
 * News for a thread that may be busy for seconds: one parcel is on its way at a time, and meanwhile what is new is kept
 * in bounded memory: the newest status of each connected peer, peers that left, and some log lines.
 */
export type NewsDesk = {
  status(peer: PeerId, status: PeerStatus): void
  gone(peer: PeerId): void
  log(line: LogLine): void
  /** The other thread has taken the parcel. */
  heard(): void
}

export function createNewsDesk(send: (news: News) => void): NewsDesk {
  const statuses = new Map<PeerId, PeerStatus>()
  const gone = new Set<PeerId>()
  /** Peers whose status was sent, and that were not said to be gone. */
  const told = new Set<PeerId>()
  let lines: LogLine[] = []
  let dropped = 0
  let isUnderWay = false
  let isPlanned = false

  function flush(): void {
    isPlanned = false
    if (isUnderWay || statuses.size + gone.size + lines.length === 0) return
    if (dropped > 0)
      lines.push({ level: 'warn', fields: { dropped }, text: 'log lines of the net thread were dropped' })
    for (const peer of gone) told.delete(peer)
    for (const peer of statuses.keys()) told.add(peer)
    send({ statuses: [...statuses], gone: [...gone], lines })
    isUnderWay = true
    statuses.clear()
    gone.clear()
    lines = []
    dropped = 0
  }

  /** What happens in one turn goes into one parcel. */
  function plan(): void {
    if (isPlanned || isUnderWay) return
    isPlanned = true
    queueMicrotask(flush)
  }

  return {
    status(peer, status) {
      statuses.set(peer, status)
      plan()
    },
    gone(peer) {
      statuses.delete(peer)
      if (told.has(peer)) gone.add(peer)
      plan()
    },
    log(line) {
      if (lines.length < maxLines) lines.push(line)
      else dropped++
      plan()
    },
    heard() {
      isUnderWay = false
      flush()
    },
  }
}
