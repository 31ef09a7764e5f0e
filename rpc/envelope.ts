import { failure, isFailure, type RpcErrorBody, type RpcFailure } from './errors.ts'
import { writeJson } from './json/raw.ts'
import { type ScanLimits, type ScanReject, scanJson } from './json/scan.ts'

/** One call. `id` is the JSON text to echo; without it the request is a notification and gets no answer. */
export type Request = { readonly id: string | undefined; readonly method: string; readonly params: readonly unknown[] }

/** A call that cannot be made; `id` is what could be read of it, else null. */
export type BadRequest = { readonly id: string; readonly failure: RpcFailure }

export type Envelope =
  | { readonly kind: 'single'; readonly call: Request | BadRequest }
  | { readonly kind: 'batch'; readonly calls: readonly (Request | BadRequest)[] }

/** A body refused as a whole: one answer with id null. `parse`: it is not JSON at all. */
export type BodyReject = { readonly kind: 'refused'; readonly parse: boolean; readonly failure: RpcFailure }

export type EnvelopeLimits = ScanLimits & { readonly batchItems: number }

/** Reads a JSON-RPC 2.0 body (single or batch). Bounded in time by the limits; never throws. */
export function parseEnvelope(bytes: Uint8Array, limits: EnvelopeLimits): Envelope | BodyReject {
  const scan = scanJson(bytes, limits)
  if ('reject' in scan) return refused(scan.reject === 'not_utf8', scanFailure(scan.reject, limits))
  const isBatch = startsWithBracket(bytes)
  if (isBatch && scan.items > limits.batchItems) return refused(false, batchTooLarge(limits))
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refused(true, failure('parse', 'parse error'))
  }
  const exact = lazy(() => exactIds(text))
  if (!Array.isArray(value)) return { kind: 'single', call: parseCall(value, () => exact()[0]) }
  if (value.length === 0) return refused(false, failure('invalidRequest', 'empty batch'))
  return { kind: 'batch', calls: value.map((item, i) => parseCall(item, () => exact()[i])) }
}

export function isBadRequest(call: Request | BadRequest): call is BadRequest {
  return 'failure' in call
}

/** The answer to one call. */
export function writeAnswer(id: string, answer: unknown): string {
  return isFailure(answer)
    ? writeError(id, answer.rpcError)
    : `{"jsonrpc":"2.0","id":${id},"result":${writeJson(answer)}}`
}

function writeError(id: string, error: RpcErrorBody): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`
}

function parseCall(value: unknown, exactId: () => string | undefined): Request | BadRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('null', 'invalid request')
  const fields = value as { jsonrpc?: unknown; id?: unknown; method?: unknown; params?: unknown }
  const id = Object.hasOwn(value, 'id') ? writeId(fields.id, exactId) : ''
  if (id === undefined) return bad('null', 'invalid request: id must be a string, a number or null')
  const echo = id === '' ? 'null' : id
  if (fields.jsonrpc !== '2.0') return bad(echo, 'invalid request: jsonrpc must be "2.0"')
  if (typeof fields.method !== 'string') return bad(echo, 'invalid request: method must be a string')
  const { params } = fields
  if (params !== undefined && params !== null && !Array.isArray(params)) {
    return { id: echo, failure: failure('invalidParams', 'params must be an array') }
  }
  return { id: id === '' ? undefined : id, method: fields.method, params: params ?? [] }
}

function bad(id: string, message: string): BadRequest {
  return { id, failure: failure('invalidRequest', message) }
}

function writeId(id: unknown, exactId: () => string | undefined): string | undefined {
  if (typeof id === 'number') {
    if (Number.isSafeInteger(id)) return String(id)
    return Number.isFinite(id) ? (exactId() ?? String(id)) : undefined
  }
  if (typeof id === 'string') return JSON.stringify(id)
  return id === null ? 'null' : undefined
}

const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown

/**
 * The digits of numeric ids as they were sent, by position in the batch. Only for ids a double does not hold: clients
 * exist that count nanoseconds. A reviver is slow, so texts past 64 KiB get the double's digits.
 */
function exactIds(text: string): readonly (string | undefined)[] {
  if (text.length > 64 * 1024) return []
  const parsed = parseWithSource(text, (key, value, { source }) =>
    key === 'id' && typeof value === 'number' ? { source } : value,
  )
  const items: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return items.map((item) => (item as { id?: { source?: string } } | null)?.id?.source)
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function startsWithBracket(bytes: Uint8Array): boolean {
  let i = 0
  while (bytes[i] === 0x20 || bytes[i] === 0x0a || bytes[i] === 0x0d || bytes[i] === 0x09) i++
  return bytes[i] === 0x5b
}

function refused(parse: boolean, reason: RpcFailure): BodyReject {
  return { kind: 'refused', parse, failure: reason }
}

function batchTooLarge(limits: EnvelopeLimits): RpcFailure {
  return failure('invalidRequest', `batch too large: at most ${limits.batchItems} requests`)
}

function scanFailure(reject: ScanReject, limits: EnvelopeLimits): RpcFailure {
  const failures = {
    not_utf8: failure('parse', 'parse error: body is not UTF-8'),
    too_deep: failure('invalidRequest', `JSON nested too deep: at most ${limits.jsonDepth} levels`),
    too_many_tokens: failure('invalidRequest', `JSON too large: at most ${limits.jsonTokens} values`),
    too_sparse: failure('invalidRequest', 'JSON too large: too many bytes outside strings'),
    string_too_long: failure('invalidRequest', `string too long: at most ${limits.stringBytes} bytes`),
  } satisfies Record<ScanReject, RpcFailure>
  return failures[reject]
}
