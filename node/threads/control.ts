import type { MessagePort } from 'node:worker_threads'
import type { ChainStatus } from '../health/ready.ts'

/** What the rpc thread asks the chain thread, for health checks and metrics. Plain data only. */
export type ControlAnswers = {
  readonly status: () => Promise<ChainStatus>
  readonly metrics: () => Promise<readonly object[]>
}

type Question = { readonly id: number; readonly kind: keyof ControlAnswers }
type Reply = { readonly id: number; readonly value: unknown }

/** Answers the other thread's questions until the port closes. */
export function serveControl(port: MessagePort, answers: ControlAnswers): void {
  port.on('message', ({ id, kind }: Question) => {
    answers[kind]().then(
      (value) => port.postMessage({ id, value } satisfies Reply),
      () => port.postMessage({ id, value: undefined } satisfies Reply),
    )
  })
  port.unref()
}

/**
 * Asks over a port; `undefined` when there is no answer within `timeoutMs`. One question of a kind is under way at a
 * time, whoever waits for its answer.
 */
export type ControlClient = {
  /** How long the other thread has owed an answer without giving any, in milliseconds; 0 when it owes none. */
  silentMs(): number
  /** The newest answer to `status`, however old. */
  lastStatus(): ChainStatus | undefined
  /** How old that answer is, in milliseconds; infinite before the first one. */
  statusAgeMs(): number
  status(timeoutMs: number): Promise<ChainStatus | undefined>
  metrics(timeoutMs: number): Promise<readonly object[] | undefined>
}

/** Asks the chain thread, by itself every `pulseMs` milliseconds, until the port closes. */
export function connectControl(port: MessagePort, pulseMs: number, nowMs = () => performance.now()): ControlClient {
  const waiting = new Map<number, (value: unknown) => void>()
  let lastId = 0
  let owed = 0
  let silentSinceMs = 0
  let last: ChainStatus | undefined
  let lastMs = Number.NEGATIVE_INFINITY
  const underway = new Map<keyof ControlAnswers, Promise<unknown>>()
  port.on('message', ({ id, value }: Reply) => {
    owed--
    silentSinceMs = nowMs()
    waiting.get(id)?.(value)
    waiting.delete(id)
  })
  port.unref()

  function ask(kind: keyof ControlAnswers): Promise<unknown> {
    const current = underway.get(kind)
    if (current !== undefined) return current
    const id = ++lastId
    if (owed++ === 0) silentSinceMs = nowMs()
    const answer = new Promise<unknown>((resolve) => {
      waiting.set(id, resolve)
      port.postMessage({ id, kind } satisfies Question)
    }).finally(() => underway.delete(kind))
    underway.set(kind, answer)
    return answer
  }

  async function status(timeoutMs: number): Promise<ChainStatus | undefined> {
    const answer = (await within(ask('status'), timeoutMs)) as ChainStatus | undefined
    if (answer !== undefined) {
      last = answer
      lastMs = nowMs()
    }
    return answer
  }

  // One question at a time: a thread that hangs is not given more to answer.
  const pulse = setInterval(() => {
    if (owed === 0) void status(pulseMs)
  }, pulseMs)
  pulse.unref()
  port.on('close', () => clearInterval(pulse))
  void status(pulseMs)

  return {
    silentMs: () => (owed === 0 ? 0 : nowMs() - silentSinceMs),
    lastStatus: () => last,
    statusAgeMs: () => nowMs() - lastMs,
    status,
    metrics: async (timeoutMs) => (await within(ask('metrics'), timeoutMs)) as readonly object[] | undefined,
  }
}

function within<T>(answer: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs)
    void answer.then((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}
