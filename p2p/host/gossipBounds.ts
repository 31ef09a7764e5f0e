import type { GossipSub } from '@libp2p/gossipsub'
import { assert } from '../../core/errors.ts'

// The library bounds what it decodes, but not what it sends in one frame: with thousands of transactions a second its own
// announcements exceed the bounds of its decoder, and a frame that exceeds them is dropped whole, with the blocks in it.

/** What is used of the library beyond its declared interface; its version is pinned, and a test looks at each of them. */
type Inner = {
  readonly mcache: { getGossipIDs(topics: Set<string>): Map<string, Uint8Array[]> }
  readonly backoff: Map<string, Map<string, number>>
  readonly streamsOutbound: ReadonlyMap<string, unknown>
  handleIHave(peer: string, ihave: unknown): { messageIDs: Uint8Array[] }[]
  handleIWant(peer: string, iwant: unknown): { data?: Uint8Array }[]
}

/** Messages that are asked for, and sent, in one frame: half of what the decoder takes. */
const maxMessages = 32
/** Ids that are announced in one frame for one topic. */
const maxAnnounced = 128
/** Honest peers ask to be left alone for a minute at most. */
const maxBackoffMs = 600_000

/** Keeps frames of this node within what its peers decode. */
export function tameGossip(gossip: GossipSub, { maxBytes }: { readonly maxBytes: number }): GossipSub {
  const inner = innerOf(gossip)
  const { mcache } = inner
  const announce = mcache.getGossipIDs.bind(mcache)
  mcache.getGossipIDs = (topics) => {
    const ids = announce(topics)
    // The newest come first.
    for (const [topic, all] of ids) ids.set(topic, all.slice(0, maxAnnounced))
    return ids
  }
  const ask = inner.handleIHave.bind(gossip)
  inner.handleIHave = (peer, ihave) => {
    return ask(peer, ihave).map(({ messageIDs }) => ({ messageIDs: messageIDs.slice(0, maxMessages) }))
  }
  const give = inner.handleIWant.bind(gossip)
  inner.handleIWant = (peer, iwant) => {
    let bytes = 0
    return give(peer, iwant)
      .slice(0, maxMessages)
      .filter(({ data }) => {
        const length = data?.length ?? 0
        const fits = bytes + length <= maxBytes
        if (fits) bytes += length
        return fits
      })
  }
  return gossip
}

/** Forgets absurd times that peers asked to be left alone for, which the library would remember for ever. */
export function clampBackoffs(gossip: GossipSub, nowMs: number): void {
  for (const peers of innerOf(gossip).backoff.values()) {
    for (const [peer, expires] of peers) {
      if (!(expires <= nowMs + maxBackoffMs)) peers.set(peer, nowMs + maxBackoffMs)
    }
  }
}

/** Whether this node has a channel to send a peer its gossip; a channel that failed is not opened again. */
export function hasChannel(gossip: GossipSub, peer: string): boolean {
  return innerOf(gossip).streamsOutbound.has(peer) && gossip.getPeers().some((other) => other.toString() === peer)
}

function innerOf(gossip: GossipSub): Inner {
  const inner = gossip as unknown as Inner
  const isKnown =
    typeof inner.mcache?.getGossipIDs === 'function' &&
    inner.backoff instanceof Map &&
    inner.streamsOutbound instanceof Map &&
    typeof inner.handleIHave === 'function' &&
    typeof inner.handleIWant === 'function'
  assert(isKnown, 'the gossip library has the parts that are bounded')
  return inner
}
