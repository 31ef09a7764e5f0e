import type { NetListener, PeerId } from '../../core/ports/net.ts'
import type { News } from './messages.ts'

/** Knows which peers the listener was told of: when the thread ends, all of them are gone. */
export function trackPeers(listener: NetListener): {
  readonly listener: NetListener
  hear(news: News): void
  forget(): void
} {
  const told = new Set<PeerId>()
  return {
    listener,
    hear({ statuses, gone }) {
      for (const peer of gone) {
        told.delete(peer)
        listener.gone(peer)
      }
      for (const [peer, status] of statuses) {
        told.add(peer)
        listener.status(peer, status)
      }
    },
    forget() {
      for (const peer of told) listener.gone(peer)
      told.clear()
    },
  }
}

/** Peers added while the node runs; the oldest make room. */
const maxAdded = 256

/** Addresses of persistent peers, as the settings name them and as they were added and removed since. */
export function trackPersistent(named: readonly string[]): {
  addresses(): readonly string[]
  add(address: string): void
  remove(peer: PeerId): void
} {
  let addresses = [...named]
  return {
    addresses: () => addresses,
    add(address) {
      if (!addresses.includes(address)) addresses = [...addresses, address].slice(-(named.length + maxAdded))
    },
    remove(peer) {
      addresses = addresses.filter((address) => !address.endsWith(`/p2p/${peer}`))
    },
  }
}
