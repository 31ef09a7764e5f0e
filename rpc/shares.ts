import { callerOf, isLocal } from './caller.ts'

/** Takes one of a caller's places; the result gives it back, once. undefined: the caller has no more. */
export type TakeShare = (ip: string) => (() => void) | undefined

/**
 * Shares something bounded among callers: each holds at most `perCaller` at once. Callers on this machine are not
 * bounded: they are its owner, or a proxy that speaks for many. 0: nobody is.
 */
export function createShares(perCaller: number): TakeShare {
  const held = new Map<string, number>()
  return (ip) => {
    if (perCaller === 0 || isLocal(ip)) return keepNothing
    const caller = callerOf(ip)
    const count = held.get(caller) ?? 0
    if (count >= perCaller) return undefined
    held.set(caller, count + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const left = (held.get(caller) ?? 1) - 1
      if (left === 0) held.delete(caller)
      else held.set(caller, left)
    }
  }
}

function keepNothing(): void {}
