import type { ManualClock } from '../../core/ports/manualClock.ts'

/** Turns of the event loop after which whatever does not wait for the clock has come to rest. */
const turns = 24

/**
 * Lets virtual time pass in small steps, with the event loop idle in between. Nothing in a simulation waits for anything
 * but the clock, so that the same seed gives the same run.
 */
export async function pass(clock: ManualClock, ms: number, stepMs = 50): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(Math.min(stepMs, ms - passed))
    await idle()
  }
}

/** What was started has come to rest. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
}

/** Waits for something that needs time to pass; rejects after `mostMs`. */
export async function during<T>(clock: ManualClock, task: Promise<T>, mostMs = 60_000): Promise<T> {
  let isDone = false
  const done = () => {
    isDone = true
  }
  task.then(done, done)
  await idle()
  for (let passed = 0; !isDone; passed += 50) {
    if (passed >= mostMs) throw new Error('it does not end')
    await pass(clock, 50)
  }
  return task
}
