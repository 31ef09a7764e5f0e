import type { Address, Hash } from '../../core/hex.ts'
import { nextNonce, type PoolAccount } from './account.ts'
import type { Place, PoolTx } from './entry.ts'
import { queuedGoesFirst, type Tail, tailGoesFirst, tailOf } from './eviction.ts'
import type { PoolLimits } from './limits.ts'
import { createRanking } from './ranking.ts'

type Sum = { count: number; bytes: number }

/** Everything in the pool, and sums and rankings that follow each move. Rules are elsewhere. */
export type PoolIndex = {
  readonly accounts: Map<Address, PoolAccount>
  readonly pending: Readonly<Sum>
  readonly queued: Readonly<Sum>
  /** How many of the transactions are local. */
  locals(): number
  get(hash: Hash): PoolTx | undefined
  all(): Iterable<PoolTx>
  /** Transactions in the pool that carry an authorization of this account. */
  authorizations(authority: Address): number
  /** Says where transactions are now. */
  move(txs: readonly PoolTx[], place: Place): void
  /** Says that the account's pending transactions changed; an account without transactions is forgotten. */
  changed(account: PoolAccount): void
  /** Takes everything out. */
  clear(): void
  /** The executable, or the queued transaction that goes first when there are too many. */
  worstPending(): PoolTx | undefined
  worstQueued(): PoolTx | undefined
}

export function createPoolIndex({ accountSlots }: Pick<PoolLimits, 'accountSlots'>): PoolIndex {
  const accounts = new Map<Address, PoolAccount>()
  const byHash = new Map<Hash, PoolTx>()
  const authorizations = new Map<Address, number>()
  const sums = { pending: { count: 0, bytes: 0 }, queued: { count: 0, bytes: 0 }, gone: { count: 0, bytes: 0 } }
  let locals = 0

  const tails = createRanking<Tail>({
    before: tailGoesFirst,
    isCurrent: ({ account, tx, weight }) => {
      const tail = tailOf(account, accountSlots)
      return tail !== undefined && tail.tx === tx && tail.weight === weight
    },
    all: function* () {
      for (const account of accounts.values()) {
        const tail = tailOf(account, accountSlots)
        if (tail !== undefined) yield tail
      }
    },
    count: () => accounts.size,
  })
  const queue = createRanking<PoolTx>({
    before: queuedGoesFirst,
    isCurrent: (tx) => tx.place === 'queued',
    all: function* () {
      for (const tx of byHash.values()) if (tx.place === 'queued') yield tx
    },
    count: () => sums.queued.count,
  })

  function count({ bytes, place }: PoolTx, sign: 1 | -1): void {
    sums[place].count += sign
    sums[place].bytes += sign * bytes
  }

  /** A transaction enters the pool (1) or leaves it (-1). */
  function list(tx: PoolTx, sign: 1 | -1): void {
    if (tx.local) locals += sign
    if (sign === 1) byHash.set(tx.envelope.hash, tx)
    else byHash.delete(tx.envelope.hash)
    for (const authority of tx.authorities) {
      const sum = (authorizations.get(authority) ?? 0) + sign
      if (sum === 0) authorizations.delete(authority)
      else authorizations.set(authority, sum)
    }
  }

  function move(txs: Iterable<PoolTx>, place: Place): void {
    for (const tx of txs) {
      if (tx.place === place) continue
      if (tx.place === 'gone') list(tx, 1)
      if (place === 'gone') list(tx, -1)
      count(tx, -1)
      tx.place = place
      count(tx, 1)
      if (place === 'queued') queue.note(tx)
    }
  }

  return {
    accounts,
    pending: sums.pending,
    queued: sums.queued,
    locals: () => locals,
    get: (hash) => byHash.get(hash),
    all: () => byHash.values(),
    authorizations: (authority) => authorizations.get(authority) ?? 0,
    move,
    changed: (account) => {
      if (account.pending.length === 0 && account.queued.size === 0) accounts.delete(account.address)
      const tail = tailOf(account, accountSlots)
      if (tail !== undefined) tails.note(tail)
    },
    clear: () => {
      move([...byHash.values()], 'gone')
      // Rankings look at accounts to tell what is current: those that are forgotten have nothing any more.
      for (const account of accounts.values()) {
        account.pending.length = 0
        account.queued.clear()
        account.pendingCost = 0n
      }
      accounts.clear()
    },
    worstPending: () => tails.first()?.tx,
    worstQueued: () => queue.first(),
  }
}

/** How many transactions of this sender the pool holds. */
export function pooledOf({ accounts }: PoolIndex, address: Address): number {
  const account = accounts.get(address)
  return account === undefined ? 0 : account.pending.length + account.queued.size
}

/** The nonce a sender without gaps uses next; undefined if nothing of it is executable. */
export function pendingNonceOf({ accounts }: PoolIndex, address: Address): bigint | undefined {
  const account = accounts.get(address)
  return account === undefined || account.pending.length === 0 ? undefined : nextNonce(account)
}
