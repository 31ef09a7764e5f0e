import type { Address, Hash } from '../../../core/hex.ts'
import type { SendRefusal } from '../../../l1/wallet.ts'
import type { L1Tx } from './wire.ts'

/** Blob gas of one blob (EIP-4844). */
export const blobGas = 131_072n

/** Least tip of a blob transaction, in wei per gas, as geth's pool wants it. */
export const minBlobTip = 1_000_000_000n

/** The account as the newest block has it. */
type AccountView = { readonly nonce: bigint; readonly balance: bigint }

export type L1Pool = {
  /** Takes a transaction or says why not, by the rules of Ethereum's pools. */
  add(tx: L1Tx): SendRefusal | undefined
  /** What waits, by sender in order of arrival and then nonce. */
  all(): readonly L1Tx[]
  /** The nonce after the sender's last transaction without a gap. */
  pendingNonce(address: Address): bigint
  /** Forgets one transaction, or all. */
  drop(hash?: Hash): void
  /** The state has moved: forgets what cannot be included any more. */
  refresh(): void
}

/**
 * A pool with the rules that batchers stumble over: one kind of transaction per account, no gap before a blob
 * transaction, replacements 10 % or (blobs) 100 % dearer in every fee, and funds for everything that waits.
 */
export function createL1Pool({
  account,
  chainId,
}: {
  readonly account: (address: Address) => AccountView
  readonly chainId: bigint
}): L1Pool {
  const waiting = new Map<Address, Map<bigint, L1Tx>>()

  const of = (address: Address): ReadonlyMap<bigint, L1Tx> => waiting.get(address) ?? new Map()

  function pendingNonce(address: Address): bigint {
    let { nonce } = account(address)
    while (of(address).has(nonce)) nonce++
    return nonce
  }

  function check(tx: L1Tx): SendRefusal | undefined {
    const mine = of(tx.from)
    const old = mine.get(tx.nonce)
    const state = account(tx.from)
    if (old?.hash === tx.hash) return { refused: 'already_known' }
    if (tx.chainId !== chainId) return { refused: 'other', detail: 'invalid chain id' }
    if (tx.nonce < state.nonce) return { refused: 'nonce_too_low' }
    if ([...mine.values()].some(({ blobs }) => (blobs === undefined) !== (tx.blobs === undefined))) {
      return { refused: 'other_kind_pending' }
    }
    if (tx.blobs !== undefined && tx.maxTip < minBlobTip) return { refused: 'underpriced' }
    if (tx.blobs !== undefined && tx.nonce > pendingNonce(tx.from))
      return { refused: 'other', detail: 'nonce too high' }
    if (old !== undefined && !isBumped(old, tx)) return { refused: 'replacement_underpriced' }
    let cost = maxCost(tx)
    for (const other of mine.values()) if (other !== old) cost += maxCost(other)
    return cost > state.balance ? { refused: 'insufficient_funds' } : undefined
  }

  return {
    pendingNonce,
    add(tx) {
      const refusal = check(tx)
      if (refusal !== undefined) return refusal
      const mine = waiting.get(tx.from) ?? new Map<bigint, L1Tx>()
      waiting.set(tx.from, mine.set(tx.nonce, tx))
      return undefined
    },
    all: () => [...waiting.values()].flatMap((mine) => [...mine.values()].sort((a, b) => (a.nonce < b.nonce ? -1 : 1))),
    drop(hash) {
      if (hash === undefined) waiting.clear()
      for (const mine of waiting.values()) {
        for (const [nonce, tx] of mine) if (tx.hash === hash) mine.delete(nonce)
      }
    },
    refresh() {
      for (const [address, mine] of waiting) {
        const { nonce } = account(address)
        for (const known of mine.keys()) if (known < nonce) mine.delete(known)
        if (mine.size === 0) waiting.delete(address)
      }
    },
  }
}

/** The most a transaction may cost its sender, in wei. */
export function maxCost({ gas, maxFee, value, blobs }: L1Tx): bigint {
  return gas * maxFee + value + (blobs === undefined ? 0n : blobs.maxFee * blobGas * BigInt(blobs.hashes.length))
}

function isBumped(old: L1Tx, tx: L1Tx): boolean {
  const percent = tx.blobs === undefined ? 110n : 200n
  const fees = (one: L1Tx) => [one.maxFee, one.maxTip, ...(one.blobs === undefined ? [] : [one.blobs.maxFee])]
  const next = fees(tx)
  return fees(old).every((fee, index) => next[index]! * 100n >= fee * percent)
}
