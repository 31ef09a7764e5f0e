import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from './clock.ts'

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: Date.now,
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  },
}
