/** Ends longer ago than this are forgotten. */
const windowMs = 600_000
const firstDelayMs = 100
const maxDelayMs = 60_000

/** How long to wait before the next start after an end at this time, in milliseconds: twice as long each time. */
export function createRestarts(): (nowMs: number) => number {
  const ends: number[] = []
  return (nowMs) => {
    while (ends[0] !== undefined && nowMs - ends[0] >= windowMs) ends.shift()
    ends.push(nowMs)
    return Math.min(maxDelayMs, firstDelayMs * 2 ** (ends.length - 1))
  }
}
