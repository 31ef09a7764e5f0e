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
      const left = fraction > 0 ? duration((elapsedSec * (1 - fraction)) / fraction) : 'unknown time'
      out.note(`${stage}: ${(fraction * 100).toFixed(1)} %, ${done} blocks, ${rate} blocks/s, ${left} left`)
    },
  }
}

function duration(seconds: number): string {
  const rounded = Math.round(seconds)
  if (rounded < 60) return `${rounded} s`
  const minutes = Math.floor(rounded / 60)
  return minutes < 60 ? `${minutes} min ${rounded % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
