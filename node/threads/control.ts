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

/** Asks over a port; `undefined` when there is no answer within `timeoutMs`. */
export type ControlClient = {
  status(timeoutMs: number): Promise<ChainStatus | undefined>
  metrics(timeoutMs: number): Promise<readonly object[] | undefined>
}

export function connectControl(port: MessagePort): ControlClient {
  const waiting = new Map<number, (value: unknown) => void>()
  let lastId = 0
  port.on('message', ({ id, value }: Reply) => {
    waiting.get(id)?.(value)
  })
  port.unref()

  function ask(kind: keyof ControlAnswers, timeoutMs: number): Promise<unknown> {
    const id = ++lastId
    return new Promise((resolve) => {
      const finish = (value: unknown): void => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(value)
      }
      const timer = setTimeout(() => finish(undefined), timeoutMs)
      waiting.set(id, finish)
      port.postMessage({ id, kind } satisfies Question)
    })
  }

  return {
    status: async (timeoutMs) => (await ask('status', timeoutMs)) as ChainStatus | undefined,
    metrics: async (timeoutMs) => (await ask('metrics', timeoutMs)) as readonly object[] | undefined,
  }
}
