/** When blocks are made, apart from those asked for one by one. All off: only those. */
export type Mode = {
  /** At most one per block interval: for waiting transactions, for L1 news, and as a heartbeat. */
  readonly demand: boolean
  /** As soon as a block can take a transaction. */
  readonly automine: boolean
  /** One every so many milliseconds, with or without transactions; 0: off. */
  readonly intervalMs: number
}

/** What the decision to seal rests on. Times in ms. */
export type SealState = {
  readonly mode: Mode
  readonly blockIntervalMs: number
  /** 0: none. */
  readonly heartbeatMs: number
  /** Since the last block of this process; Infinity before the first. */
  readonly sinceSealMs: number
  /** The same, but since the start or the last change of mode if that is later. */
  readonly idleMs: number
  /** A block would take at least one transaction. */
  readonly includable: boolean
  /** The last block was to take transactions and took none: another at once would do no better. */
  readonly futile: boolean
  /** An executable transaction waits for a lower base fee, and the next block lowers it. */
  readonly decays: boolean
  /** An origin with deposits or a new configuration waits. */
  readonly l1News: boolean
}

export type SealReason = 'transactions' | 'decay' | 'l1' | 'heartbeat' | 'interval'

/** Why a block is due now, or undefined. */
export function shouldSeal(state: SealState): SealReason | undefined {
  const { mode, includable } = state
  if (mode.intervalMs > 0 && state.idleMs >= mode.intervalMs) return 'interval'
  if (mode.automine && includable && !state.futile) return 'transactions'
  if (!isSpaced(state)) return undefined
  if (includable) return 'transactions'
  if (state.decays) return 'decay'
  if (state.l1News) return 'l1'
  return state.heartbeatMs > 0 && state.idleMs >= state.heartbeatMs ? 'heartbeat' : undefined
}

/** True when the mode makes blocks by itself and the block interval since the last one is over. */
export function isSpaced({ mode, sinceSealMs, blockIntervalMs }: SealState): boolean {
  return (mode.demand || mode.automine) && sinceSealMs >= blockIntervalMs
}

const longestNapMs = 60_000

/** How long nothing can become due by time alone, at most a minute: transactions wake the loop earlier. */
export function napMs({ mode, blockIntervalMs, heartbeatMs, sinceSealMs, idleMs }: SealState): number {
  const naps = [longestNapMs]
  if (mode.intervalMs > 0) naps.push(mode.intervalMs - idleMs)
  if (mode.demand || mode.automine) {
    // L1 is looked at once per block interval.
    naps.push(sinceSealMs < blockIntervalMs ? blockIntervalMs - sinceSealMs : blockIntervalMs)
    if (heartbeatMs > idleMs) naps.push(heartbeatMs - idleMs)
  }
  return Math.max(1, Math.min(...naps))
}
