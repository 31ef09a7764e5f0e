import type { OutgoingHttpHeaders } from 'node:http'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../caller.ts'
import type { Dispatch, Reply } from '../dispatch.ts'
import { writeAnswer } from '../envelope.ts'
import { failure } from '../errors.ts'
import type { RpcLimits } from '../limits.ts'
import type { Session } from '../method.ts'
import { readBody } from './body.ts'
import { hostRefusal, isAllowedHost } from './hosts.ts'
import { endUnread, type HoldAnswer } from './unread.ts'

export type HttpOptions = {
  readonly dispatch: Dispatch
  readonly limits: RpcLimits
  readonly hosts: ReadonlySet<string>
  /** Why an Authorization header is not good enough; absent where nobody has to show one. */
  readonly authorize?: Authorize | undefined
  readonly holdAnswer: HoldAnswer
  /** Compress answers for clients that ask for it. */
  readonly gzip: boolean
}

export type Authorize = (authorization: string | undefined) => string | undefined

/** Longer answers are worth compressing. */
const gzipFromBytes = 8192

/** JSON has one media type; browsers may send others across origins without asking, so nothing else is read. */
const jsonType = /^application\/json(?:\s*;\s*charset=(?:utf-?8|"utf-?8"))?$/i

/** `POST /` answers JSON-RPC; everything else at `/` is refused, except a plain GET, which load balancers try. */
export function routeHttp(
  app: FastifyInstance,
  { dispatch, limits, hosts, authorize, holdAnswer, gzip: compresses }: HttpOptions,
): void {
  app.removeAllContentTypeParsers()
  // Bodies are read by the handler: a parser per media type would only add steps.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  app.post('/', (request, reply) => {
    reply.hijack()
    const refused = checkRequest(request, hosts, authorize)
    if (refused !== undefined) return send(request, reply, { ...refused, close: true })
    readBody(request.raw, limits.bodyBytes, (body) => {
      if (body === 'broken') return reply.raw.destroy()
      if (body === 'too_large') return send(request, reply, tooLarge(limits))
      const session = sessionOf(request)
      const answer = dispatch(body, session)
      if (answer instanceof Promise) void answer.then((later) => writeReply(request, reply, later))
      else writeReply(request, reply, answer)
    })
  })
  for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
    app.route({ method, url: '/', handler: (_request, reply) => notAllowed(reply) })
  }

  function writeReply(request: FastifyRequest, reply: FastifyReply, { status, text, retryAfterSec }: Reply): void {
    const headers = retryAfterSec === undefined ? undefined : { 'retry-after': String(retryAfterSec) }
    const answer = { status, body: text, headers }
    if (text === undefined || !compresses || text.length < gzipFromBytes || !acceptsGzip(request)) {
      send(request, reply, answer)
      return
    }
    gzip(text, { level: 1 }, (error, bytes) =>
      send(request, reply, error === null ? compressed(answer, bytes) : answer),
    )
  }

  function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): void {
    if (reply.raw.destroyed) return
    write(reply, answer)
    // Mostly the system takes all of it at once.
    if (reply.raw.writableLength === 0) return
    endUnread(reply.raw, limits.requestTimeoutMs)
    holdAnswer(reply.raw, callerOfRequest(request), answer.body?.length ?? 0)
  }
}

/** `OPTIONS /` where no cross-origin rules answer it, and `HEAD /`. */
export function notAllowed(reply: FastifyReply): FastifyReply {
  return reply
    .code(405)
    .header('allow', 'POST, GET')
    .type('text/plain')
    .send('method not allowed: POST JSON-RPC here\n')
}

type Answer = {
  readonly status: number
  readonly body: string | Uint8Array | undefined
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What is left of the request is not read: the connection ends. */
  readonly close?: boolean
}

function checkRequest(
  { headers }: FastifyRequest,
  hosts: ReadonlySet<string>,
  authorize: Authorize | undefined,
): Answer | undefined {
  const unauthorized = authorize?.(headers.authorization)
  if (unauthorized !== undefined) return { status: 401, body: `${unauthorized}\n`, type: 'text/plain' }
  if (!isAllowedHost(headers.host, hosts)) return { status: 403, body: hostRefusal, type: 'text/plain' }
  const encoding = headers['content-encoding']
  if (jsonType.test(headers['content-type'] ?? '') && (encoding ?? 'identity') === 'identity') return undefined
  return { status: 415, body: writeAnswer('null', failure('invalidRequest', 'content type must be application/json')) }
}

function tooLarge({ bodyBytes }: RpcLimits): Answer {
  const body = writeAnswer('null', failure('invalidRequest', `body too large: at most ${bodyBytes} bytes`))
  return { status: 413, body, close: true }
}

/** Writes past fastify's reply pipeline: on this path every microsecond counts. Headers set by plugins are kept. */
function write(reply: FastifyReply, { status, body, type = 'application/json', headers, close }: Answer): void {
  const { raw } = reply
  const all: OutgoingHttpHeaders = { ...reply.getHeaders(), ...headers } as OutgoingHttpHeaders
  if (close === true) all.connection = 'close'
  if (body === undefined) {
    raw.writeHead(status, all).end()
    return
  }
  all['content-type'] = type
  all['content-length'] = Buffer.byteLength(body)
  raw.writeHead(status, all).end(body)
}

function compressed(answer: Answer, body: Uint8Array): Answer {
  return { ...answer, body, headers: { ...answer.headers, 'content-encoding': 'gzip', vary: 'accept-encoding' } }
}

function acceptsGzip({ headers }: FastifyRequest): boolean {
  return /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))
}

/** Whoever reaches a Unix socket is on this machine; Node knows no address of such a caller. */
export function callerOfRequest({ ip }: { readonly ip: string | undefined }): string {
  return callerOf(ip ?? '127.0.0.1')
}

function sessionOf(request: FastifyRequest): Session {
  return { ip: callerOfRequest(request), push: undefined, isClosed: () => false, subscriptions: none }
}

const none = new Map<string, () => void>()
