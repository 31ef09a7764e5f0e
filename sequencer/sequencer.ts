import type { Block } from '../core/block.ts'
import { NodeError } from '../core/errors.ts'
import type { Header } from '../core/header.ts'
import type { L1Inputs } from '../core/ports/l1.ts'
import type { SystemConfig } from '../core/rules.ts'
import type { DepositTx } from '../core/tx.ts'
import type { Mempool } from './mempool/mempool.ts'
import { createChainClock, type MineRequest, type TimeControls } from './production/chainClock.ts'
import { baseFeeFalls } from './production/decay.ts'
import { createNap } from './production/nap.ts'
import { type OriginTooOld, type Sealed, type SealPorts, seal } from './production/seal.ts'
import { createSerial } from './production/serial.ts'
import type { ChainTime, TimeRefusal } from './production/time.ts'
import { isSpaced, type Mode, napMs, type SealReason, type SealState, shouldSeal } from './production/trigger.ts'
import type { Backpressure } from './throttle.ts'

export type SequencerConfig = {
  /** At most one block in so many ms, unless automine or an interval says otherwise. */
  readonly blockIntervalMs: number
  /** A block after so many ms without one; 0: none. */
  readonly heartbeatMs: number
  /** How long building may take transactions, in ms. */
  readonly buildMs: number
}

export const defaultSequencerConfig: SequencerConfig = { blockIntervalMs: 1_000, heartbeatMs: 60_000, buildMs: 1_000 }

export type SequencerOptions = Omit<SealPorts, 'buildMs' | 'mempool'> & {
  readonly mempool: Mempool
  readonly config: SequencerConfig
  readonly mode: Mode
  readonly signal: AbortSignal
  readonly log: Record<'info' | 'warn', (fields: object, text: string) => void>
  /** True if another block would lower the base fee; by default `baseFeeFalls`. */
  readonly decays?: (parent: Header, inputs: L1Inputs) => boolean
  /** After each block. Must not throw. */
  readonly onSealed?: (sealed: Sealed, reason: SealReason | 'asked') => void
}

/**
 * Block production. Every function that makes or unmakes blocks or bends time waits for those before it; none runs
 * beside another.
 */
export type Sequencer = TimeControls & {
  /** Looks now whether a block is due: a transaction became executable, or L1 has news. */
  wake(): void
  /**
   * Seals `count` blocks (1), the first at `timestamp`, the others `intervalSec` apart if given, otherwise each later
   * than its parent. Refused, before the first block, if one of these times cannot be. Throws NodeError `origin_too_old`
   * at the time bound.
   */
  mine(request?: MineRequest): Promise<TimeRefusal | undefined>
  /** Seals a block of these deposits only, at the head's time. */
  sealDev(deposits: readonly DepositTx[]): Promise<Block>
  /** Runs a change of the chain, a rewind say, while no block is being made. The task tells the mempool. */
  exclusive<T>(task: () => Promise<T>): Promise<T>
  /**
   * Automine: resolves once no executable transaction that was there before waits for a block any more (or production is
   * paused). Otherwise: once no block is being made.
   */
  settled(): Promise<void>
  automine(): boolean
  setAutomine(on: boolean): void
  /** A block every so many ms, with or without transactions; 0: off. Automine stays as it is. */
  setIntervalMining(intervalMs: number): void
  /** Why blocks do not come or take nothing: `origin_too_old`, the code of an outage, `backlog` (see `backpressure`). */
  trouble(): string | undefined
  /** Resolves when the signal has aborted and the last block is done; rejects when production cannot go on. */
  readonly closed: Promise<void>
}

/** How long the loop looks at nothing. `deaf`: transactions that come do not shorten it. */
type Rest = { readonly ms: number; readonly deaf: boolean }

/**
 * After a block of several transactions automine lets more of them gather: blocks of a few hundred cost less each than
 * blocks of thirty, and a lone transaction still gets its block at once.
 */
const gatherMs = 8

export function startSequencer(options: SequencerOptions): Sequencer {
  const { clock, config, head, l1, log, mempool, rules, signal } = options
  const { decays: lowers = (parent, inputs) => baseFeeFalls(parent, inputs, rules) } = options
  const ports: SealPorts = { ...options, buildMs: config.buildMs }
  // What failed is not tried again for each transaction that comes.
  const troubleRest: Rest = { ms: Math.max(config.blockIntervalMs, 1_000), deaf: true }
  const serial = createSerial()
  const nap = createNap(clock, signal)
  const time = createChainClock(clock, head)
  let { mode } = options
  let modeMs = clock.nowMs()
  let sealedMs: number | undefined
  let expiredMs = clock.nowMs()
  let futile = false
  /** The newest block is earlier than it was to be: its origin is not the newest yet. */
  let isLate = false
  let trouble: string | undefined
  let held: Backpressure = 'none'
  let failure: unknown
  let waiters: (() => void)[] = []

  const exclusive = <T>(task: () => Promise<T>): Promise<T> =>
    serial(async () => {
      if (failure !== undefined) throw failure
      if (signal.aborted) throw stopped()
      try {
        return await task()
      } catch (error) {
        if (!(error instanceof NodeError && error.severity === 'retry')) failure = error
        throw error
      }
    })
  /** The same for callers from outside: what they did may make a block due. */
  const waking = <T>(task: () => Promise<T>): Promise<T> => exclusive(task).finally(nap.wake)

  function settle(): void {
    const due = waiters
    waiters = []
    for (const resolve of due) resolve()
  }

  function pressure(): Backpressure {
    const asked = options.pressure?.() ?? 'none'
    if (asked !== held) {
      if (asked === 'none') log.info({}, 'blocks are full size again')
      else log.warn({ pressure: asked }, 'blocks are held back: too much of the chain is not on L1 yet')
    }
    held = asked
    return asked
  }

  function report(code: string | undefined, fields: object): void {
    if (code === trouble) return
    if (code === undefined) log.info({ code: trouble }, 'block production resumed')
    else log.warn({ ...fields, code }, 'block production paused')
    trouble = code
  }

  function sealState(): SealState {
    const nowMs = clock.nowMs()
    // The clock went back: intervals start again.
    if (sealedMs !== undefined && nowMs < sealedMs) sealedMs = nowMs
    if (nowMs < modeMs) modeMs = nowMs
    return {
      mode,
      blockIntervalMs: config.blockIntervalMs,
      heartbeatMs: config.heartbeatMs,
      sinceSealMs: sealedMs === undefined ? Number.POSITIVE_INFINITY : nowMs - sealedMs,
      idleMs: nowMs - Math.max(sealedMs ?? 0, modeMs),
      includable: pressure() !== 'stop' && mempool.hasIncludable(options.baseFee(head().header)),
      futile,
      decays: false,
      l1News: false,
    }
  }

  const spacedMs = () => (mode.automine ? 0 : mode.intervalMs || config.blockIntervalMs)
  const later = () => spacedMs() >= 1_000

  async function due(state: SealState): Promise<SealReason | undefined> {
    const reason = shouldSeal(state)
    if (reason !== undefined || !isSpaced(state)) return reason
    const { header, config: current, origin, sequenceNumber } = head()
    const inputs = await l1.inputs({ origin, sequenceNumber }, time.next(later()))
    const decays = pressure() !== 'stop' && mempool.status().pending > 0 && lowers(header, inputs)
    const l1News = isLate || inputs.deposits.length > 0 || !sameConfig(inputs.config, current)
    return shouldSeal({ ...state, decays, l1News })
  }

  async function sealOne(
    reason: SealReason | 'asked',
    { bent = time.at(), ...how }: { bent?: ChainTime; later: boolean; devDeposits?: readonly DepositTx[] },
  ): Promise<Sealed | OriginTooOld> {
    const { devDeposits } = how
    const startedMs = clock.nowMs()
    const timestamp = devDeposits === undefined ? time.next(how.later, bent) : head().header.timestamp
    const asking = waiters.length
    const sealed = await seal(ports, { timestamp, devDeposits })
    isLate = !('tooOld' in sealed) && sealed.built.block.header.timestamp < timestamp
    if ('tooOld' in sealed) return sealed
    const { header } = sealed.built.block
    sealedMs = startedMs
    if (devDeposits === undefined) time.sealed(header.timestamp, startedMs, bent)
    futile = devDeposits === undefined && sealed.userTxs === 0 && mempool.hasIncludable(options.baseFee(header))
    if (sealed.exhausted) for (const resolve of waiters.splice(0, asking)) resolve()
    options.onSealed?.(sealed, reason)
    return sealed
  }

  /** Makes a block if one is due. */
  async function step(): Promise<Rest> {
    const state = sealState()
    if (clock.nowMs() - expiredMs >= 60_000) {
      mempool.expire()
      expiredMs = clock.nowMs()
    }
    const reason = await due(state)
    if (reason === undefined) {
      report(undefined, {})
      settle()
      return { ms: napMs(state), deaf: false }
    }
    const sealed = await sealOne(reason, { later: later() })
    if (!('tooOld' in sealed)) {
      report(undefined, {})
      const isBusy = mode.automine && sealed.userTxs > 1 && waiters.length === 0
      return isBusy ? { ms: gatherMs, deaf: true } : { ms: 0, deaf: false }
    }
    report('origin_too_old', { origin: sealed.tooOld.number, timestamp: sealed.timestamp })
    settle()
    return troubleRest
  }

  async function run(): Promise<void> {
    while (!signal.aborted && failure === undefined) {
      nap.begin()
      const { ms, deaf } = await exclusive(step).catch(onOutage)
      await (deaf ? clock.sleep(ms, signal) : nap.rest(ms))
    }
    await serial(async () => settle())
    if (failure !== undefined) throw failure
  }

  function onOutage(error: unknown): Rest {
    if (failure !== undefined || signal.aborted) return { ms: 0, deaf: false }
    report((error as NodeError).code, { err: error })
    settle()
    return troubleRest
  }

  function setMode(next: Partial<Mode>): void {
    mode = { ...mode, ...next, demand: false }
    modeMs = clock.nowMs()
    futile = false
    nap.wake()
  }

  async function mineAll(request: MineRequest): Promise<TimeRefusal | undefined> {
    const { count = 1, intervalSec, timestamp } = request
    const refusal = time.checkMine(request)
    if (refusal !== undefined) return refusal
    for (let index = 0; index < count && !signal.aborted; index++) {
      const spaced = index > 0 && intervalSec !== undefined ? head().header.timestamp + intervalSec : undefined
      const exact = index === 0 ? timestamp : spaced
      blockOf(await sealOne('asked', { bent: time.at(exact), later: true }))
    }
    return undefined
  }

  return {
    wake: nap.wake,
    mine: (request = {}) => waking(() => mineAll(request)),
    sealDev: (devDeposits) => waking(async () => blockOf(await sealOne('asked', { later: false, devDeposits }))),
    exclusive: waking,
    settled: () => {
      const waits =
        mode.automine && pressure() !== 'stop' && trouble === undefined && failure === undefined && !signal.aborted
      if (!waits || !mempool.hasIncludable(options.baseFee(head().header))) return serial(async () => undefined)
      return new Promise((resolve) => waiters.push(resolve))
    },
    automine: () => mode.automine,
    setAutomine: (automine) => setMode({ automine }),
    setIntervalMining: (intervalMs) => setMode({ intervalMs }),
    ...time.controls({ exclusive, later }),
    trouble: () => trouble ?? (held === 'stop' ? 'backlog' : undefined),
    closed: run(),
  }
}

function blockOf(sealed: Sealed | OriginTooOld): Block {
  if (!('tooOld' in sealed)) return sealed.built.block
  throw new NodeError({
    code: 'origin_too_old',
    severity: 'retry',
    message: `no block at ${sealed.timestamp}: it would be too long after L1 block ${sealed.tooOld.number}`,
    fix: 'wait for newer L1 blocks',
  })
}

function stopped(): NodeError {
  return new NodeError({ code: 'sequencer_stopped', severity: 'retry', message: 'block production has stopped' })
}

function sameConfig(a: SystemConfig, b: SystemConfig): boolean {
  return (Object.keys(a) as (keyof SystemConfig)[]).every((key) => a[key] === b[key])
}
