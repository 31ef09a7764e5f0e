import type { MessagePort } from 'node:worker_threads'
import { NodeError } from '../../core/errors.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { Parts } from '../../rpc/backend/protocol.ts'
import type { ForwardOptions } from '../../rpc/forward.ts'
import type { LogStyle } from '../log/logger.ts'
import type { HttpOptions } from '../roles/options.ts'
import type { ReaderOptions } from './reader.ts'

/** What the rpc thread is started with, once the database is open. Plain data and two ports. */
export type OpenRpc = {
  readonly kind: 'open'
  readonly reader: ReaderOptions
  readonly http: HttpOptions
  readonly isSolo: boolean
  /** What the chain thread's backend has. */
  readonly parts: Parts
  /** Where a node without a pool hands transactions on; undefined: it has one. */
  readonly forward: ForwardOptions | undefined
  readonly devKeys: readonly (readonly [Address, Uint8Array])[]
  readonly clientVersion: string
  /** Drawn once per start of the node. */
  readonly instanceId: Hash
  readonly logStyle: LogStyle
  readonly backendPort: MessagePort
  readonly controlPort: MessagePort
}

/** From the chain thread to the rpc thread. */
export type ToRpc = OpenRpc | { readonly kind: 'close' }

/** The ports taken; `metricsPort` and `adminPort` only if there are such servers. */
export type ListeningAt = {
  readonly port: number
  readonly metricsPort: number | undefined
  readonly adminPort: number | undefined
}

/** From the rpc thread to the chain thread. */
export type FromRpc =
  | ({ readonly kind: 'listening' } & ListeningAt)
  | { readonly kind: 'failed'; readonly failure: PlainFailure }
  | { readonly kind: 'closed' }

/** A NodeError as plain data. */
export type PlainFailure = { readonly code: string; readonly message: string; readonly fix: string | undefined }

export function failureToPlain(error: unknown): PlainFailure {
  if (error instanceof NodeError) return { code: error.code, message: error.message, fix: error.fix }
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error), fix: undefined }
}

export function plainToFailure({ code, message, fix }: PlainFailure): NodeError {
  return new NodeError({ code, severity: 'fatal', message, ...(fix !== undefined && { fix }) })
}
