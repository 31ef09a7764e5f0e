import type { Attestation } from '../../core/attestation.ts'
import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import type {
  AttestationCode,
  BlockCode,
  GossipedBlock,
  Net,
  NetView,
  Offence,
  PeerId,
  PeerStatus,
  Topic,
  TxCode,
} from '../../core/ports/net.ts'
import type { NetThreadOptions } from './options.ts'

// What the chain thread and the net thread say to each other: plain data. Bytes are copied out of what they are part of
// and handed over, so that neither thread holds what the other one uses.

/** What the chain thread asks the net, by method; arguments and answers are those of `Net`. */
export type NetCalls = Pick<Net, 'blocks' | 'blob' | 'peers' | 'info' | 'addPeer' | 'removePeer'>
export type NetCall = {
  [Method in keyof NetCalls]: { readonly method: Method; readonly args: Parameters<NetCalls[Method]> }
}[keyof NetCalls]

/** What the net asks the chain thread: what to make of a message. */
export type Question =
  | { readonly topic: 'blocks'; readonly block: GossipedBlock }
  | { readonly topic: 'txs'; readonly raw: Uint8Array; readonly sender: Address }
  | { readonly topic: 'attestations'; readonly attestation: Attestation; readonly signer: Address }
export type Answer = BlockCode | TxCode | AttestationCode

export type LogLine = {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly fields: object
  /** Constant. */
  readonly text: string
}

/** What happened since the last time the chain thread listened; of each peer the newest only. */
export type News = {
  readonly statuses: readonly (readonly [PeerId, PeerStatus])[]
  readonly gone: readonly PeerId[]
  readonly lines: readonly LogLine[]
}

/** From the chain thread to the net thread. */
export type ToNet =
  | { readonly kind: 'open'; readonly options: NetThreadOptions; readonly view: NetView }
  | { readonly kind: 'view'; readonly view: NetView }
  | { readonly kind: 'publish'; readonly topic: Topic; readonly data: Uint8Array }
  | { readonly kind: 'blame'; readonly peer: PeerId; readonly offence: Offence }
  | { readonly kind: 'call'; readonly id: number; readonly call: NetCall }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  /** The news were heard: there may be more. */
  | { readonly kind: 'heard' }
  | { readonly kind: 'close' }

/** From the net thread to the chain thread. */
export type FromNet =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly failure: PlainFailure }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  | { readonly kind: 'news'; readonly news: News }

/** A NodeError as plain data. */
export type PlainFailure = Pick<NodeError, 'code' | 'severity' | 'message' | 'fix'>

export function failureToPlain(error: unknown): PlainFailure {
  if (error instanceof NodeError) {
    return { code: error.code, severity: error.severity, message: error.message, fix: error.fix }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'net_thread', severity: 'fatal', message, fix: undefined }
}

export function plainToFailure({ code, severity, message, fix }: PlainFailure): NodeError {
  return new NodeError({ code, severity, message, ...(fix !== undefined && { fix }) })
}

/** A copy of bytes that shares its memory with nothing, and can be handed over to another thread. */
export function ownCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
