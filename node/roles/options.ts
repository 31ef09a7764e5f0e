import type { Address } from '../../core/hex.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import type { AdminOptions } from '../../rpc/admin.ts'
import type { ForwardOptions } from '../../rpc/forward.ts'
import type { RpcLimits } from '../../rpc/limits.ts'
import type { Namespace } from '../../rpc/method.ts'
import type { DataDir } from '../data/dir.ts'
import type { Logger, LogStyle } from '../log/logger.ts'
import type { RoleName, StartRole } from './role.ts'

/** Where the JSON-RPC server listens and what it offers. Plain data: it crosses to the rpc thread. */
export type HttpOptions = {
  readonly host: string
  readonly port: number
  readonly namespaces: readonly Namespace[]
  readonly corsOrigins: readonly string[]
  readonly hosts: readonly string[]
  /** A separate server for health and metrics, if asked for. */
  readonly metricsHost: string
  readonly metricsPort: number | undefined
  readonly limits: RpcLimits
  /** Take the caller's address from X-Forwarded-For. */
  readonly trustProxy: boolean
  /** Where operators are served. */
  readonly admin?: AdminOptions
}

/** Everything a node with one chain and one RPC server needs. */
export type NodeOptions = {
  readonly role: RoleName
  readonly start: StartRole
  readonly spec: ChainSpec
  /** Accounts the node signs for; development chains only. */
  readonly devKeys: readonly (readonly [Address, Uint8Array])[]
  readonly dir: DataDir
  readonly cacheMiB: number
  readonly minFreeDiskMiB: number
  readonly http: HttpOptions
  /** Where transactions go on a node without a pool. */
  readonly forward?: ForwardOptions
  /** The head must not be older than this to be ready; undefined where blocks come on demand only. */
  readonly maxHeadAgeSec: number | undefined
  readonly log: Logger
  readonly logStyle: LogStyle
  readonly signal: AbortSignal
}
