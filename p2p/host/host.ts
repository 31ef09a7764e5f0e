import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { NodeError } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import { topics } from '../../core/ports/net.ts'
import {
  maxMessageBytes,
  maxRequestBytes,
  protocols,
  type StartTransport,
  type Transport,
  type TransportHandlers,
} from '../transport.ts'
import { protocolName, topicName } from '../wire/names.ts'
import { parseAddress } from './addresses.ts'
import { createContacts } from './contacts.ts'
import { dialDiscovered, discoverers, peerTable } from './discovery.ts'
import { createGater } from './gater.ts'
import { gossipService, maxSentBytes, validateGossip } from './gossip.ts'
import { startHousekeeping } from './housekeeping.ts'
import { defaultHostLimits, type HostLimits } from './limits.ts'
import { askOver, createAnswerSlots, peerUnreachable, serveRequests } from './requests.ts'

/** Plain data, so that it can be sent to a thread. */
export type HostOptions = {
  /** As `readIdentity` answers it. */
  readonly privateKey: Uint8Array
  /** Multiaddrs to listen on; none: this node only dials. */
  readonly listen: readonly string[]
  /** Multiaddrs that others are told instead of those listened on; none: those. */
  readonly announce: readonly string[]
  readonly chainId: bigint
  readonly genesis: Hash
  /** Whether peers of the local network are looked for. */
  readonly mdns: boolean
  /** Whether peers are looked for in a distributed table. */
  readonly dht: boolean
  /** Multiaddrs. */
  readonly bootnodes: readonly string[]
  readonly maxPeers: number
  /** The software, as peers are told. */
  readonly agent: string
  readonly limits?: Partial<HostLimits>
}

/** Connections beyond `maxPeers`: persistent peers, and those that are about to be refused. */
const spareConnections = 20

/**
 * libp2p as a transport: TCP, noise, yamux, gossipsub. Starting it rejects with fatal NodeErrors `p2p_listen` and
 * `bad_address`.
 */
export function hostTransport(options: HostOptions): StartTransport {
  return async (handlers) => {
    const limits = { ...defaultHostLimits, ...options.limits }
    const { node, topicNames } = await createNode(options, handlers, limits)
    const { gossip } = node.services
    const closing = new AbortController()
    const contacts = createContacts(node, handlers)
    validateGossip(gossip, topicNames, handlers)
    dialDiscovered(node, limits)

    const slots = createAnswerSlots(limits)
    const nameOf = (protocol: (typeof protocols)[number]) => protocolName(options.chainId, options.genesis, protocol)
    for (const protocol of protocols) {
      await node.handle(nameOf(protocol), serveRequests(protocol, handlers, slots, limits), {
        maxInboundStreams: limits.maxRequestStreams,
        maxOutboundStreams: 16,
      })
    }
    try {
      await node.start()
    } catch (cause) {
      await node.stop()
      throw listenFailure(options.listen, cause)
    }
    for (const name of topicNames.keys()) gossip.subscribe(name)
    startHousekeeping(gossip, () => node.getConnections(), limits, closing.signal)

    return {
      self: node.peerId.toString(),
      addresses: () => node.getMultiaddrs().map(String),
      publish(topic, data) {
        if (data.length > maxSentBytes || closing.signal.aborted) return
        // What finds nobody is dropped.
        gossip.publish(topicName(options.chainId, options.genesis, topic), data).catch(() => {})
      },
      async request(peer, protocol, data, bounds) {
        const connection = contacts.connection(peer)
        if (connection === undefined || data.length > maxRequestBytes) throw peerUnreachable()
        return await askOver(connection, nameOf(protocol), data, bounds)
      },
      async dial(address) {
        const target = parseAddress(address)
        try {
          const connection = await node.dial(target, { signal: AbortSignal.timeout(limits.dialMs) })
          return connection.remotePeer.toString()
        } catch (cause) {
          throw peerUnreachable(cause)
        }
      },
      disconnect: contacts.disconnect,
      connections: contacts.all,
      state: (peer) => ({
        ...contacts.told(peer),
        topics: topics.filter((topic) =>
          isSubscribed(gossip, topicName(options.chainId, options.genesis, topic), peer),
        ),
      }),
      async close() {
        closing.abort()
        await node.stop()
      },
    } satisfies Transport
  }
}

async function createNode(options: HostOptions, handlers: TransportHandlers, limits: HostLimits) {
  const { chainId, genesis } = options
  const topicNames = new Map(topics.map((topic) => [topicName(chainId, genesis, topic), topic]))
  for (const address of [...options.listen, ...options.announce, ...options.bootnodes]) parseAddress(address)
  const isLocal =
    options.listen.length > 0 && options.listen.every((address) => /^\/ip4\/127\.|^\/ip6\/::1\//.test(address))
  let countOf: (peer: string) => number = () => 0
  const node = await createLibp2p({
    start: false,
    privateKey: privateKeyFromProtobuf(options.privateKey),
    nodeInfo: { name: 'openledger', userAgent: options.agent },
    addresses: { listen: [...options.listen], announce: [...options.announce], maxObservedAddresses: 4 },
    transports: [tcp({ maxConnections: options.maxPeers + 2 * spareConnections, backlog: 64 })],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: limits.maxStreams,
        maxOutboundStreams: limits.maxStreams,
        streamOptions: { maxStreamWindowSize: maxMessageBytes },
      }),
    ],
    connectionGater: createGater(handlers, {
      countOf: (peer) => countOf(peer),
      maxPerPeer: limits.maxConnectionsPerPeer,
    }),
    connectionManager: {
      maxConnections: options.maxPeers + spareConnections,
      inboundConnectionThreshold: limits.inboundPerSec,
      maxIncomingPendingConnections: limits.maxPending,
      maxParallelDials: 16,
      maxDialQueueLength: 64,
      maxPeerAddrsToDial: 8,
      dialTimeout: limits.dialMs,
      inboundUpgradeTimeout: limits.handshakeMs,
      inboundStreamProtocolNegotiationTimeout: limits.negotiateMs,
      outboundStreamProtocolNegotiationTimeout: limits.negotiateMs,
      reconnectRetries: 0,
    },
    connectionMonitor: { pingInterval: limits.pingMs, pingTimeout: { maxTimeout: limits.pingMs } },
    peerStore: { maxAddressAge: 1_800_000, maxPeerAge: 1_800_000 },
    peerDiscovery: discoverers(options),
    services: {
      identify: identify({ maxObservedAddresses: 4 }),
      ping: ping(),
      gossip: gossipService(topicNames, handlers, limits),
      ...(options.dht && { dht: peerTable(chainId, genesis, isLocal) }),
    },
  })
  countOf = (peer) => node.getConnections(peerIdFromString(peer)).length
  return { node, topicNames }
}

function isSubscribed(
  gossip: { getSubscribers(topic: string): readonly { toString(): string }[] },
  name: string,
  peer: string,
): boolean {
  return gossip.getSubscribers(name).some((other) => other.toString() === peer)
}

function listenFailure(addresses: readonly string[], cause: unknown): NodeError {
  const text = cause instanceof Error ? cause.message : ''
  const reason = text.includes('EADDRINUSE') ? 'the port is in use' : 'the system refuses it'
  return new NodeError(
    {
      code: 'p2p_listen',
      severity: 'fatal',
      message: `cannot listen for peers on ${addresses.join(', ')}: ${reason}`,
      fix: 'stop the program that uses the port, or choose another one with --p2p.port (0 takes a free one)',
    },
    { cause },
  )
}
