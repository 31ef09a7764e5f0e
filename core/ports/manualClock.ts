import { assert } from '../errors.ts'
import type { Clock } from './clock.ts'

export type ManualClock = Clock & {
  /** Moves time forward and wakes, in order of their time, the sleepers that are due. */
  advance(ms: number): Promise<void>
  /** How many sleeps wait. */
  sleepers(): number
}

/** A clock that stands still until it is told to move: for tests. */
export function createManualClock(startMs = 0): ManualClock {
  type Sleeper = { readonly wakeMs: number; readonly wake: () => void }
  let now = startMs
  const sleepers = new Set<Sleeper>()

  return {
    nowMs: () => now,
    sleepers: () => sleepers.size,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms <= 0 || signal.aborted) return resolve()
        const sleeper: Sleeper = {
          wakeMs: now + Math.ceil(ms),
          wake: () => {
            sleepers.delete(sleeper)
            signal.removeEventListener('abort', sleeper.wake)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal.addEventListener('abort', sleeper.wake, { once: true })
      }),
    advance: async (ms) => {
      assert(ms >= 0, 'time goes forward')
      const target = now + ms
      for (;;) {
        const next = [...sleepers].filter(({ wakeMs }) => wakeMs <= target).sort((a, b) => a.wakeMs - b.wakeMs)[0]
        if (next === undefined) break
        now = next.wakeMs
        next.wake()
        // Whoever woke up runs, and may sleep again, before time moves on.
        await new Promise(setImmediate)
      }
      now = target
      await new Promise(setImmediate)
    },
  }
}
