import type { Clock } from '../core/ports/clock.ts'

export type Log = Record<'info' | 'warn', (fields: object, text: string) => void>

/** Says once when something is wrong, again every ten minutes while it stays so, and once when it is over. */
export type Alarm<Code extends string> = {
  /** What is wrong now; undefined: nothing. */
  set(code: Code | undefined, fields?: object): void
  current(): Code | undefined
}

const repeatMs = 600_000

/** An alarm whose codes mean these texts. A code that comes and goes is not logged anew within a minute. */
export function createAlarm<Code extends string>(
  texts: Readonly<Record<Code, string>>,
  { clock, log }: { readonly clock: Pick<Clock, 'nowMs'>; readonly log: Log },
): Alarm<Code> {
  const loggedMs = new Map<Code, number>()
  let current: Code | undefined

  function isQuiet(code: Code): boolean {
    const last = loggedMs.get(code)
    return last !== undefined && clock.nowMs() - last < (code === current ? repeatMs : 60_000)
  }

  return {
    current: () => current,
    set(code, fields = {}) {
      if (code === undefined) {
        if (current !== undefined) log.info({ code: current }, 'resolved')
      } else if (!isQuiet(code)) {
        loggedMs.set(code, clock.nowMs())
        log.warn({ ...fields, code }, texts[code])
      }
      current = code
    },
  }
}
