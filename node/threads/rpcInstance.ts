import { MessageChannel, Worker } from 'node:worker_threads'
import { partsOf } from '../../rpc/backend/protocol.ts'
import { serveBackend } from '../../rpc/backend/serve.ts'
import type { Backend } from '../../rpc/backend.ts'
import type { Logger } from '../log/logger.ts'
import { type ControlAnswers, serveControl } from './control.ts'
import { type FromRpc, type ListeningAt, type OpenRpc, plainToFailure, type ToRpc } from './messages.ts'

export type RpcThreadOptions = Omit<OpenRpc, 'kind' | 'parts' | 'backendPort' | 'controlPort'> & {
  readonly backend: Backend
  readonly control: ControlAnswers
}

/** One rpc thread, from its start to its end. */
export type RpcInstance = {
  /** Resolves once the port answers; rejects with what prevents it. Once only. */
  open(options: RpcThreadOptions): Promise<ListeningAt>
  /** Resolves when the thread has ended, with the cause if there is one. */
  readonly ended: Promise<unknown>
  /** Asks the thread to end and ends it after two seconds. */
  close(): Promise<void>
}

const heapMiB = 2048
const closeMs = 2000

/** Starts the thread, which loads its code at once and waits for `open`. */
export function startRpcInstance(log: Logger): RpcInstance {
  const worker = new Worker(new URL('./rpcWorker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  })
  const opened = Promise.withResolvers<ListeningAt>()
  const ended = Promise.withResolvers<unknown>()
  let cause: unknown
  worker.on('message', (message: FromRpc) => {
    if (message.kind === 'listening') opened.resolve(message)
    if (message.kind === 'failed') opened.reject(plainToFailure(message.failure))
  })
  worker.on('error', (error) => {
    cause = error
  })
  worker.on('exit', () => {
    opened.reject(cause ?? new Error('it ended by itself'))
    ended.resolve(cause)
  })
  opened.promise.catch(() => {})

  return {
    open: ({ backend, control, ...plain }) => {
      const backendChannel = new MessageChannel()
      const controlChannel = new MessageChannel()
      serveBackend(backendChannel.port1, backend)
      serveControl(controlChannel.port1, control)
      const backendPort = backendChannel.port2
      const controlPort = controlChannel.port2
      const message: ToRpc = { kind: 'open', ...plain, parts: partsOf(backend), backendPort, controlPort }
      worker.postMessage(message, [backendPort, controlPort])
      return opened.promise
    },
    ended: ended.promise,
    close: async () => {
      worker.postMessage({ kind: 'close' } satisfies ToRpc)
      const timer = setTimeout(() => {
        log.warn({}, 'the rpc thread did not close in time and is ended')
        void worker.terminate()
      }, closeMs)
      await ended.promise
      clearTimeout(timer)
    },
  }
}
