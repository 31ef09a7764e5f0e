import type { Address } from '../../core/hex.ts'
import type { PoolTx } from './entry.ts'
import type { Sender } from './sender.ts'

/**
 * One sender's transactions. `pending[i]` has nonce `sender.nonce + i`, and the balance pays for all of them together;
 * `queued` holds the others by nonce, none of them below `nextNonce`. The functions here keep that and say what moved.
 */
export type PoolAccount = {
  readonly address: Address
  sender: Sender
  readonly pending: PoolTx[]
  readonly queued: Map<bigint, PoolTx>
  pendingCost: bigint
  /** When it last made progress, ms. */
  beatMs: number
}

export function createPoolAccount(address: Address, sender: Sender, nowMs: number): PoolAccount {
  return { address, sender, pending: [], queued: new Map(), pendingCost: 0n, beatMs: nowMs }
}

/** The nonce after the last executable transaction. */
export function nextNonce({ sender, pending }: PoolAccount): bigint {
  return sender.nonce + BigInt(pending.length)
}

/** The executable transaction with this nonce. */
export function pendingAt({ sender, pending }: PoolAccount, nonce: bigint): PoolTx | undefined {
  const index = nonce - sender.nonce
  return index >= 0n && index < pending.length ? pending[Number(index)] : undefined
}

/** Moves queued transactions behind the pending ones while nonces follow and the balance lasts. */
export function promote(account: PoolAccount): PoolTx[] {
  const promoted: PoolTx[] = []
  for (;;) {
    const nonce = nextNonce(account)
    const next = account.queued.get(nonce)
    if (next === undefined || account.pendingCost + next.cost > account.sender.balance) return promoted
    account.queued.delete(nonce)
    account.pending.push(next)
    account.pendingCost += next.cost
    promoted.push(next)
  }
}

/** Moves the pending transactions from `index` on to the queue. */
export function demote(account: PoolAccount, index: number): PoolTx[] {
  const demoted = account.pending.splice(index)
  for (const tx of demoted) {
    account.pendingCost -= tx.cost
    account.queued.set(tx.envelope.tx.nonce, tx)
  }
  return demoted
}

/** Puts `tx` in the place of the pending one with its nonce. */
export function replacePending(account: PoolAccount, tx: PoolTx): PoolTx {
  const index = Number(tx.envelope.tx.nonce - account.sender.nonce)
  const [old] = account.pending.splice(index, 1, tx)
  account.pendingCost += tx.cost - old!.cost
  return old!
}

/** Takes one transaction out; the pending ones after it are then queued, and returned. */
export function take(account: PoolAccount, tx: PoolTx): PoolTx[] {
  const { nonce } = tx.envelope.tx
  if (tx.place === 'queued') {
    account.queued.delete(nonce)
    return []
  }
  const demoted = demote(account, Number(nonce - account.sender.nonce))
  account.queued.delete(nonce)
  return demoted.slice(1)
}

/**
 * Takes over the account as a new head has it. Transactions whose nonce is used, or whose cost alone is more than the
 * balance, are dropped; of the rest only a prefix that the balance pays for stays pending.
 */
export function refresh(
  account: PoolAccount,
  sender: Sender,
): { dropped: PoolTx[]; demoted: PoolTx[]; promoted: PoolTx[] } {
  const { pending, queued } = account
  const mined = sender.nonce - account.sender.nonce
  const dropped = mined > 0n ? pending.splice(0, Number(min(mined, BigInt(pending.length)))) : []
  for (const tx of dropped) account.pendingCost -= tx.cost
  // After a rewind the nonces below the pending ones are free again: all of them wait.
  const demoted = mined < 0n ? demote(account, 0) : []
  account.sender = sender
  if (account.pendingCost > sender.balance) demoted.push(...demote(account, payable(pending, sender.balance)))
  for (const [nonce, tx] of queued) {
    if (nonce >= sender.nonce && tx.cost <= sender.balance) continue
    queued.delete(nonce)
    dropped.push(tx)
  }
  return { dropped, demoted, promoted: promote(account) }
}

/** How many of these transactions, from the first, the balance pays for. */
function payable(txs: readonly PoolTx[], balance: bigint): number {
  let cost = 0n
  const end = txs.findIndex((tx) => {
    cost += tx.cost
    return cost > balance
  })
  return end === -1 ? txs.length : end
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
