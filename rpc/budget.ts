import { isLocal } from './caller.ts'

/** Bytes of one holder (a filter, a connection). */
export type Account = {
  /** Holds so many bytes from now on; this may give up this holder or another one. */
  set(bytes: number): void
  close(): void
}

export type Budget = {
  /** A new holder that holds nothing yet. `giveUp` frees what it holds; its account is closed then. */
  open(caller: string, giveUp: () => void): Account
}

/**
 * Memory that many hold for callers: at most `perCaller` bytes for each and `total` for all. Past a bound the holder of
 * the most bytes, of this caller or of all, is given up until the rest is within it. Callers on this machine are bound
 * by `total` only: they are its owner, or a proxy that speaks for many. `perCaller` 0: everybody is.
 */
export function createBudget({ perCaller, total }: { readonly perCaller: number; readonly total: number }): Budget {
  const holders = new Set<Holder>()
  const callers = new Map<string, number>()
  let sum = 0

  function add(caller: string, bytes: number): void {
    sum += bytes
    const held = (callers.get(caller) ?? 0) + bytes
    if (held === 0) callers.delete(caller)
    else callers.set(caller, held)
  }

  function remove(holder: Holder): void {
    if (holders.delete(holder)) add(holder.caller, -holder.bytes)
  }

  function giveUpLargest(caller: string | undefined): void {
    let largest: Holder | undefined
    for (const holder of holders) {
      if (caller !== undefined && holder.caller !== caller) continue
      if (largest === undefined || holder.bytes > largest.bytes) largest = holder
    }
    if (largest === undefined) return
    remove(largest)
    largest.giveUp()
  }

  return {
    open(caller, giveUp) {
      const holder: Holder = { caller, giveUp, bytes: 0 }
      const isBound = perCaller !== 0 && !isLocal(caller)
      holders.add(holder)
      return {
        set(bytes) {
          if (!holders.has(holder)) return
          add(caller, bytes - holder.bytes)
          holder.bytes = bytes
          while (isBound && (callers.get(caller) ?? 0) > perCaller) giveUpLargest(caller)
          while (sum > total) giveUpLargest(undefined)
        },
        close: () => remove(holder),
      }
    },
  }
}

type Holder = { readonly caller: string; readonly giveUp: () => void; bytes: number }
