import type { AttestationDomain } from '../../core/attestation.ts'
import type { Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { NetListener, NetView } from '../../core/ports/net.ts'
import type { Seal } from '../../core/seal.ts'
import type { NetLimits } from '../limits.ts'
import type { StartTransport } from '../transport.ts'

/** Fields are data, texts are constant; nothing that came from the network is in either at info or above. */
export type NetLog = Record<'info' | 'warn' | 'debug', (fields: object, text: string) => void>

/** What peers are given when they ask. Both are reads of the database; they may throw its NodeErrors. */
export type NetReads = {
  /** The canonical block at a height as RLP, with its seal if it came by gossip or from peers. */
  blockAt(number: bigint): { readonly raw: Uint8Array; readonly seal: Seal | undefined } | undefined
  /** A blob of 131,072 bytes by versioned hash. */
  blob(hash: Hash): Uint8Array | undefined
}

export type HubOptions = {
  readonly startTransport: StartTransport
  readonly listener: NetListener
  readonly view: NetView
  readonly reads: NetReads
  readonly chainId: bigint
  readonly genesis: Hash
  readonly rules: { readonly maxBlockBytes: number; readonly maxTxBytes: number }
  /** Undefined: the chain has no registry of validators on L1, and attestations do not count. */
  readonly attestationDomain: AttestationDomain | undefined
  /** Multiaddrs of peers that are always connected, never refused and never banned. */
  readonly persistent: readonly string[]
  /** Multiaddrs that are dialled while there are few peers. */
  readonly bootnodes: readonly string[]
  /** Peer ids, IP addresses and CIDRs. If there are any, nobody else is admitted but persistent peers. */
  readonly allow: readonly string[]
  /** Peer ids, IP addresses and CIDRs that are never admitted, whatever `allow` says. */
  readonly deny: readonly string[]
  readonly limits?: Partial<NetLimits>
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: NetLog
  /** Ends everything, like `close`. */
  readonly signal: AbortSignal
}
