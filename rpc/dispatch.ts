import type { RpcContext } from './context.ts'
import { disputeFailure } from './dispute.ts'
import { type BadRequest, isBadRequest, parseEnvelope, type Request, writeAnswer } from './envelope.ts'
import { failure, failureWithHint, isFailure, type RpcFailure, thrownFailure } from './errors.ts'
import type { Method, Session } from './method.ts'
import { parseParams } from './params/param.ts'
import { pause } from './pause.ts'

/** An answer to a body. Without text there is nothing to say (notifications only). */
export type Reply = { readonly status: number; readonly text: string | undefined; readonly retryAfterSec?: number }

export type Dispatch = (body: Uint8Array, session: Session) => Reply | Promise<Reply>

export type DispatchOptions = {
  readonly context: RpcContext
  readonly methods: ReadonlyMap<string, Method>
  /** Takes units from the caller's budget; otherwise the seconds until it is worth asking again. */
  readonly charge: (ip: string, units: number) => number | undefined
  /** Told of what was thrown; answers never show it. */
  readonly onError: (thrown: unknown, method: string) => void
  /** Told of every answer with the time it took; `other` stands for what names no served method. */
  readonly onAnswer?: ((method: string, ok: boolean, ms: number) => void) | undefined
}

/** Answers JSON-RPC bodies over a method table. Never throws or rejects. */
export function createDispatch({ context, methods, charge, onError, onAnswer }: DispatchOptions): Dispatch {
  const { limits } = context

  return (body, session) => {
    const envelope = parseEnvelope(body, limits)
    if (envelope.kind === 'refused') {
      const laterSec = charge(session.ip, 1)
      if (laterSec !== undefined) return tooMany(undefined, laterSec)
      return { status: envelope.parse ? 400 : 200, text: writeAnswer('null', envelope.failure) }
    }
    const calls = envelope.kind === 'single' ? [envelope.call] : envelope.calls
    const retryAfterSec = charge(session.ip, unitsOf(calls))
    if (retryAfterSec !== undefined) return tooMany(envelope.kind === 'single' ? calls[0] : undefined, retryAfterSec)
    return envelope.kind === 'single' ? single(envelope.call, session) : batch(envelope.calls, session)
  }

  function unitsOf(calls: readonly (Request | BadRequest)[]): number {
    let units = 0
    for (const call of calls) units += isBadRequest(call) ? 1 : (methods.get(call.method)?.weight ?? 1)
    return units
  }

  function single(call: Request | BadRequest, session: Session): Reply | Promise<Reply> {
    const answer = answerTo(call, session, roomIn(limits.responseBytes, call))
    return answer instanceof Promise ? answer.then((settled) => reply(call, settled)) : reply(call, answer)
  }

  function reply(call: Request | BadRequest, answer: unknown): Reply {
    if (call.id === undefined) return { status: 204, text: undefined }
    const text = write(call.id, answer)
    return { status: 200, text: text.length <= limits.responseBytes ? text : writeAnswer(call.id, tooLarge) }
  }

  /**
   * Answers the calls one after the other, so that a batch reads its own writes and holds one answer at a time; only
   * submissions that follow each other run side by side. Once the answers fill the budget no more calls are started.
   */
  async function batch(calls: readonly (Request | BadRequest)[], session: Session): Promise<Reply> {
    const texts: string[] = []
    let budget = limits.responseBytes
    let submissions: { readonly call: Request | BadRequest; readonly answer: unknown }[] = []

    function take(call: Request | BadRequest, answer: unknown): void {
      if (call.id === undefined) return
      const text = write(call.id, answer)
      budget -= text.length
      texts.push(budget >= 0 ? text : writeAnswer(call.id, tooLarge))
    }
    async function takeSubmissions(): Promise<void> {
      const under = submissions
      submissions = []
      for (const { call, answer } of under) take(call, await answer)
    }

    for (const call of calls) {
      const submits = !isBadRequest(call) && methods.get(call.method)?.submits === true
      if (submits) submissions.push({ call, answer: answerTo(call, session, roomIn(budget, call)) })
      else {
        await takeSubmissions()
        take(call, budget < 0 ? tooLarge : await answerTo(call, session, roomIn(budget, call)))
      }
      const due = pause()
      if (due !== undefined) await due
    }
    await takeSubmissions()
    return texts.length === 0 ? { status: 204, text: undefined } : { status: 200, text: `[${texts.join(',')}]` }
  }

  /** The answer as a value or a promise that never rejects. */
  function answerTo(call: Request | BadRequest, session: Session, room: number): unknown | Promise<unknown> {
    if (onAnswer === undefined) return execute(call, session, room)
    const startedMs = performance.now()
    const name = isBadRequest(call) || !methods.has(call.method) ? 'other' : call.method
    const told = (answer: unknown): unknown => {
      onAnswer(name, !isFailure(answer), performance.now() - startedMs)
      return answer
    }
    const answer = execute(call, session, room)
    return answer instanceof Promise ? answer.then(told) : told(answer)
  }

  function execute(call: Request | BadRequest, session: Session, room: number): unknown | Promise<unknown> {
    if (isBadRequest(call)) return call.failure
    const method = methods.get(call.method)
    if (method === undefined) return unknownMethod(call.method)
    if (method.scope === 'websocket' && session.push === undefined) return notificationsUnsupported
    try {
      const values = parseParams(method.params, call.params)
      if (isFailure(values)) return values
      const before = method.reads ? context.submitter.settle() : undefined
      const answer =
        before === undefined
          ? method.handle(context, values, session, room)
          : before.then(() => method.handle(context, values, session, room))
      return answer instanceof Promise ? answer.catch((thrown) => thrownAnswer(thrown, method.name)) : answer
    } catch (thrown) {
      return thrownAnswer(thrown, method.name)
    }
  }

  /** A result that is not JSON is a bug of its method. */
  function write(id: string, answer: unknown): string {
    try {
      return writeAnswer(id, answer)
    } catch (thrown) {
      return writeAnswer(id, thrownAnswer(thrown, 'result'))
    }
  }

  function thrownAnswer(thrown: unknown, name: string): RpcFailure {
    const disputed = disputeFailure(thrown)
    if (disputed !== undefined) return disputed
    onError(thrown, name)
    return thrownFailure(thrown)
  }
}

/** The room a result has in what is left of a response; none for a notification, which is not answered. */
function roomIn(budget: number, { id }: Request | BadRequest): number {
  return id === undefined ? 0 : budget - id.length - envelopeBytes
}

/** What an answer has around its id and result. */
const envelopeBytes = '{"jsonrpc":"2.0","id":,"result":}'.length
const tooLarge = failure('responseTooLarge', 'response too large')
const notificationsUnsupported = failureWithHint(
  'methodNotFound',
  'notifications not supported',
  'subscriptions need a WebSocket connection',
)

function unknownMethod(name: string): RpcFailure {
  const shown = /^\w{1,64}$/.test(name) ? name : 'of this name'
  return failure('methodNotFound', `the method ${shown} does not exist/is not available`)
}

function tooMany(call: Request | BadRequest | undefined, retryAfterSec: number): Reply {
  const answer = failureWithHint('limit', 'rate limit exceeded', `retry after ${retryAfterSec} s`)
  return { status: 429, text: writeAnswer(call?.id ?? 'null', answer), retryAfterSec }
}
