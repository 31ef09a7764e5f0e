import { bootstrap } from '@libp2p/bootstrap'
import type { Libp2p, PeerDiscovery, PeerInfo } from '@libp2p/interface'
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { mdns } from '@libp2p/mdns'
import type { Hash } from '../../core/hex.ts'
import { chainName } from '../wire/names.ts'
import type { HostLimits } from './limits.ts'
import { boundTable } from './tableBounds.ts'

type Discover = (
  components: Parameters<ReturnType<typeof mdns>>[0] & Parameters<ReturnType<typeof bootstrap>>[0],
) => PeerDiscovery

/** Ways of finding peers that announce themselves: a list, and the local network. */
export function discoverers(options: {
  readonly chainId: bigint
  readonly genesis: Hash
  readonly bootnodes: readonly string[]
  readonly mdns: boolean
}): Discover[] {
  const { chainId, genesis, bootnodes } = options
  return [
    // Without an id it cannot be known whether the right one answers.
    ...(bootnodes.some(hasId) ? [bootstrap({ list: bootnodes.filter(hasId) })] : []),
    ...(options.mdns ? [mdns({ serviceTag: `_openledger-${chainId}-${genesis.slice(2, 10)}._udp.local` })] : []),
  ]
}

/**
 * A table of peers of this chain only, that each of them holds a part of. Addresses of private networks are in it only
 * if this node `isLocal`, too: elsewhere they lead nowhere, or to machines that are none of a stranger's business.
 */
export function peerTable(chainId: bigint, genesis: Hash, isLocal: boolean): ReturnType<typeof kadDHT> {
  const create = kadDHT({
    protocol: `${chainName(chainId, genesis)}/kad/1`,
    // Without it a node serves the table only once it knows a public address of its own.
    clientMode: false,
    kBucketSize: 20,
    peerInfoMapper: isLocal ? passthroughMapper : removePrivateAddressesMapper,
    // Nothing but peers is looked up.
    validators: {},
    selectors: {},
    maxInboundStreams: 4,
    maxOutboundStreams: 8,
    providers: { cacheSize: 16 },
    reprovide: { maxQueueSize: 16 },
  })
  return (components) => boundTable(create(components))
}

/** Dials peers that were discovered while there are few, a few at a time; those in excess are forgotten. */
export function dialDiscovered(
  node: Pick<Libp2p, 'dial' | 'addEventListener' | 'getConnections'>,
  { discoverUpTo, chooseUpTo, maxDiscoveryDials, dialMs }: HostLimits,
): void {
  let underWay = 0
  function hasFew(): boolean {
    const all = node.getConnections()
    const chosen = all.filter(({ direction }) => direction === 'outbound')
    return all.length + underWay < discoverUpTo || chosen.length + underWay < chooseUpTo
  }
  node.addEventListener('peer:discovery', ({ detail }: CustomEvent<PeerInfo>) => {
    if (underWay >= maxDiscoveryDials || !hasFew()) return
    if (node.getConnections(detail.id).length > 0 || detail.multiaddrs.length === 0) return
    underWay++
    node
      .dial(detail.id, { signal: AbortSignal.timeout(dialMs) })
      .catch(() => {})
      .finally(() => {
        underWay--
      })
  })
}

function hasId(address: string): boolean {
  return address.includes('/p2p/')
}
