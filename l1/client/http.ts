import { NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Endpoint } from './endpoint.ts'
import { outage } from './outage.ts'

export type HttpRequest = {
  readonly endpoint: Endpoint
  /** Appended to the endpoint's URL. */
  readonly path?: string
  /** Posted as JSON; without it the request is a GET. */
  readonly body?: string
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** `json` is undefined for a body that is no JSON. `pauseMs`: how long the server asks to be left alone. */
export type HttpAnswer = {
  readonly status: number
  readonly json: unknown
  readonly pauseMs: number | undefined
}

/**
 * One HTTP request, its answer read up to `maxBytes` (after decompression) within `timeoutMs`. Throws `l1_unreachable`
 * when there is no whole answer, `l1_bad_answer` when it is too long or a redirection.
 */
export async function request(
  { endpoint, path = '', body, timeoutMs, maxBytes }: HttpRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const stop = new AbortController()
  const done = new AbortController()
  const abort = (): void => stop.abort()
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  const deadline = clock.sleep(timeoutMs, done.signal).then(abort)
  try {
    const response = await fetch(endpoint.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...endpoint.headers, accept: 'application/json', 'content-type': 'application/json' },
      redirect: 'manual',
      signal: stop.signal,
      ...(body === undefined ? undefined : { body }),
    })
    const bytes = await readBody(response, maxBytes)
    if (bytes === undefined) throw outage('l1_bad_answer', `${endpoint.name} answers with more than ${maxBytes} bytes`)
    if (response.status >= 300 && response.status < 400) {
      throw outage('l1_bad_answer', `${endpoint.name} redirects elsewhere`)
    }
    return { status: response.status, json: parseJson(bytes), pauseMs: parsePause(response.headers, clock.nowMs()) }
  } catch (error) {
    if (error instanceof NodeError) throw error
    throw outage('l1_unreachable', `${endpoint.name} does not answer`, error)
  } finally {
    signal.removeEventListener('abort', abort)
    done.abort()
    await deadline
  }
}

/** The whole body; undefined, and the connection dropped, if it is longer than `maxBytes`. */
async function readBody(response: Response, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    // Leaving the loop cancels the rest.
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** `Retry-After`: seconds or a date (RFC 9110, section 10.2.3). */
function parsePause(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1_000
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
