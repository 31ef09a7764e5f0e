import { chmod, rm } from 'node:fs/promises'
import fastifyCors from '@fastify/cors'
import fastifyWebsocket from '@fastify/websocket'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { createBudget } from '../budget.ts'
import type { Dispatch } from '../dispatch.ts'
import type { RpcLimits } from '../limits.ts'
import { isAllowedHost } from './hosts.ts'
import { type Authorize, callerOfRequest, notAllowed, routeHttp } from './http.ts'
import { ListenError, type ServerName } from './listenError.ts'
import { type Monitor, routeMonitor } from './monitor.ts'
import { shareConnections } from './share.ts'
import { createHoldAnswer, endUnread } from './unread.ts'
import { type Socket, serveSocket } from './websocket.ts'

export type ServerOptions = {
  /** What failures are to be about. */
  readonly name: Exclude<ServerName, 'monitor'>
  readonly host: string
  readonly port: number
  /** A Unix socket in place of host and port, for this user only; one that is there already is replaced. */
  readonly socket?: string | undefined
  /** Why an Authorization header is not good enough; absent where nobody has to show one. */
  readonly authorize?: Authorize | undefined
  readonly dispatch: Dispatch
  readonly limits: RpcLimits
  /** Host names besides IP addresses that requests may name; `*` for any. */
  readonly hosts: readonly string[]
  /** Web origins that may call; `*` for all. */
  readonly origins: readonly string[]
  readonly gzip: boolean
  readonly trustProxy: boolean
  /** Served on this port too, if given. */
  readonly monitor: Monitor | undefined
}

export type Listening = { readonly port: number; close(): Promise<void> }

/** How long open requests may go on once the server stops. */
const drainMs = 1000
/** How often requests that take too long are looked for. */
const checkTimeoutsMs = 5000

/** HTTP and WebSocket on one port. Throws `ListenError` when the port cannot be taken. */
export async function listen(options: ServerOptions): Promise<Listening> {
  const { limits, origins, dispatch, authorize } = options
  const hosts = new Set(options.hosts.map((host) => host.toLowerCase()))
  const budget = createBudget({ perCaller: limits.unreadBytesPerIp, total: limits.unreadBytes })
  const app = fastify({
    logger: false,
    // One hop: what the proxy itself adds. Clients write the entries before it.
    trustProxy: options.trustProxy ? (_address: string, hop: number) => hop === 0 : false,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    maxRequestsPerSocket: limits.requestsPerSocket,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(checkTimeoutsMs, limits.requestTimeoutMs),
    },
  })
  app.server.maxConnections = limits.connections
  // Answers that routes make themselves; those to JSON-RPC do not come by here.
  app.addHook('onSend', async (_request, reply) => endUnread(reply.raw, limits.requestTimeoutMs))
  refuseRest(app, (request, reply) => (request.url === '/' ? notAllowed(reply) : notFound(request, reply)))
  if (origins.length > 0) await app.register(fastifyCors, { origin: origins.includes('*') ? '*' : [...origins] })
  await app.register(fastifyWebsocket, { options: { maxPayload: limits.wsMessageBytes, perMessageDeflate: false } })
  shareConnections(app, limits, options.trustProxy)
  routeHttp(app, { dispatch, limits, hosts, authorize, holdAnswer: createHoldAnswer(budget), gzip: options.gzip })
  app.route({
    method: 'GET',
    url: '/',
    exposeHeadRoute: true,
    // A browser may open a WebSocket to any host from any page: both names are checked here.
    onRequest: async (request, reply) => {
      if (!request.ws) return
      const { host, origin, authorization } = request.headers
      const unauthorized = authorize?.(authorization)
      if (unauthorized !== undefined) return await reply.code(401).type('text/plain').send(`${unauthorized}\n`)
      if (!isAllowedHost(host, hosts) || !isAllowedOrigin(origin, origins)) await reply.code(403).send('forbidden\n')
    },
    handler: (_request, reply) =>
      reply.type('text/plain').send('OpenLedger JSON-RPC: POST here, or open a WebSocket\n'),
    wsHandler: (socket: Socket, request) => serveSocket(socket, callerOfRequest(request), { dispatch, limits, budget }),
  })
  if (options.monitor !== undefined) routeMonitor(app, options.monitor)
  const port = await bind(app, options.name, options)
  return { port, close: () => close(app) }
}

/** Health and metrics alone on a port of their own. Throws `ListenError` when it cannot be taken. */
export async function listenMonitor(
  monitor: Monitor,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const app = fastify({ logger: false, forceCloseConnections: true })
  refuseRest(app, notFound)
  routeMonitor(app, monitor)
  return { port: await bind(app, 'monitor', { host, port }), close: async () => void (await app.close()) }
}

/** Constant answers for what no route takes, and for what a handler throws: nothing internal gets out. */
function refuseRest(app: FastifyInstance, unrouted: Unrouted): void {
  app.setNotFoundHandler(unrouted)
  app.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500
    return reply
      .code(status)
      .type('text/plain')
      .send(status < 500 ? 'bad request\n' : 'internal error\n')
  })
}

type Unrouted = (request: FastifyRequest, reply: FastifyReply) => FastifyReply

function notFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(404).type('text/plain').send('not found: JSON-RPC is at POST /\n')
}

function isAllowedOrigin(origin: string | undefined, origins: readonly string[]): boolean {
  return origin === undefined || origins.includes('*') || origins.includes(origin)
}

async function bind(
  app: FastifyInstance,
  server: ServerName,
  { host, port, socket }: Pick<ServerOptions, 'host' | 'port' | 'socket'>,
): Promise<number> {
  try {
    if (socket === undefined) await app.listen({ host, port })
    else await bindSocket(app, socket)
  } catch (cause) {
    await app.close()
    throw new ListenError({ server, host, port }, cause)
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

async function bindSocket(app: FastifyInstance, path: string): Promise<void> {
  // Of a node that was killed: one that runs would hold the lock of the data folder.
  await rm(path, { force: true })
  await app.listen({ path })
  await chmod(path, 0o600)
}

async function close(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), drainMs)
  for (const client of app.websocketServer.clients) (client as Socket).close(1001, 'the node is stopping')
  const cut = setTimeout(() => {
    for (const client of app.websocketServer.clients) (client as Socket).terminate()
  }, drainMs)
  await app.close()
  clearTimeout(timer)
  clearTimeout(cut)
}
