/** More ends than this within the window are no accident. */
const maxRestarts = 5
const windowMs = 600_000
const firstDelayMs = 100

/**
 * How long to wait before something that ended at `nowMs` is started again, in milliseconds: twice as long each time.
 * undefined: it ended too often in the last ten minutes. `ends` are the times of the earlier ends; this one is added.
 */
export function restartDelayMs(ends: number[], nowMs: number): number | undefined {
  while (ends[0] !== undefined && nowMs - ends[0] >= windowMs) ends.shift()
  ends.push(nowMs)
  return ends.length > maxRestarts ? undefined : firstDelayMs * 2 ** (ends.length - 1)
}

/** The rule in words, for the message when it gives up. */
export const restartRule = `more than ${maxRestarts} times within ${windowMs / 60_000} minutes`
