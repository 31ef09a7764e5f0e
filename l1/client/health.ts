import type { NodeError } from '../../core/errors.ts'
import type { NodeOptions } from './provider.ts'

/** Where the client says what happened. Text is constant; nothing that L1 nodes wrote is above `debug`. */
export type L1Log = Readonly<Record<'debug' | 'info' | 'warn', (fields: object, text: string) => void>>

/** How one L1 or Beacon node does. `name` is its host. */
export type SourceHealth = {
  readonly kind: 'rpc' | 'beacon'
  readonly name: string
  /** Code of its latest failure; undefined after an answer. */
  readonly trouble: string | undefined
  /** Failures since its latest answer. */
  readonly failures: number
  /** Height of the newest block it told; undefined before, and of Beacon nodes. */
  readonly head: bigint | undefined
}

export type Health = {
  good(): void
  sawHead(number: bigint): void
  bad(error: NodeError): void
  /** It asks to be left alone, for so long or for a second. */
  pause(pauseMs: number | undefined): void
  pauseMs(): number
  /** Its latest failure; undefined after an answer. */
  trouble(): NodeError | undefined
  state(): SourceHealth
}

/**
 * Counts a node's failures: one line when they become a nuisance, one when they end. In between the node is asked
 * less and less often, so that one that hangs does not hold up the others.
 */
export function createHealth(
  kind: SourceHealth['kind'],
  { endpoint: { name }, limits, clock, log }: Pick<NodeOptions, 'endpoint' | 'limits' | 'clock' | 'log'>,
): Health {
  let trouble: NodeError | undefined
  let failures = 0
  let isTold = false
  let pausedUntilMs = 0
  let head: bigint | undefined

  function pause(pauseMs = 1_000): void {
    pausedUntilMs = Math.max(pausedUntilMs, clock.nowMs() + Math.min(pauseMs, limits.maxPauseMs))
  }

  return {
    good: () => {
      if (isTold) log.info({ l1: name, kind, code: trouble?.code }, 'L1 node answers again')
      trouble = undefined
      failures = 0
      isTold = false
    },
    sawHead: (number) => {
      head = number
    },
    bad: (error) => {
      trouble = error
      failures++
      const extra = failures - limits.patience
      if (extra >= 0) pause(Math.min(limits.maxBackoffMs, limits.backoffMs * 2 ** Math.min(extra, 16)))
      if (isTold || (extra < 0 && !loud.has(error.code))) return
      isTold = true
      log.warn({ l1: name, kind, code: error.code, fix: error.fix }, 'L1 node fails')
    },
    pause,
    pauseMs: () => Math.max(0, pausedUntilMs - clock.nowMs()),
    trouble: () => trouble,
    state: () => ({ kind, name, trouble: trouble?.code, failures, head }),
  }
}

/** No accidents of networks: worth a line the first time. */
const loud: ReadonlySet<string> = new Set(['l1_wrong_chain', 'l1_refused', 'l1_unsupported'])
