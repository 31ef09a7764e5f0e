import { NodeError } from '../core/errors.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Log } from './alarm.ts'

/** A loop that runs until its signal aborts. */
export type Running<Status> = {
  status(): Status
  /** Code of the outage that keeps it from going on; undefined: none. */
  outage(): string | undefined
  /** Resolves when the signal has aborted; rejects with what is no outage. */
  readonly closed: Promise<void>
}

/** Steps every `pollMs`. An outage is logged when it begins and when it is over. */
export function startLoop(
  step: () => Promise<unknown>,
  {
    clock,
    log,
    pollMs,
    signal,
  }: { readonly clock: Clock; readonly log: Log; readonly pollMs: number; readonly signal: AbortSignal },
): Pick<Running<never>, 'outage' | 'closed'> {
  let outage: string | undefined

  async function guarded(): Promise<void> {
    try {
      await step()
      if (outage !== undefined) log.info({ code: outage }, 'transactions are sent to L1 again')
      outage = undefined
    } catch (error) {
      if (!(error instanceof NodeError && error.severity === 'retry')) throw error
      if (signal.aborted) return
      if (error.code !== outage) log.warn({ code: error.code, err: error }, 'no transactions can be sent to L1 for now')
      outage = error.code
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await guarded()
      await clock.sleep(pollMs, signal)
    }
  }
  return { outage: () => outage, closed: run() }
}
