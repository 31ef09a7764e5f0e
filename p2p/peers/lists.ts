import { BlockList } from 'node:net'
import { NodeError } from '../../core/errors.ts'
import type { PeerId } from '../../core/ports/net.ts'
import { addNetwork, holdsIp } from './ip.ts'

/** Peers by id, IP address or network. */
export type PeerList = {
  readonly isEmpty: boolean
  /** Whether it says anything of ids: then an IP address alone may not decide. */
  readonly hasIds: boolean
  has(candidate: { readonly peer: PeerId | undefined; readonly ip: string }): boolean
}

/** Reads a list of peer ids, IP addresses and CIDRs. Throws the fatal NodeError `bad_peer_list`. */
export function readPeerList(entries: readonly string[]): PeerList {
  const ids = new Set<PeerId>()
  const networks = new BlockList()
  for (const entry of entries) {
    // An id is base58: it has none of these.
    if (!/[.:/]/.test(entry) && entry !== '') ids.add(entry)
    else if (!addNetwork(networks, entry)) {
      throw new NodeError({
        code: 'bad_peer_list',
        severity: 'fatal',
        message: `"${entry}" is neither a peer id nor an IP address nor a network`,
        fix: 'write peer ids (12D3Koo...), IP addresses (203.0.113.7) or networks (203.0.113.0/24)',
      })
    }
  }
  return {
    isEmpty: entries.length === 0,
    hasIds: ids.size > 0,
    has: ({ peer, ip }) => (peer !== undefined && ids.has(peer)) || holdsIp(networks, ip),
  }
}
