/** Ends longer ago than this are forgotten. */
const windowMs = 600_000
const firstDelayMs = 100
const maxDelayMs = 60_000

/**
 * How long to wait before something that ended at `nowMs` is started again, in milliseconds: twice as long each time, at
 * most a minute. `ends` are the times of the ends in the last ten minutes; this one is added.
 */
export function restartDelayMs(ends: number[], nowMs: number): number {
  while (ends[0] !== undefined && nowMs - ends[0] >= windowMs) ends.shift()
  ends.push(nowMs)
  return Math.min(maxDelayMs, firstDelayMs * 2 ** (ends.length - 1))
}
