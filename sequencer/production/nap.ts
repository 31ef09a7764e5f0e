import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../core/ports/clock.ts'

/** A loop's rest, which ends early when somebody wakes it. */
export type Nap = {
  /** Ends the rest; between two rests it makes the next one short. */
  wake(): void
  /** Forgets earlier wakes: call it before looking at what they announced. */
  begin(): void
  /**
   * Rests for `ms`, then for one turn of the event loop: a wake is often the first of many messages, and all that are
   * there already are heard before work goes on.
   */
  rest(ms: number): Promise<void>
}

export function createNap(clock: Clock, signal: AbortSignal): Nap {
  let woken = false
  let resting: AbortController | undefined
  const wake = () => {
    woken = true
    resting?.abort()
  }
  signal.addEventListener('abort', wake, { once: true })

  return {
    wake,
    begin: () => {
      woken = false
    },
    rest: async (ms) => {
      if (ms > 0 && !woken && !signal.aborted) {
        resting = new AbortController()
        await clock.sleep(ms, resting.signal)
        resting = undefined
      }
      await turn()
    },
  }
}
