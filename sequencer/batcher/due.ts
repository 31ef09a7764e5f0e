/** What the decision to post rests on. */
export type DueState = {
  /** Channel bytes that the waiting blocks come to, estimated, and what one transaction carries. */
  readonly channelBytes: number
  readonly capacity: number
  /** Of the oldest waiting block. */
  readonly ageMs: number
  readonly maxDelayMs: number
  /** L1 blocks since the origin of the oldest waiting block, and within which it must be on L1. */
  readonly l1Age: bigint
  readonly window: bigint
}

export type DueReason = 'window' | 'size' | 'age'

/** Why a batch is due now: a quarter of the window is gone, a transaction is full, or the oldest block waited enough. */
export function dueReason(state: DueState): DueReason | undefined {
  if (state.l1Age * 4n >= state.window) return 'window'
  if (state.channelBytes >= state.capacity) return 'size'
  return state.ageMs >= state.maxDelayMs ? 'age' : undefined
}
