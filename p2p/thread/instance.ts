import { Worker } from 'node:worker_threads'
import type { Clock } from '../../core/ports/clock.ts'
import type { NetListener, NetView } from '../../core/ports/net.ts'
import { type FromNet, type NetCall, type NetCalls, type News, plainToFailure, type ToNet } from './messages.ts'
import type { NetThreadOptions } from './options.ts'
import { putQuestion } from './questions.ts'

/** One net thread, from its start to its end. */
export type NetInstance = {
  /** Resolves once it listens; rejects with what prevents it. Once only. */
  open(options: NetThreadOptions, view: NetView): Promise<void>
  send(message: ToNet, transfer?: ArrayBuffer[]): void
  /** The answer to a call; undefined if the thread has ended. */
  call<Method extends keyof NetCalls>(
    method: Method,
    ...args: Parameters<NetCalls[Method]>
  ): Promise<Awaited<ReturnType<NetCalls[Method]>> | undefined>
  /** Resolves when the thread has ended, with the cause if there is one. */
  readonly ended: Promise<unknown>
  /** Asks the thread to end and ends it after two seconds. */
  close(): Promise<void>
}

const heapMiB = 1_024
const closeMs = 2_000

/** Starts the thread, which loads its code at once and waits for `open`. `onNews` is called in this thread. */
export function startNetInstance(options: {
  readonly listener: NetListener
  readonly onNews: (news: News) => void
  readonly clock: Pick<Clock, 'sleep'>
  readonly worker?: URL
}): NetInstance {
  const { listener, onNews, clock } = options
  const worker = new Worker(options.worker ?? new URL('./worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  })
  const waiting = new Map<number, (value: unknown) => void>()
  const opened = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<unknown>()
  let hasEnded = false
  let cause: unknown
  let lastId = 0
  opened.promise.catch(() => {})

  function send(message: ToNet, transfer: ArrayBuffer[] = []): void {
    worker.postMessage(message, transfer)
  }

  worker.on('message', (message: FromNet) => {
    if (message.kind === 'opened') opened.resolve()
    if (message.kind === 'failed') opened.reject(plainToFailure(message.failure))
    if (message.kind === 'result') {
      waiting.get(message.id)?.(message.value)
      waiting.delete(message.id)
    }
    if (message.kind === 'question') {
      const { id, question } = message
      void putQuestion(listener, question).then((answer) => send({ kind: 'answer', id, answer }))
    }
    if (message.kind === 'news') {
      onNews(message.news)
      send({ kind: 'heard' })
    }
  })
  worker.on('error', (error) => {
    cause = error
  })
  worker.on('exit', () => {
    hasEnded = true
    for (const resolve of waiting.values()) resolve(undefined)
    waiting.clear()
    opened.reject(cause ?? new Error('it ended by itself'))
    ended.resolve(cause)
  })

  return {
    open(plain, view) {
      send({ kind: 'open', options: plain, view })
      return opened.promise
    },
    send,
    call<Method extends keyof NetCalls>(method: Method, ...args: Parameters<NetCalls[Method]>) {
      if (hasEnded) return Promise.resolve(undefined)
      const id = ++lastId
      const value = new Promise<unknown>((resolve) => waiting.set(id, resolve))
      // Method and arguments are of one another, and so is the value that comes back.
      send({ kind: 'call', id, call: { method, args } as NetCall })
      return value as Promise<Awaited<ReturnType<NetCalls[Method]>> | undefined>
    },
    ended: ended.promise,
    async close() {
      send({ kind: 'close' })
      const timer = new AbortController()
      await Promise.race([ended.promise, clock.sleep(closeMs, timer.signal)])
      timer.abort()
      if (!hasEnded) await worker.terminate()
      await ended.promise
    },
  }
}
