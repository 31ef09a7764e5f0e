import { MessageChannel, Worker } from 'node:worker_threads'
import { NodeError } from '../../core/errors.ts'
import { serveBackend } from '../../rpc/backend/serve.ts'
import type { Backend } from '../../rpc/backend.ts'
import type { Logger } from '../log/logger.ts'
import { type ControlAnswers, serveControl } from './control.ts'
import { type FromRpc, type OpenRpc, plainToFailure, type ToRpc } from './messages.ts'

export type RpcThreadOptions = Omit<OpenRpc, 'kind' | 'backendPort' | 'controlPort'> & {
  readonly backend: Backend
  readonly control: ControlAnswers
}

/** The ports taken; `metricsPort` only if health and metrics have one of their own. */
export type ListeningAt = { readonly port: number; readonly metricsPort: number | undefined }

export type RpcThread = {
  /** Resolves once the port answers; rejects with the NodeError of what prevents it. Once only. */
  open(options: RpcThreadOptions): Promise<ListeningAt>
  /** Rejects when the thread ends by itself; never resolves. */
  readonly failed: Promise<never>
  close(): Promise<void>
}

const heapMiB = 2048
const closeMs = 2000

/** Starts the thread, which loads its code while the chain thread opens the database. */
export function prepareRpcThread(log: Logger): RpcThread {
  const worker = new Worker(new URL('./rpcWorker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  })
  const opened = Promise.withResolvers<ListeningAt>()
  const failed = Promise.withResolvers<never>()
  const exited = Promise.withResolvers<void>()
  let closing = false

  worker.on('message', (message: FromRpc) => {
    if (message.kind === 'listening') opened.resolve(message)
    if (message.kind === 'failed') opened.reject(plainToFailure(message.failure))
  })
  worker.on('error', (cause) => end(cause))
  worker.on('exit', () => {
    exited.resolve()
    end(undefined)
  })
  opened.promise.catch(() => {})
  failed.promise.catch(() => {})

  function end(cause: unknown): void {
    if (closing) return
    closing = true
    const message = `the rpc thread ended${cause instanceof Error ? `: ${cause.message}` : ''}`
    const error = new NodeError(
      { code: 'rpc_thread', severity: 'fatal', message, fix: 'start the node again' },
      { cause },
    )
    opened.reject(error)
    failed.reject(error)
  }

  return {
    open: ({ backend, control, ...plain }) => {
      const backendChannel = new MessageChannel()
      const controlChannel = new MessageChannel()
      serveBackend(backendChannel.port1, backend)
      serveControl(controlChannel.port1, control)
      const backendPort = backendChannel.port2
      const controlPort = controlChannel.port2
      const message: ToRpc = { kind: 'open', ...plain, backendPort, controlPort }
      worker.postMessage(message, [backendPort, controlPort])
      return opened.promise
    },
    failed: failed.promise,
    close: async () => {
      closing = true
      worker.postMessage({ kind: 'close' } satisfies ToRpc)
      const timer = setTimeout(() => {
        log.warn({}, 'the rpc thread did not close in time and is ended')
        void worker.terminate()
      }, closeMs)
      await exited.promise
      clearTimeout(timer)
    },
  }
}
