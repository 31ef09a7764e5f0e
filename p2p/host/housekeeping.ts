import type { GossipSub } from '@libp2p/gossipsub'
import type { Connection } from '@libp2p/interface'
import { clampBackoffs, hasChannel } from './gossipBounds.ts'
import type { HostLimits } from './limits.ts'

const everyMs = 1_000

/**
 * Disconnects peers that gossip does not reach any more: they never opened a channel, sent more than is allowed, or did
 * not take what waited for them. An honest one connects again, and has a channel again. Runs until the signal aborts.
 */
export function startHousekeeping(
  gossip: GossipSub,
  connections: () => readonly Connection[],
  { withoutGossipMs }: HostLimits,
  signal: AbortSignal,
): void {
  const timer = setInterval(() => {
    const nowMs = Date.now()
    clampBackoffs(gossip, nowMs)
    for (const connection of connections()) {
      const isYoung = nowMs - connection.timeline.open < withoutGossipMs
      if (!isYoung && !hasChannel(gossip, connection.remotePeer.toString())) connection.abort(new Error('no gossip'))
    }
  }, everyMs)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
