import { NodeError } from '../../core/errors.ts'

export type FollowLog = Record<'info' | 'warn', (fields: object, text: string) => void>

/** What keeps derivation from going on: one line in the log when it begins, one when it is over. */
export type Trouble = {
  /** At present. */
  code(): string | undefined
  /** Notes an outage. Anything else, and fatal ones, it throws on. */
  note(error: unknown): void
  over(): void
}

export function createTrouble(log: FollowLog): Trouble {
  let code: string | undefined
  return {
    code: () => code,
    note(error) {
      if (!(error instanceof NodeError) || error.severity === 'fatal') throw error
      if (error.code !== code) log.warn({ code: error.code, err: error }, 'derivation from L1 stalled')
      code = error.code
    },
    over() {
      if (code !== undefined) log.info({ code }, 'derivation from L1 resumed')
      code = undefined
    },
  }
}

const longestPauseMs = 30_000

/** How long to wait after so many failures in a row: doubling from `pollMs`, half of it left to chance (0 to 1). */
export function pauseMs(failures: number, pollMs: number, chance: number): number {
  const whole = Math.min(pollMs * 2 ** Math.min(failures, 16), Math.max(longestPauseMs, pollMs))
  return whole / 2 + (whole / 2) * chance
}
