/** Time for the parts that act. Rules never see it. */
export type Clock = {
  /** Whole milliseconds since the Unix epoch. */
  nowMs(): number
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}
