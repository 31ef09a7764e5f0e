import { maxMessageBytes } from '../transport.ts'

/** Bounds of the host. Times in milliseconds. */
export type HostLimits = {
  /** Connections that one address may open in a second; what is beyond is closed before the handshake. */
  readonly inboundPerSec: number
  /** Connections whose handshake is not over. */
  readonly maxPending: number
  /** Connections of one peer: it and this node may dial each other at the same moment. */
  readonly maxConnectionsPerPeer: number
  /** For a dial, and for the handshake of a connection that came in. */
  readonly dialMs: number
  readonly handshakeMs: number
  /** For opening a stream and agreeing on its protocol. */
  readonly negotiateMs: number
  /** Streams that a connection may have opened to this node at a time, and of these ones for each kind of request. */
  readonly maxStreams: number
  readonly maxRequestStreams: number
  /** For a request to arrive, and for its answer to be taken; then the stream is reset. */
  readonly readMs: number
  readonly writeMs: number
  /** Answers of blocks and blobs that are being sent at a time: each of them may be 4 MiB that nobody reads. */
  readonly maxAnswers: number
  readonly maxAnswersPerPeer: number
  /** A peer that does not answer a ping of this interval within a few seconds is disconnected. */
  readonly pingMs: number
  /** A connection without a channel for gossip this long after it was opened is of no use. */
  readonly withoutGossipMs: number
  /** Bytes that wait for a peer to take its gossip; beyond that it is disconnected. */
  readonly maxWaitingBytes: number
  /**
   * Connections up to which peers that were discovered are dialled, or, however many came in, such as this node dialled
   * itself; and dials of that kind at a time.
   */
  readonly discoverUpTo: number
  readonly chooseUpTo: number
  readonly maxDiscoveryDials: number
}

export const defaultHostLimits: HostLimits = {
  inboundPerSec: 5,
  maxPending: 10,
  maxConnectionsPerPeer: 2,
  dialMs: 10_000,
  handshakeMs: 5_000,
  negotiateMs: 5_000,
  maxStreams: 64,
  maxRequestStreams: 2,
  readMs: 5_000,
  writeMs: 10_000,
  maxAnswers: 32,
  maxAnswersPerPeer: 2,
  pingMs: 10_000,
  withoutGossipMs: 15_000,
  maxWaitingBytes: 2 * maxMessageBytes,
  discoverUpTo: 20,
  chooseUpTo: 8,
  maxDiscoveryDials: 4,
}
