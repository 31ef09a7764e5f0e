import { createDispatch, type Dispatch, type DispatchOptions } from './dispatch.ts'
import type { RpcLimits } from './limits.ts'
import { allNamespaces } from './method.ts'
import { selectMethods } from './methods/table.ts'
import { checkBearer } from './server/jwt.ts'
import { type Listening, listen } from './server/listen.ts'

/** Where the admin methods are served, with all others beside them: never on the public server. */
export type AdminOptions = {
  /** Path of a Unix socket that only this user can use. */
  readonly socket: string | undefined
  /** A port for whoever knows the secret. */
  readonly tcp: AdminPort | undefined
}
export type AdminPort = { readonly host: string; readonly port: number; readonly secret: Uint8Array }

/** Operators are few and trusted: no rate limit, fewer connections. */
const adminConnections = 64

/**
 * Starts the admin servers; the listening port is the second of the result. A socket that cannot be made (its path may
 * be too long for the system) is reported and done without; a port that cannot be taken is a `ListenError`.
 */
export async function listenAdmin(
  { socket, tcp }: AdminOptions,
  options: Omit<DispatchOptions, 'methods' | 'charge'> & { readonly nowMs: () => number; readonly gzip: boolean },
): Promise<{ readonly port: number | undefined; close(): Promise<void> }> {
  const { nowMs, gzip, onError } = options
  const dispatch = adminDispatch(options)
  const limits: RpcLimits = { ...options.context.limits, connections: adminConnections }
  const common = { name: 'admin', dispatch, limits, hosts: ['*'], origins: [], gzip, trustProxy: false } as const
  const servers: Listening[] = []
  const close = async (): Promise<void> => void (await Promise.all(servers.map((server) => server.close())))
  if (socket !== undefined) {
    await listen({ ...common, host: '', port: 0, socket, monitor: undefined }).then(
      (server) => servers.push(server),
      (thrown: unknown) => onError(thrown, 'admin socket'),
    )
  }
  if (tcp === undefined) return { port: undefined, close }
  const { host, port, secret } = tcp
  const authorize = (header: string | undefined) => checkBearer(header, secret, nowMs() / 1000)
  try {
    const server = await listen({ ...common, host, port, authorize, monitor: undefined })
    servers.push(server)
    return { port: server.port, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function adminDispatch(options: Omit<DispatchOptions, 'methods' | 'charge'>): Dispatch {
  const { context, onError, onAnswer } = options
  const methods = selectMethods(new Set(allNamespaces), {
    solo: context.dev !== undefined,
    rollup: context.rollup !== undefined,
  })
  const served = new Set([...methods.values()].map(({ namespace }) => namespace))
  const namespaces = allNamespaces.filter((name) => served.has(name))
  return createDispatch({
    context: { ...context, namespaces },
    methods,
    charge: () => undefined,
    onError,
    onAnswer,
  })
}
