import type { ConnectionGater } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PeerId } from '../../core/ports/net.ts'
import type { TransportHandlers } from '../transport.ts'
import { idIn, ipIn } from './addresses.ts'

/** Refuses connections that the handlers do not admit: before the handshake by address, after it by peer. */
export function createGater(
  { admits }: Pick<TransportHandlers, 'admits'>,
  { countOf, maxPerPeer }: { readonly countOf: (peer: PeerId) => number; readonly maxPerPeer: number },
): ConnectionGater {
  function isDenied(direction: 'inbound' | 'outbound', address: Multiaddr, peer: PeerId | undefined): boolean {
    if (peer !== undefined && countOf(peer) >= maxPerPeer) return true
    return !admits({ peer, address: address.toString(), ip: ipIn(address), direction })
  }
  return {
    denyDialMultiaddr: (address) => isDenied('outbound', address, idIn(address)),
    denyInboundConnection: ({ remoteAddr }) => isDenied('inbound', remoteAddr, undefined),
    denyInboundEncryptedConnection: (peer, { remoteAddr }) => isDenied('inbound', remoteAddr, peer.toString()),
    denyOutboundEncryptedConnection: (peer, { remoteAddr }) => isDenied('outbound', remoteAddr, peer.toString()),
  }
}
