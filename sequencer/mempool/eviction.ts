import type { PoolAccount } from './account.ts'
import type { PoolTx } from './entry.ts'

/** The candidate of one account when executable transactions must go: its last one, and how many it has. */
export type Tail = { readonly account: PoolAccount; readonly tx: PoolTx; readonly weight: number }

/** The account's candidate; `weight` counts only above the guarantee, so that small accounts compete by tip alone. */
export function tailOf(account: PoolAccount, accountSlots: number): Tail | undefined {
  const tx = account.pending.at(-1)
  return tx && { account, tx, weight: Math.max(account.pending.length, accountSlots) }
}

/**
 * Which executable transaction goes first: not a sheltered one; the last one of the account that has most (above its
 * guarantee); the lowest tip; the newest.
 */
export function tailGoesFirst(a: Tail, b: Tail): boolean {
  if (a.tx.sheltered !== b.tx.sheltered) return b.tx.sheltered
  if (a.tx.sheltered) return a.tx.arrival > b.tx.arrival
  return a.weight === b.weight ? cheaper(a.tx, b.tx) : a.weight > b.weight
}

/** Which queued transaction goes first: not a sheltered one; the lowest tip; the newest. */
export function queuedGoesFirst(a: PoolTx, b: PoolTx): boolean {
  if (a.sheltered !== b.sheltered) return b.sheltered
  return a.sheltered ? a.arrival > b.arrival : cheaper(a, b)
}

function cheaper(a: PoolTx, b: PoolTx): boolean {
  if (a.tipCap !== b.tipCap) return a.tipCap < b.tipCap
  return a.feeCap === b.feeCap ? a.arrival > b.arrival : a.feeCap < b.feeCap
}
