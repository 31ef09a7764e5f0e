/** A token bucket: how much may come in a row, and how much a second in the long run. */
export type Rate = { readonly perSec: number; readonly burst: number }

/** Bounds of what this node takes from peers and gives to them. Times in milliseconds. */
export type NetLimits = {
  /** Connected peers; persistent ones are admitted beyond it. */
  readonly maxPeers: number
  /** Of these the ones that connected to us, so that there is room for those that this node chose. */
  readonly maxInbound: number
  /** Peers of one /24 (IPv4) or /48 (IPv6), but not of loopback and private networks. */
  readonly maxPerSubnet: number
  /** With fewer peers than this the node dials bootnodes and peers it knows. */
  readonly wantedPeers: number
  /** So it does with fewer than this that it dialled itself, however many connected to it. */
  readonly wantedChosen: number
  /** Addresses that are kept to be dialled again, a quarter of them at most because an operator added them. */
  readonly maxAddresses: number
  /** Peers that stay remembered after they have left: scores, rates, bans. */
  readonly maxRemembered: number

  /** Gossiped messages of one peer. What is beyond is ignored; beyond `floodFactor` times that it is held against the peer. */
  readonly gossip: Readonly<Record<'blocks' | 'txs' | 'attestations', Rate>>
  /** Gossiped messages of all peers together, as a multiple of `gossip`; each peer's part of it is its own besides. */
  readonly gossipTotalFactor: Readonly<Record<'blocks' | 'txs' | 'attestations', number>>
  /**
   * Requests of one peer, and of all together, of which each peer's part is its own (the status, which costs nothing,
   * counts only for the peer).
   */
  readonly requests: Rate
  readonly requestsTotal: Rate
  readonly floodFactor: number
  /** Requests of one peer that wait behind the one that is answered. */
  readonly maxWaitingRequests: number
  /** Requests that this node has under way at one peer: the host takes two of a kind. */
  readonly maxUnderWay: number
  /** What this node asks of one peer: less than `requests`, so that no peer takes it for a flood. */
  readonly asking: Rate

  /** For one answer to a request. */
  readonly requestMs: number
  /** Peers that are asked in turn for the same thing. */
  readonly maxBlockPeers: number
  readonly maxBlobPeers: number

  /** Between two questions for a peer's status, less or more a quarter; of a peer that is ahead, `hastyStatusMs`. */
  readonly statusMs: number
  readonly hastyStatusMs: number
  /** A connection that lasts this long was worth its dial. */
  readonly steadyMs: number
  /** Between two attempts to dial one address: doubled each time from the first up to the most. */
  readonly dialMs: number
  readonly maxDialMs: number
  /** Dials at one time. */
  readonly maxDials: number

  /** A score is halved in this time. */
  readonly scoreHalfLifeMs: number
  readonly minScore: number
  readonly maxScore: number
  /** What a peer gains by a message that is passed on. */
  readonly acceptCredit: number
  /** Statuses in a row that a peer owes before it is disconnected. */
  readonly maxOwedStatuses: number
  /** With this score or less a peer is banned. */
  readonly banScore: number
  readonly banMs: number
  /** More bans than this of peers of one public IP address ban the address too. */
  readonly maxBansPerIp: number
}

export const defaultNetLimits: NetLimits = {
  maxPeers: 60,
  maxInbound: 45,
  maxPerSubnet: 4,
  wantedPeers: 8,
  wantedChosen: 4,
  maxAddresses: 256,
  maxRemembered: 1_024,

  gossip: {
    blocks: { perSec: 8, burst: 32 },
    txs: { perSec: 500, burst: 2_000 },
    attestations: { perSec: 64, burst: 256 },
  },
  gossipTotalFactor: { blocks: 15, txs: 5, attestations: 6 },
  requests: { perSec: 4, burst: 15 },
  requestsTotal: { perSec: 20, burst: 40 },
  floodFactor: 4,
  maxWaitingRequests: 4,
  maxUnderWay: 2,
  asking: { perSec: 3, burst: 10 },

  requestMs: 8_000,
  maxBlockPeers: 3,
  maxBlobPeers: 4,

  statusMs: 10_000,
  hastyStatusMs: 1_000,
  steadyMs: 30_000,
  dialMs: 1_000,
  maxDialMs: 60_000,
  maxDials: 4,

  scoreHalfLifeMs: 600_000,
  minScore: -200,
  maxScore: 50,
  acceptCredit: 0.5,
  maxOwedStatuses: 3,
  banScore: -100,
  banMs: 3_600_000,
  maxBansPerIp: 2,
}
