import type { PeerId, Topic } from '../core/ports/net.ts'
import type { Verdict } from './verdict.ts'

/** What peers can be asked. */
export const protocols = ['status', 'blocks', 'blob'] as const
export type Protocol = (typeof protocols)[number]

export type Connection = {
  readonly peer: PeerId
  /** Multiaddr of the other side. */
  readonly address: string
  /** IP address of the other side as text. */
  readonly ip: string
  readonly direction: 'inbound' | 'outbound'
}

/** What a transport knows of a peer beside the connection. */
export type ConnectionState = {
  readonly agent: string | undefined
  readonly latencyMs: number | undefined
  readonly topics: readonly Topic[]
}

/**
 * How bytes get to peers: gossip by topic, and one answer for one request. Real: libp2p; in tests: a virtual network. It
 * knows neither the chain nor the meaning of a message.
 */
export type Transport = {
  readonly self: PeerId
  /** Multiaddrs that others can dial, with the id. */
  addresses(): readonly string[]
  /** Sends to the peers of the topic; what is too large or finds nobody is dropped. */
  publish(topic: Topic, data: Uint8Array): void
  /**
   * Rejects with NodeErrors of severity `retry`: `peer_unreachable`, `peer_timeout`, `peer_too_long` (more than `maxBytes`),
   * `peer_refused` (the other side answered nothing).
   */
  request(
    peer: PeerId,
    protocol: Protocol,
    data: Uint8Array,
    bounds: { readonly timeoutMs: number; readonly maxBytes: number },
  ): Promise<Uint8Array>
  /** Dials a multiaddr; rejects with `peer_unreachable` or `bad_address` (fatal). */
  dial(address: string): Promise<PeerId>
  disconnect(peer: PeerId): void
  connections(): readonly Connection[]
  state(peer: PeerId): ConnectionState
  close(): Promise<void>
}

/** Who decides about what the transport brings. None of these may throw. */
export type TransportHandlers = {
  /** Whether a connection may be made or kept; asked before and, with the peer, after the handshake. */
  admits(connection: Omit<Connection, 'peer'> & { readonly peer: PeerId | undefined }): boolean
  connected(connection: Connection): void
  disconnected(peer: PeerId): void
  /** A message is passed on only when this resolves to `accept`. */
  message(peer: PeerId, topic: Topic, data: Uint8Array): Promise<Verdict>
  /** The answer to a request; undefined: the stream is reset. */
  request(peer: PeerId, protocol: Protocol, data: Uint8Array): Promise<Uint8Array | undefined>
  /** Part of the gossip score: 0 is neutral, negative is bad, -100 is banned. */
  score(peer: PeerId): number
}

export type StartTransport = (handlers: TransportHandlers) => Promise<Transport>

/** Bytes of one request at most. */
export const maxRequestBytes = 128
/** Bytes of a gossiped message at most: larger ones reach nobody. */
export const maxMessageBytes = 4_194_304
