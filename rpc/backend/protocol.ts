import { NodeError, type Severity } from '../../core/errors.ts'
import type { TxReject } from '../../core/reject.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { Backend, BackendEvent, ClaimsBackend, DevBackend, NetBackend, PoolContent } from '../backend.ts'

/** Calls that cross as they are, by the part of the backend that has them: their arguments and results are plain data. */
export type Call =
  | {
      readonly kind: 'chain'
      readonly op: 'poolStatus' | 'poolContent' | 'poolTx' | 'poolNonce' | 'l1' | 'syncing' | 'settled'
    }
  | { readonly kind: 'net'; readonly op: keyof NetBackend }
  | { readonly kind: 'claims'; readonly op: keyof ClaimsBackend }
  | { readonly kind: 'dev'; readonly op: keyof DevBackend }

/** Which parts a backend has that not every one has. */
export type Parts = Readonly<Record<'net' | 'claims' | 'dev', boolean>>

export function partsOf({ net, claims, dev }: Backend): Parts {
  return { net: net !== undefined, claims: claims !== undefined, dev: dev !== undefined }
}

/** RPC thread -> chain thread. */
export type ToChain =
  | { readonly kind: 'submit'; readonly id: number; readonly txs: readonly TxEnvelope<SignedTx>[] }
  | (Call & { readonly id: number; readonly args: readonly unknown[] })
  | { readonly kind: 'watchPending'; readonly on: boolean }
  /** The last events were taken: the next may come. */
  | { readonly kind: 'ack' }

/** Chain thread -> RPC thread. */
export type ToRpc =
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  /** A part of the answer to `poolContent`; after the last one comes its `value`, which is nothing. */
  | { readonly kind: 'poolPiece'; readonly id: number; readonly piece: PoolContent }
  /** Answer to `submit`: only the refused ones, by index. */
  | { readonly kind: 'submitted'; readonly id: number; readonly rejects: readonly (readonly [number, TxReject])[] }
  | { readonly kind: 'thrown'; readonly id: number; readonly thrown: ThrownData }
  | { readonly kind: 'events'; readonly events: readonly BackendEvent[] }

export type ThrownData = { readonly code: string | undefined; readonly severity: Severity; readonly message: string }

/** What another thread threw, as data. */
export function packThrown(thrown: unknown): ThrownData {
  if (thrown instanceof NodeError) return { code: thrown.code, severity: thrown.severity, message: thrown.message }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { code: undefined, severity: 'fatal', message }
}

export function unpackThrown({ code, severity, message }: ThrownData): Error {
  return code === undefined ? new Error(message) : new NodeError({ code, severity, message })
}
