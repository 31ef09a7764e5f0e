import type { PeerId } from '../../core/ports/net.ts'

/** What one node has sent and received so far. */
export type Traffic = {
  sentBytes: number
  receivedBytes: number
  /** Gossiped messages that arrived for the first time, and copies of them. */
  messages: number
  copies: number
  requests: number
}

/** The counters of each node, from zero. */
export function createTraffic(): (name: PeerId) => Traffic {
  const counters = new Map<PeerId, Traffic>()
  return (name) => {
    const known = counters.get(name)
    if (known !== undefined) return known
    const fresh: Traffic = { sentBytes: 0, receivedBytes: 0, messages: 0, copies: 0, requests: 0 }
    counters.set(name, fresh)
    return fresh
  }
}
