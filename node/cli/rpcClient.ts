import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { z } from 'zod'
import { NodeError } from '../../core/errors.ts'

/** A node to ask: by URL, or over its Unix socket. */
export type NodePlace = { readonly url: string; readonly bearer?: string | undefined } | { readonly socket: string }

/** The largest answer that is read, in bytes. */
const maxAnswerBytes = 16 << 20
const timeoutMs = 10_000

const answerShape = z.object({
  result: z.unknown().optional(),
  error: z.object({ message: z.string().max(10_000) }).optional(),
})

/**
 * One JSON-RPC call; `shape` checks the result. Throws NodeErrors: `no_node` if nothing answers, `node_refused` with the
 * node's own sentence, `bad_answer`.
 */
export async function askNode<T>(
  place: NodePlace,
  call: { readonly method: string; readonly params?: readonly unknown[]; readonly shape: z.ZodType<T> },
  signal: AbortSignal,
): Promise<T> {
  const { method, params = [], shape } = call
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const { status, text } = await post(place, body, signal).catch((cause: unknown) => {
    throw cause instanceof NodeError ? cause : noNode(place, cause)
  })
  if (status === 401) throw refused(`the node does not accept the token: ${firstLine(text)}`)
  const answer = parsed(answerShape, text)
  if (answer === undefined) throw badAnswer(method)
  if (answer.error !== undefined) throw refused(`the node refuses ${method}: ${firstLine(answer.error.message)}`)
  const result = shape.safeParse(answer.result)
  if (!result.success) throw badAnswer(method)
  return result.data
}

type Response = { readonly status: number; readonly text: string }

function post(place: NodePlace, body: string, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...('bearer' in place && place.bearer !== undefined && { authorization: `Bearer ${place.bearer}` }),
    }
    const common = { method: 'POST', headers, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) }
    const send = 'url' in place && place.url.startsWith('https:') ? httpsRequest : httpRequest
    const sent =
      'socket' in place ? send({ ...common, socketPath: place.socket, path: '/' }) : send(new URL(place.url), common)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > maxAnswerBytes) response.destroy(badAnswer('a request, with more bytes than are read'))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function parsed<T>(shape: z.ZodType<T>, text: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** What others wrote, as far as it can be printed. */
function firstLine(text: string): string {
  return text
    .split('\n')[0]!
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 500)
}

function noNode(place: NodePlace, cause: unknown): NodeError {
  const where = 'url' in place ? `at ${place.url}` : `on the socket ${place.socket}`
  const fix = 'url' in place ? 'check that it runs, and its URL' : 'start the node of that data folder first'
  return new NodeError({ code: 'no_node', severity: 'retry', message: `no node answers ${where}`, fix }, { cause })
}

function refused(message: string): NodeError {
  const fix = 'see the message; `openledger <command> --help` lists the flags'
  return new NodeError({ code: 'node_refused', severity: 'fatal', message, fix })
}

function badAnswer(method: string): NodeError {
  const message = `what answers is no OpenLedger node of this version: it answered ${method}`
  return new NodeError({ code: 'bad_answer', severity: 'fatal', message, fix: 'check the URL' })
}
