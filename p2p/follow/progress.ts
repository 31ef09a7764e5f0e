import type { Clock } from '../../core/ports/clock.ts'
import { followLimits } from './limits.ts'

/** How far catching up from peers is. `highest`: what peers say; `etaSec` is undefined until there is a rate. */
export type SyncProgress = {
  readonly stage: 'peers'
  /** The head when it began. */
  readonly from: bigint
  readonly current: bigint
  readonly highest: bigint
  readonly blocksPerSec: number
  readonly etaSec: number | undefined
}

/** Measures catching up, and tells the log of it now and then. */
export type Meter = {
  /** Where it is; begins if it has not begun. */
  note(current: bigint, highest: bigint): void
  /** Nothing more to catch up, or nobody to catch up from. */
  end(current: bigint): void
  progress(): SyncProgress | undefined
}

/** Rates are those of about the last half minute. */
const sampleMs = 3_000
const samplesKept = 10

export function createMeter(
  clock: Pick<Clock, 'nowMs'>,
  log: Record<'info', (fields: object, text: string) => void>,
): Meter {
  type Sample = { readonly ms: number; readonly number: bigint }
  let begun: { readonly from: bigint; readonly samples: Sample[]; reportedMs: number } | undefined
  let at = { current: 0n, highest: 0n }

  function progress(): SyncProgress | undefined {
    if (begun === undefined) return undefined
    const { current, highest } = at
    const first = begun.samples[0]!
    const seconds = (clock.nowMs() - first.ms) / 1_000
    const blocksPerSec = seconds > 0 ? Math.max(0, Number(current - first.number)) / seconds : 0
    const left = highest > current ? Number(highest - current) : 0
    const etaSec = blocksPerSec > 0 ? Math.ceil(left / blocksPerSec) : undefined
    return { stage: 'peers', from: begun.from, current, highest, blocksPerSec, etaSec }
  }

  return {
    progress,
    note(current, highest) {
      const nowMs = clock.nowMs()
      at = { current, highest }
      begun ??= { from: current, samples: [{ ms: nowMs, number: current }], reportedMs: nowMs }
      const { samples } = begun
      if (nowMs - samples.at(-1)!.ms >= sampleMs) samples.push({ ms: nowMs, number: current })
      if (samples.length > samplesKept) samples.shift()
      if (nowMs - begun.reportedMs < followLimits.progressMs) return
      begun.reportedMs = nowMs
      const { from, blocksPerSec, etaSec } = progress()!
      const whole = highest > from ? Number(highest - from) : 1
      const percent = Math.floor((Number(current - from) / whole) * 100)
      log.info(
        { number: current, highest, percent, blocksPerSec: Math.round(blocksPerSec), etaSec },
        'catching up from peers',
      )
    },
    end(current) {
      if (begun === undefined) return
      const blocks = current - begun.from
      if (blocks > 0n) log.info({ number: current, blocks }, 'caught up from peers')
      begun = undefined
    },
  }
}
