import { type PoolAccount, take } from './account.ts'
import { byNonce } from './content.ts'
import type { PoolTx } from './entry.ts'
import type { PoolIndex } from './index.ts'
import type { PoolLimits } from './limits.ts'

/** Takes transactions out of the pool, and holds it to its bounds. */
export type Capacity = {
  /** Takes one transaction out; its sender's later ones then wait for a replacement. */
  drop(tx: PoolTx): void
  /** Holds an account to its share of the queue: the highest nonces go. */
  trim(account: PoolAccount): void
  /** Holds the pool to its bounds, `newcomer` being the transaction that came last. */
  shrink(newcomer?: PoolTx): void
}

export function createCapacity(index: PoolIndex, limits: PoolLimits): Capacity {
  const { pending, queued } = index
  const tooManyBytes = () => pending.bytes + queued.bytes > limits.maxBytes

  function drop(tx: PoolTx): void {
    const account = index.accounts.get(tx.envelope.from)!
    index.move(take(account, tx), 'queued')
    index.move([tx], 'gone')
    index.changed(account)
    trim(account)
  }

  function trim(account: PoolAccount): void {
    if (account.queued.size <= limits.accountQueue) return
    for (const tx of byNonce(account.queued.values()).slice(limits.accountQueue)) drop(tx)
  }

  // Queued transactions never cost an executable one its place: as long as there are any, they go first.
  function shrink(newcomer?: PoolTx): void {
    if (newcomer?.place === 'queued' && pending.bytes + newcomer.bytes > limits.maxBytes) drop(newcomer)
    while (queued.count > limits.globalQueue || (queued.count > 0 && tooManyBytes())) drop(index.worstQueued()!)
    while (pending.count > limits.globalSlots || tooManyBytes()) drop(index.worstPending()!)
  }

  return { drop, trim, shrink }
}
