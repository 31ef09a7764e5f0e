import { setTimeout as sleep } from 'node:timers/promises'
import { NodeError } from '../../core/errors.ts'
import { createRestarts } from '../../core/restarts.ts'
import type { Logger } from '../log/logger.ts'
import type { HttpOptions } from '../roles/options.ts'
import type { ListeningAt } from './messages.ts'
import { type RpcThreadOptions, startRpcInstance } from './rpcInstance.ts'

export type RpcThread = {
  /** Resolves once the port answers; rejects with the NodeError of what prevents it. Once only. */
  open(options: RpcThreadOptions): Promise<ListeningAt>
  /** How often it was started again. */
  readonly restarts: () => number
  close(): Promise<void>
}

/**
 * Starts the thread, which loads its code while the chain thread opens the database. Once it has answered, a thread that
 * ends by itself is replaced by another one on the same ports, as often as it takes and at most a minute later: the
 * chain goes on meanwhile. Open connections, filters and impersonated accounts are lost with it. While it is down
 * nothing answers, health probes neither.
 */
export function prepareRpcThread(log: Logger): RpcThread {
  const closing = new AbortController()
  let instance = startRpcInstance(log)
  let restarts = 0

  async function replaceWhenEnded(options: RpcThreadOptions): Promise<void> {
    const delayAfter = createRestarts()
    for (;;) {
      const cause = await instance.ended
      if (closing.signal.aborted) return
      const delayMs = delayAfter(performance.now())
      log.error({ err: cause, delayMs }, 'the rpc thread ended and is started again; the chain goes on')
      await sleep(delayMs, undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      restarts++
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
        throw error instanceof NodeError ? error : ended(error)
      })
      void replaceWhenEnded({ ...options, http: samePorts(options.http, at) })
      return at
    },
    restarts: () => restarts,
    close: async () => {
      closing.abort()
      await instance.close()
    },
  }
}

/** The servers with the ports that they have now. */
function samePorts(http: HttpOptions, { port, metricsPort, adminPort }: ListeningAt): HttpOptions {
  const same = { ...http, port, metricsPort }
  if (http.admin?.tcp === undefined || adminPort === undefined) return same
  return { ...same, admin: { ...http.admin, tcp: { ...http.admin.tcp, port: adminPort } } }
}

function ended(cause: unknown): NodeError {
  const message = `the rpc thread ended${cause instanceof Error ? `, because: ${cause.message}` : ''}`
  const fix = 'start the node again, and report it if it comes back'
  return new NodeError({ code: 'rpc_thread', severity: 'fatal', message, fix }, { cause })
}
