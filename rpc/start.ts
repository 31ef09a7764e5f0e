import type { Address, Hash } from '../core/hex.ts'
import type { ChainRules } from '../core/rules.ts'
import type { BlockReader } from '../state/store/blockReader.ts'
import { type AdminOptions, listenAdmin } from './admin.ts'
import type { Backend } from './backend.ts'
import type { Calls } from './calls/calls.ts'
import type { DevContext, RpcContext } from './context.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { watchDispute } from './dispute.ts'
import { serveEvidence } from './evidence.ts'
import { startFeed } from './feed.ts'
import { createFilters } from './filters.ts'
import { createForwarder, type ForwardOptions } from './forward.ts'
import { defaultLimits, type RpcLimits } from './limits.ts'
import { namespaces as allNamespaces, type Namespace } from './method.ts'
import { selectMethods } from './methods/table.ts'
import type { RollupReads } from './rollup.ts'
import { type Listening, listen, listenMonitor } from './server/listen.ts'
import type { Monitor } from './server/monitor.ts'
import { createCharge } from './server/rate.ts'
import { createSubmitter } from './submit.ts'
import { createView } from './view.ts'

export type RpcOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly rules: ChainRules
  readonly clientVersion: string
  /** `hardhat_metadata`: other bytes for every start of a chain, the same when only this server is started again. */
  readonly instanceId: Hash
  readonly backend: Backend
  readonly reader: BlockReader
  readonly calls: Calls
  /** Namespaces to serve; `rpc` always is. */
  readonly namespaces: readonly Namespace[]
  readonly limits?: RpcLimits
  /** Names under which clients reach this server, besides IP addresses; `*` for any. */
  readonly hosts?: readonly string[]
  /** Web origins that browsers may call from; `*` for all, none for no cross-origin access. */
  readonly origins?: readonly string[]
  readonly gzip?: boolean
  /** Take the caller's address from X-Forwarded-For. */
  readonly trustProxy?: boolean
  /** Keys of the accounts this node signs for; only with `backend.dev`. */
  readonly devKeys?: ReadonlyMap<Address, Uint8Array>
  /** On a chain with an L1: what is read of it. */
  readonly rollup?: RollupReads
  /** On a node without a pool: where transactions go. */
  readonly forward?: ForwardOptions
  readonly monitor?: Monitor
  /** Health and metrics on a port of their own instead of the main one. */
  readonly monitorAt?: { readonly host: string; readonly port: number }
  /** Servers for operators. */
  readonly admin?: AdminOptions
  /** Told of failures of this server: outages and bugs, never bad requests. */
  readonly onError: (thrown: unknown, where: string) => void
  /** Told of every answer, for metrics. */
  readonly onAnswer?: (method: string, ok: boolean, ms: number) => void
  readonly nowMs?: () => number
}

export type Rpc = {
  /** The ports taken. */
  readonly port: number
  readonly monitorPort: number | undefined
  readonly adminPort: number | undefined
  /** Answers what is under way, at most for a second, and ends; the calls given stay open. */
  close(): Promise<void>
}

/** Serves JSON-RPC over HTTP and WebSocket. Throws `NodeError` when a port cannot be taken. */
export async function startRpc(options: RpcOptions): Promise<Rpc> {
  const { backend, calls, rules, clientVersion, onError, limits = defaultLimits, nowMs = Date.now } = options
  const disputes = await watchDispute(backend)
  const view = createView(options.reader, disputes.current)
  const feed = startFeed({ backend, view, onError: (thrown) => onError(thrown, 'feed') })
  const filters = createFilters({ feed, limits, nowMs })
  const methods = selectMethods(new Set([...options.namespaces, 'rpc']), {
    solo: backend.dev !== undefined,
    rollup: options.rollup !== undefined,
  })
  const served = new Set([...methods.values()].map(({ namespace }) => namespace))
  const context: RpcContext = {
    rules,
    clientVersion,
    limits,
    backend,
    view,
    calls,
    feed,
    filters,
    submitter: options.forward === undefined ? createSubmitter(backend, limits) : createForwarder(options.forward),
    rollup: options.rollup,
    evidence: options.rollup?.evidence && serveEvidence(options.rollup.evidence, nowMs),
    namespaces: allNamespaces.filter((name) => served.has(name)),
    dev: devContext(options),
  }
  const dispatch = createDispatch({
    context,
    methods,
    charge: createCharge(limits, nowMs),
    onError,
    onAnswer: options.onAnswer,
  })
  const closeParts = (): void => {
    filters.close()
    feed.close()
    disputes.close()
  }
  try {
    const servers = await startServers(options, dispatch, limits)
    const admin = await startAdmin(options, context, nowMs).catch(async (thrown: unknown) => {
      await Promise.all(servers.map((server) => server?.close()))
      throw thrown
    })
    return {
      port: servers[0].port,
      monitorPort: servers[1]?.port,
      adminPort: admin?.port,
      async close() {
        await Promise.all([...servers, admin].map((server) => server?.close()))
        closeParts()
      },
    }
  } catch (thrown) {
    closeParts()
    throw thrown
  }
}

/** The main server, and that of the monitor if it has a port of its own. */
async function startServers(
  options: RpcOptions,
  dispatch: Dispatch,
  limits: RpcLimits,
): Promise<readonly [Listening, Listening | undefined]> {
  const { host, port, hosts = ['localhost'], origins = [], gzip = false, trustProxy = false } = options
  const { monitor, monitorAt } = options
  const onMain = monitorAt === undefined ? monitor : undefined
  const main = await listen({
    name: 'main',
    host,
    port,
    dispatch,
    limits,
    hosts,
    origins,
    gzip,
    trustProxy,
    monitor: onMain,
  })
  if (monitor === undefined || monitorAt === undefined) return [main, undefined]
  try {
    return [main, await listenMonitor(monitor, monitorAt)]
  } catch (thrown) {
    await main.close()
    throw thrown
  }
}

async function startAdmin(options: RpcOptions, context: RpcContext, nowMs: () => number) {
  const { admin, gzip = false, onError, onAnswer } = options
  return admin && (await listenAdmin(admin, { context, gzip, nowMs, onError, onAnswer }))
}

function devContext({ backend, devKeys, instanceId }: RpcOptions): DevContext | undefined {
  if (backend.dev === undefined) return undefined
  const keys = devKeys ?? new Map()
  return {
    instanceId,
    backend: backend.dev,
    keys,
    impersonated: new Set(),
    impersonateAll: false,
    sending: new Map(),
  }
}
