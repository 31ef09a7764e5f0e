import type { Address } from '../../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { type PoolAccount, pendingAt } from './account.ts'
import { effectiveTip, type PoolTx } from './entry.ts'
import { createHeap } from './heap.ts'

/** Executable transactions in block order, pulled one by one; can be gone through once. */
export type BestTxs = Iterable<TxEnvelope<SignedTx>> & {
  /** No more transactions of this sender: one of them failed. */
  skipSender(address: Address): void
  /** True once every candidate was pulled. */
  exhausted(): boolean
}

type Candidate = { readonly account: PoolAccount; readonly tx: PoolTx; readonly tip: bigint }

/**
 * Highest effective tip at this base fee first, then earliest arrival; per sender by nonce. A transaction that does
 * not pay the base fee holds back the later ones of its sender.
 */
export function bestTxs(accounts: Iterable<PoolAccount>, baseFee: bigint): BestTxs {
  const skipped = new Set<Address>()
  const candidate = (account: PoolAccount, tx: PoolTx | undefined): Candidate | undefined =>
    tx === undefined || tx.feeCap < baseFee ? undefined : { account, tx, tip: effectiveTip(tx, baseFee) }
  const firsts: Candidate[] = []
  for (const account of accounts) {
    const first = candidate(account, account.pending[0])
    if (first !== undefined) firsts.push(first)
  }
  const heap = createHeap(comesFirst, firsts)

  function* pull(): Generator<TxEnvelope<SignedTx>> {
    for (let best = heap.first(); best !== undefined; best = heap.first()) {
      const { account, tx } = best
      if (!skipped.has(account.address)) yield tx.envelope
      // By nonce, so that the pool may change while a block is being built.
      const following = skipped.has(account.address)
        ? undefined
        : candidate(account, pendingAt(account, tx.envelope.tx.nonce + 1n))
      if (following === undefined) heap.pop()
      else heap.replaceFirst(following)
    }
  }

  return {
    [Symbol.iterator]: pull,
    skipSender: (address) => skipped.add(address),
    exhausted: () => heap.size() === 0,
  }
}

function comesFirst(a: Candidate, b: Candidate): boolean {
  return a.tip === b.tip ? a.tx.arrival < b.tx.arrival : a.tip > b.tip
}
