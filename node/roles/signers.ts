import type { Address } from '../../core/hex.ts'

/** How long what the last signer sealed counts after SystemConfig has named another one. */
const graceMs = 600_000

/** Who may seal gossiped blocks now: the signer that L1 names, and the one before it for a while. */
export function createSigners(newest: () => Address, nowMs: () => number): () => readonly Address[] {
  let current = newest()
  let last: { readonly signer: Address; readonly untilMs: number } | undefined
  return () => {
    const signer = newest()
    if (signer !== current) {
      last = { signer: current, untilMs: nowMs() + graceMs }
      current = signer
    }
    return last === undefined || last.untilMs <= nowMs() ? [current] : [current, last.signer]
  }
}
