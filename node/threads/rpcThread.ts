import { setTimeout as sleep } from 'node:timers/promises'
import { NodeError } from '../../core/errors.ts'
import type { Logger } from '../log/logger.ts'
import { restartDelayMs, restartRule } from './restarts.ts'
import { type ListeningAt, type RpcThreadOptions, startRpcInstance } from './rpcInstance.ts'

export type RpcThread = {
  /** Resolves once the port answers; rejects with the NodeError of what prevents it. Once only. */
  open(options: RpcThreadOptions): Promise<ListeningAt>
  /** Rejects when the thread ends by itself too often; never resolves. */
  readonly failed: Promise<never>
  close(): Promise<void>
}

/**
 * Starts the thread, which loads its code while the chain thread opens the database. Once it has answered, a thread that
 * ends by itself is replaced by another one on the same ports: the chain goes on meanwhile. Open connections, filters and
 * impersonated accounts are lost with it.
 */
export function prepareRpcThread(log: Logger): RpcThread {
  const closing = new AbortController()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  let instance = startRpcInstance(log)

  async function replaceWhenEnded(options: RpcThreadOptions): Promise<void> {
    const ends: number[] = []
    for (;;) {
      const cause = await instance.ended
      if (closing.signal.aborted) return
      const delayMs = restartDelayMs(ends, performance.now())
      if (delayMs === undefined) return failed.reject(ended(`ended ${restartRule}`, cause))
      log.error({ err: cause, delayMs }, 'the rpc thread ended and is started again; the chain goes on')
      await sleep(delayMs, undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      instance = startRpcInstance(log)
      await instance.open(options).catch((error: unknown) => {
        if (!closing.signal.aborted) log.error({ err: error }, 'the rpc thread cannot be opened again')
        return instance.close()
      })
    }
  }

  return {
    open: async (options) => {
      const at = await instance.open(options).catch((error: unknown) => {
        throw error instanceof NodeError ? error : ended('ended', error)
      })
      const http = { ...options.http, port: at.port, metricsPort: at.metricsPort }
      void replaceWhenEnded({ ...options, http })
      return at
    },
    failed: failed.promise,
    close: async () => {
      closing.abort()
      await instance.close()
    },
  }
}

function ended(how: string, cause: unknown): NodeError {
  const message = `the rpc thread ${how}${cause instanceof Error ? `, because: ${cause.message}` : ''}`
  const fix = 'start the node again, and report it if it comes back'
  return new NodeError({ code: 'rpc_thread', severity: 'fatal', message, fix }, { cause })
}
