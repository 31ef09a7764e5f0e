import type { Clock } from '../../core/ports/clock.ts'

/** Sleep that somebody else may end. */
export type Nap = {
  /** Ends the sleep; between two of them it takes the next one away. */
  wake(): void
  /** Forgets earlier wakes: to be called before looking at what they announced. */
  begin(): void
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export function createNap(clock: Pick<Clock, 'sleep'>): Nap {
  let woken = false
  let sleeping: AbortController | undefined
  return {
    wake() {
      woken = true
      sleeping?.abort()
    },
    begin() {
      woken = false
    },
    async sleep(ms, signal) {
      if (woken || ms <= 0) return
      sleeping = new AbortController()
      await clock.sleep(ms, AbortSignal.any([signal, sleeping.signal]))
      sleeping = undefined
    },
  }
}
