import type { NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Endpoint } from './endpoint.ts'
import { parseQuantity } from './fields.ts'
import { createHealth, type L1Log, type SourceHealth } from './health.ts'
import type { L1Limits } from './limits.ts'
import { outage } from './outage.ts'
import { type AnswerSize, createRpc, type RpcAnswer, type RpcCall } from './rpc.ts'
import { isMissingMethod, isRateLimit } from './wording.ts'

/** One L1 node, whose chain is checked before it is believed anything. */
export type Provider = {
  readonly name: string
  /** The result of a call. Throws outages, `l1_rpc_error` for refusals too. */
  read(method: string, params: readonly unknown[], size?: AnswerSize): Promise<unknown>
  /** The same of several calls, in one request where the node takes that. */
  readAll(calls: readonly RpcCall[], size?: AnswerSize): Promise<readonly unknown[]>
  /** The answer to a call, refusals included. */
  ask(call: RpcCall, size?: AnswerSize): Promise<RpcAnswer>
  /** Methods that it has said to lack. */
  readonly lacks: ReadonlySet<string>
  /** Throws `l1_wrong_chain` unless this is the answer of `eth_chainId` on our chain. */
  checkChain(result: unknown): void
  /** Its health, as whoever judges its answers sees it. */
  good(): void
  bad(error: NodeError): void
  sawHead(number: bigint): void
  /** Milliseconds for which it is left alone: it asked for it, or failed too often. */
  pauseMs(): number
  /** Its latest failure; undefined after an answer. */
  trouble(): NodeError | undefined
  health(): SourceHealth
}

export type NodeOptions = {
  readonly endpoint: Endpoint
  readonly limits: L1Limits
  readonly clock: Clock
  readonly log: L1Log
  readonly signal: AbortSignal
}

export function createProvider(options: NodeOptions & { readonly chainId: bigint }): Provider {
  const { endpoint, chainId, log } = options
  const { name } = endpoint
  const health = createHealth('rpc', options)
  const rpc = createRpc({ ...options, onPause: health.pause })
  const lacks = new Set<string>()
  // After an outage it may be another machine that answers.
  let isSure = false

  /** Refusals that are none of the call: they are outages. */
  function checkRate(answer: RpcAnswer): RpcAnswer {
    if ('error' in answer) {
      const { code, message } = answer.error
      log.debug({ l1: name, code, text: message }, 'L1 node refuses a call')
      if (isRateLimit(answer.error)) {
        health.pause(undefined)
        throw outage('l1_rate_limited', `${name} takes no more requests for now`)
      }
    }
    return answer
  }

  function open(answer: RpcAnswer): unknown {
    checkRate(answer)
    if ('result' in answer) return answer.result
    throw outage('l1_rpc_error', `${name} refuses a call with code ${answer.error.code}`)
  }

  function checkChain(result: unknown): void {
    const id = parseQuantity(result)
    if (id === undefined) throw outage('l1_bad_answer', `${name} gives no chain id`)
    isSure = id === chainId
    if (!isSure) throw outage('l1_wrong_chain', `${name} is on chain ${id}, the chain spec names chain ${chainId}`)
  }

  async function beSure(): Promise<void> {
    if (!isSure) checkChain(open(await rpc.call({ method: 'eth_chainId', params: [] })))
  }

  return {
    name,
    checkChain,
    read: async (method, params, size) => {
      await beSure()
      return open(await rpc.call({ method, params }, size))
    },
    readAll: async (calls, size) => {
      await beSure()
      return (await rpc.batch(calls, size)).map(open)
    },
    ask: async (call, size) => {
      await beSure()
      const answer = checkRate(await rpc.call(call, size))
      if ('error' in answer && isMissingMethod(answer.error)) lacks.add(call.method)
      return answer
    },
    lacks,
    good: health.good,
    bad: (error) => {
      if (error.code === 'l1_unreachable') isSure = false
      health.bad(error)
    },
    sawHead: health.sawHead,
    pauseMs: health.pauseMs,
    trouble: health.trouble,
    health: health.state,
  }
}
