import type { Header } from '../../core/header.ts'
import type { Clock } from '../../core/ports/clock.ts'
import {
  type ChainTime,
  chainNow,
  checkNext,
  maxChainSec,
  nextTimestamp,
  realTime,
  type TimeRefusal,
  timeAfter,
} from './time.ts'

/** The part of block production that bends time, on solo development chains. Times in seconds. */
export type TimeControls = {
  /** The exact time of the next block and the start of time after it. */
  setNextTimestamp(sec: bigint): Promise<TimeRefusal | undefined>
  /** Moves the chain's clock forward; the answer is how far it is ahead in all. */
  increaseTime(sec: bigint): Promise<bigint | 'too_late'>
  /** Now: read it, and put an earlier one back, in an `exclusive` task only, so that no block moves it meanwhile. */
  time(): ChainTime
  /** The timestamp of a block made now. */
  nextTimestamp(): bigint
  restoreTime(time: ChainTime): void
}

/** Blocks to mine one after the other: `count` (1), the first at `timestamp`, the others `intervalSec` apart, if given. */
export type MineRequest = { readonly count?: number; readonly intervalSec?: bigint; readonly timestamp?: bigint }

/** The time of the chain that one producer makes blocks of: where the rules of `time.ts` keep their state. */
export type ChainClock = {
  /** Now, or with the exact time of the next block if given. */
  at(nextSec?: bigint): ChainTime
  /** The timestamp of a block made now; after its parent's if `later`. */
  next(later: boolean, bent?: ChainTime): bigint
  /** A block of this timestamp was made at `startedMs` of the clock with this time. */
  sealed(timestampSec: bigint, startedMs: number, bent: ChainTime): void
  /** Why these blocks cannot be mined. */
  checkMine(request: MineRequest): TimeRefusal | undefined
  /** The controls; changes are made while no block is. `later`: what a block made now has. */
  controls(options: {
    readonly exclusive: <T>(task: () => Promise<T>) => Promise<T>
    readonly later: () => boolean
  }): TimeControls
}

export function createChainClock(clock: Clock, head: () => { readonly header: Header }): ChainClock {
  let time = realTime

  function next(later: boolean, bent = time): bigint {
    return nextTimestamp(head().header.timestamp, clock.nowMs(), bent, later)
  }

  return {
    at: (nextSec) => (nextSec === undefined ? time : { ...time, nextSec }),
    next,
    sealed(timestampSec, startedMs, bent) {
      time = timeAfter(timestampSec, startedMs, bent)
    },
    checkMine({ count = 1, intervalSec = 0n, timestamp }) {
      const first = timestamp ?? next(true)
      const last = first + BigInt(Math.max(count - 1, 0)) * intervalSec
      return checkNext(first, head().header.timestamp) ?? checkNext(last, first)
    },
    controls: ({ exclusive, later }) => ({
      setNextTimestamp: (nextSec) =>
        exclusive(async () => {
          const refusal = checkNext(nextSec, head().header.timestamp)
          if (refusal === undefined) time = { ...time, nextSec }
          return refusal
        }),
      increaseTime: (sec) =>
        exclusive(async () => {
          const increased = { ...time, offsetSec: time.offsetSec + sec }
          if (chainNow(clock.nowMs(), increased) > maxChainSec) return 'too_late'
          time = increased
          return time.offsetSec
        }),
      time: () => time,
      nextTimestamp: () => next(later()),
      restoreTime: (earlier) => {
        time = earlier
      },
    }),
  }
}
