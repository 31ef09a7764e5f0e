/** How a development chain bends time: seconds ahead of the clock, and the exact time of the next block. */
export type ChainTime = { readonly offsetSec: bigint; readonly nextSec: bigint | undefined }

/**
 * The latest time of a block, in seconds: headers hold 64 bits, but the attribution protocol keeps times in 40, also those
 * that lie up to 2^32 seconds ahead. A chain whose time was set there goes on with blocks that share it.
 */
export const maxChainSec = 2n ** 39n

/** Why a time is refused: it is before the head's, or after `maxChainSec`. */
export type TimeRefusal = 'too_early' | 'too_late'

export const realTime: ChainTime = { offsetSec: 0n, nextSec: undefined }

/** The chain's clock in seconds. */
export function chainNow(nowMs: number, { offsetSec }: ChainTime): bigint {
  return BigInt(Math.floor(nowMs / 1_000)) + offsetSec
}

/**
 * The time of the next block: now, but never before its parent, and after it if `later`. The clock may jump back: then
 * blocks share or follow their parent's time until the clock has caught up.
 *
 * Blocks are later than their parents when they are a second or more apart. Automine seals several in one second and
 * lets them share it, as anvil does, so that the chain's clock does not run ahead of the world's.
 */
export function nextTimestamp(parentSec: bigint, nowMs: number, time: ChainTime, later: boolean): bigint {
  const earliest = later && time.nextSec === undefined ? parentSec + 1n : parentSec
  const wanted = max(earliest, time.nextSec ?? chainNow(nowMs, time))
  return wanted < maxChainSec ? wanted : maxChainSec
}

/** Whether the next block may be at this time. */
export function checkNext(sec: bigint, parentSec: bigint): TimeRefusal | undefined {
  if (sec < parentSec) return 'too_early'
  return sec > maxChainSec ? 'too_late' : undefined
}

/** Time after a block was sealed: a time that was set exactly moves the chain's clock there. */
export function timeAfter(sealedSec: bigint, nowMs: number, time: ChainTime): ChainTime {
  if (time.nextSec === undefined) return time
  return { offsetSec: time.offsetSec + sealedSec - chainNow(nowMs, time), nextSec: undefined }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
