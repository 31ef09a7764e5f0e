import type { Clock } from '../../core/ports/clock.ts'
import type { Endpoint } from './endpoint.ts'
import { isObject } from './fields.ts'
import { request } from './http.ts'
import type { L1Limits } from './limits.ts'
import { outage } from './outage.ts'

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

/** What a node refuses, in its own words: for classification and the log of level debug only. */
export type RpcError = { readonly code: number; readonly message: string; readonly data: unknown }
export type RpcAnswer = { readonly result: unknown } | { readonly error: RpcError }

/** How large an answer may be, and so how long it may take. */
export type AnswerSize = 'small' | 'block' | 'receipts'

/** One L1 node over JSON-RPC 2.0. Refusals are answers; whatever keeps an answer away is thrown as an outage. */
export type Rpc = {
  call(call: RpcCall, size?: AnswerSize): Promise<RpcAnswer>
  /** Several calls in one request, answers in the order of the calls; any number, cut into requests of the limit. */
  batch(calls: readonly RpcCall[], size?: AnswerSize): Promise<readonly RpcAnswer[]>
}

/** A JSON-RPC client of one endpoint, with at most `limits.concurrent` requests at a time; `onPause` hears of 429s. */
export function createRpc(options: {
  readonly endpoint: Endpoint
  readonly limits: L1Limits
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onPause: (pauseMs: number | undefined) => void
}): Rpc {
  const { endpoint, limits, clock, signal, onPause } = options
  const slots = createSlots(limits.concurrent)
  let nextId = 1

  async function exchange(body: unknown, size: AnswerSize): Promise<unknown> {
    const { status, json, pauseMs } = await slots(() =>
      request({ endpoint, body: JSON.stringify(body), ...sizeOf(limits, size) }, clock, signal),
    )
    if (status === 429) {
      onPause(pauseMs)
      throw outage('l1_rate_limited', `${endpoint.name} takes no more requests for now`)
    }
    // Some servers put refusals of JSON-RPC under an HTTP status of their own.
    if (json !== undefined && (status < 300 || isRefusal(json))) return json
    if (status === 503) onPause(pauseMs)
    if (status === 401 || status === 403) throw outage('l1_refused', `${endpoint.name} does not let us in`)
    if (status >= 500) throw outage('l1_unreachable', `${endpoint.name} answers with status ${status}`)
    throw outage('l1_bad_answer', `${endpoint.name} answers with something that is no JSON-RPC`)
  }

  function readAnswer(json: unknown): RpcAnswer {
    if (isObject(json)) {
      if (isObject(json.error)) return { error: readError(json.error) }
      if ('result' in json) return { result: json.result }
    }
    throw outage('l1_bad_answer', `${endpoint.name} answers with something that is no JSON-RPC`)
  }

  async function call({ method, params }: RpcCall, size: AnswerSize = 'small'): Promise<RpcAnswer> {
    const id = nextId++
    const json = await exchange({ jsonrpc: '2.0', id, method, params }, size)
    if (isObject(json) && 'result' in json && json.id !== id) {
      throw outage('l1_bad_answer', `${endpoint.name} answers another question`)
    }
    return readAnswer(json)
  }

  async function batch(calls: readonly RpcCall[], size: AnswerSize = 'small'): Promise<readonly RpcAnswer[]> {
    const parts: (readonly RpcCall[])[] = []
    for (let at = 0; at < calls.length; at += limits.batch) parts.push(calls.slice(at, at + limits.batch))
    return (await Promise.all(parts.map((part) => oneBatch(part, size)))).flat()
  }

  async function oneBatch(calls: readonly RpcCall[], size: AnswerSize): Promise<readonly RpcAnswer[]> {
    if (calls.length === 1) return [await call(calls[0]!, size)]
    const first = nextId
    nextId += calls.length
    const body = calls.map(({ method, params }, index) => ({ jsonrpc: '2.0', id: first + index, method, params }))
    const json = await exchange(body, size)
    // A node that takes no batches says so once.
    if (!Array.isArray(json)) return Promise.all(calls.map((single) => call(single, size)))
    const byId = new Map<unknown, unknown>(json.map((item) => [isObject(item) ? item.id : undefined, item]))
    return calls.map((_, index) => readAnswer(byId.get(first + index)))
  }

  return { call, batch }
}

function sizeOf(limits: L1Limits, size: AnswerSize): { timeoutMs: number; maxBytes: number } {
  switch (size) {
    case 'small':
      return { timeoutMs: limits.timeoutMs, maxBytes: limits.maxAnswerBytes }
    case 'block':
      return { timeoutMs: limits.longTimeoutMs, maxBytes: limits.maxBlockBytes }
    case 'receipts':
      return { timeoutMs: limits.longTimeoutMs, maxBytes: limits.maxReceiptsBytes }
  }
}

function isRefusal(json: unknown): boolean {
  return isObject(json) && isObject(json.error)
}

function readError(error: Readonly<Record<string, unknown>>): RpcError {
  return {
    code: typeof error.code === 'number' ? error.code : 0,
    message: typeof error.message === 'string' ? error.message.slice(0, maxMessage) : '',
    data: error.data,
  }
}

const maxMessage = 1_000

/** Runs tasks, at most `count` at the same time, the others in their order. */
function createSlots(count: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = count
  const waiting: (() => void)[] = []
  return async (task) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
