import type { RpcContext } from './context.ts'
import type { RpcFailure } from './errors.ts'
import type { Param, Values } from './params/param.ts'

/** What the public server can serve. */
export const namespaces = [
  'eth',
  'net',
  'web3',
  'txpool',
  'optimism',
  'openledger',
  'rpc',
  'evm',
  'hardhat',
  'anvil',
] as const
/** With what only the admin server has. */
export const allNamespaces = [...namespaces, 'admin'] as const
export type Namespace = (typeof allNamespaces)[number]

/** Where a method exists: on every chain, on solo development chains, on chains with an L1, or on WebSocket connections. */
export type Scope = 'all' | 'solo' | 'rollup' | 'websocket'

/** Who asks. One per WebSocket connection, one per HTTP request. */
export type Session = {
  /** The caller's address as `callerOf` gives it. */
  readonly ip: string
  /** Sends a text to the client after the answer to the current message; absent where the server cannot push. */
  readonly push: ((text: string) => void) | undefined
  /** Whether the connection has ended meanwhile: nothing that lasts may be made for it any more. */
  readonly isClosed: () => boolean
  /** Subscriptions of this connection by id, with what ends each. */
  readonly subscriptions: Map<string, () => void>
}

/**
 * What a method answers: JSON, text that is JSON already (`rawJson`), a failure, or undefined for null. Bigints never
 * appear in results.
 */
export type Answer = unknown | RpcFailure

/** `roomBytes`: the longest JSON text there is room for in the response; a longer one is refused. */
export type Handler<V> = (
  context: RpcContext,
  values: V,
  session: Session,
  roomBytes: number,
) => Answer | Promise<Answer>

/** One row of the method table. */
export type Method = {
  readonly name: string
  readonly namespace: Namespace
  readonly scope: Scope
  readonly params: readonly Param<unknown>[]
  /** Cost in units of the rate limit. */
  readonly weight: number
  /** Sees the effect of every transaction accepted before it, also those that automine has yet to seal. */
  readonly reads: boolean
  /** A submission: the requests after it in a batch wait for its answer, other submissions do not. */
  readonly submits: boolean
  readonly summary: string
  readonly handle: Handler<readonly unknown[]>
}

/** A row as its file writes it: what is usual can be left out. */
export type Definition<P extends readonly Param<unknown>[]> = {
  readonly name: string
  readonly summary: string
  readonly params?: P
  readonly weight?: number
  readonly reads?: boolean
  readonly submits?: boolean
  readonly scope?: Scope
  /** Where it differs from the name's prefix. */
  readonly namespace?: Namespace
  readonly handle: Handler<Values<P>>
}

/** A row of the method table; the handler gets the parsed values with their types. */
export function method<const P extends readonly Param<unknown>[] = []>(definition: Definition<P>): Method {
  const { name, summary, params = [], weight = 1, reads = false, submits = false, scope = 'all', handle } = definition
  const namespace = definition.namespace ?? (name.slice(0, name.indexOf('_')) as Namespace)
  return {
    name,
    namespace,
    scope,
    params,
    weight,
    reads,
    submits,
    summary,
    handle: handle as Handler<readonly unknown[]>,
  }
}

/** The same method under other names. */
export function aliases(row: Method, names: readonly string[]): readonly Method[] {
  return names.map((name) => ({ ...row, name, namespace: name.slice(0, name.indexOf('_')) as Namespace }))
}
