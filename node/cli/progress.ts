import { durationText } from './duration.ts'
import type { Output } from './output.ts'

export type Progress = {
  /** Call after each block; prints at most every ten seconds, and the first time after one. */
  step(done: number, fraction: number): void
}

/** Progress of a long operation: stage, per cent, blocks per second and the time left. */
export function createProgress(stage: string, out: Output, nowMs: () => number = () => performance.now()): Progress {
  const startedMs = nowMs()
  let nextMs = startedMs + 1000
  return {
    step: (done, fraction) => {
      const now = nowMs()
      if (now < nextMs) return
      nextMs = now + 10_000
      const elapsedSec = (now - startedMs) / 1000
      const rate = (done / elapsedSec).toFixed(0)
      const left = fraction > 0 ? durationText((elapsedSec * (1 - fraction)) / fraction) : 'unknown time'
      out.note(`${stage}: ${(fraction * 100).toFixed(1)} %, ${done} blocks, ${rate} blocks/s, ${left} left`)
    },
  }
}
