import type { Attestation } from '../attestation.ts'
import type { Address, Hash } from '../hex.ts'
import type { Seal, SealedRef } from '../seal.ts'

/** A peer's libp2p id as text (base58btc). */
export type PeerId = string

/** What is gossiped. */
export const topics = ['blocks', 'txs', 'attestations'] as const
export type Topic = (typeof topics)[number]

/** One block by number and hash. */
type Ref = { readonly number: bigint; readonly hash: Hash }

/** Where a peer says it is. */
export type PeerStatus = {
  readonly genesis: Hash
  readonly unsafe: Ref
  readonly safe: Ref
  readonly finalized: Ref
}

/** A block in wire form that was decoded once already: its hash is checked, and the senders of its transactions are recovered. */
export type OpenedBlock = SealedRef & {
  /** RLP. */
  readonly raw: Uint8Array
  /** One per transaction, in order, as `decodeBlock` takes them. */
  readonly senders: readonly Address[]
}

/** A block as it was gossiped: `seal` is of one of the signers the net was told of, `compressed` is what it commits to. */
export type GossipedBlock = OpenedBlock & {
  readonly peer: PeerId
  readonly seal: Seal
  readonly compressed: Uint8Array
}

/** A block as a peer gave it when asked. The seal is not checked; blocks that came from L1 have none. */
export type ServedBlock = OpenedBlock & { readonly seal: Seal | undefined }

/** What the chain made of a gossiped block. */
export const blockCodes = [
  'imported',
  /** It is stored already. */
  'known',
  /** It waits: for its parent, for its L1 origin, or because the node is catching up. */
  'held',
  /** It breaks a rule of the chain. */
  'invalid',
  /** A sibling that the sequencer signed too, of the same origin. */
  'equivocation',
  /** Of another branch than the one followed, or before the safe head: of no use. */
  'useless',
] as const
export type BlockCode = (typeof blockCodes)[number]

/** What the pool made of a gossiped transaction. */
export const txCodes = [
  'accepted',
  'known',
  /** Could become valid, or was valid until lately: nobody's fault. */
  'not_now',
  /** Can never be valid on this chain. */
  'invalid',
] as const
export type TxCode = (typeof txCodes)[number]

/** What became of a gossiped attestation of a registered signer. */
export const attestationCodes = ['counted', 'known', 'too_old', 'too_new', 'double_sign'] as const
export type AttestationCode = (typeof attestationCodes)[number]

/** What a peer did wrong, as far as only the chain can tell. */
export type Offence = 'invalid_block' | 'useless_answer' | 'malformed_answer' | 'contradicts_l1'

/** What the net has to know of the chain to refuse messages cheaply. */
export type NetView = {
  readonly status: PeerStatus
  /** Who may seal blocks: SystemConfig's unsafe signer, and the one before for a while after a change. */
  readonly signers: readonly Address[]
  /** L1 may have named another signer meanwhile: what an unknown one has sealed is nobody's fault. */
  readonly isBehindL1?: boolean
  /** Whose attestations count. */
  readonly validators: readonly Address[]
}

/** What is known of a connected peer. */
export type PeerInfo = {
  readonly id: PeerId
  /** Its multiaddr. */
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  /** Connected since, Unix milliseconds. */
  readonly sinceMs: number
  /** Software, as it says. */
  readonly agent: string | undefined
  readonly latencyMs: number | undefined
  /** 0 is neutral, below -100 it is banned. */
  readonly score: number
  readonly isPersistent: boolean
  readonly topics: readonly Topic[]
  /** Undefined until it has told. */
  readonly status: PeerStatus | undefined
  readonly messages: { readonly accepted: number; readonly ignored: number; readonly rejected: number }
}

/** What is known of this node in the network. */
export type NetInfo = {
  readonly id: PeerId
  /** Multiaddrs that others can dial, with the id. */
  readonly addresses: readonly string[]
  readonly peers: number
  readonly banned: number
}

/**
 * The network as the chain thread sees it. Real: libp2p in a thread of its own; in tests: a virtual network. Nothing it
 * is asked to send is guaranteed to arrive. Every message is bounded and was checked as far as that needs no state.
 */
export type Net = {
  /** Replaces what the net knows of the chain. */
  tell(view: NetView): void
  /** Gossips an encoded message. */
  publish(topic: Topic, data: Uint8Array): void
  /** Asks a peer (the best one unless named) for blocks from a number on, in order; undefined: nobody gave any. */
  blocks(request: {
    readonly from: bigint
    readonly count: number
    readonly peer?: PeerId | undefined
  }): Promise<{ readonly peer: PeerId; readonly blocks: readonly ServedBlock[] } | undefined>
  /** Asks peers for a blob of 131,072 bytes by versioned hash. Not checked against the hash. */
  blob(hash: Hash): Promise<{ readonly peer: PeerId; readonly blob: Uint8Array } | undefined>
  blame(peer: PeerId, offence: Offence): void
  peers(): Promise<readonly PeerInfo[]>
  info(): Promise<NetInfo>
  /** Dials a multiaddr and keeps the connection up from now on; false if it is not reached now, or is malformed. */
  addPeer(address: string): Promise<boolean>
  /** Forgets a peer and disconnects it; false if it is unknown. */
  removePeer(peer: PeerId): Promise<boolean>
  close(): Promise<void>
}

/** Who hears of what the network brings. None of these may throw; the promises decide whether a message is passed on. */
export type NetListener = {
  block(block: GossipedBlock): Promise<BlockCode>
  /** A decoded user transaction in wire form with its sender. */
  tx(raw: Uint8Array, sender: Address): Promise<TxCode>
  attestation(attestation: Attestation, signer: Address): Promise<AttestationCode>
  /** A peer has told where it is. */
  status(peer: PeerId, status: PeerStatus): void
  gone(peer: PeerId): void
}

/** Opens the net; it is connected to nobody yet. Rejects with NodeErrors of cause and fix. */
export type StartNet = (listener: NetListener, view: NetView) => Promise<Net>
