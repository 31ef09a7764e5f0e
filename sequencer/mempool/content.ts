import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { maxFee } from '../../core/txFees.ts'
import type { PoolAccount } from './account.ts'
import type { PoolTx } from './entry.ts'

export type PoolContent = {
  readonly pending: readonly TxEnvelope<SignedTx>[]
  readonly queued: readonly TxEnvelope<SignedTx>[]
}

/** Everything these accounts have in the pool, each list by sender and nonce. */
export function contentOf(accounts: Iterable<PoolAccount>): PoolContent {
  const pending: TxEnvelope<SignedTx>[] = []
  const queued: TxEnvelope<SignedTx>[] = []
  for (const account of accounts) {
    for (const { envelope } of account.pending) pending.push(envelope)
    for (const { envelope } of byNonce(account.queued.values())) queued.push(envelope)
  }
  return { pending, queued }
}

/** The local transactions of these accounts, by sender and nonce. */
export function localsOf(accounts: Iterable<PoolAccount>): TxEnvelope<SignedTx>[] {
  const locals: TxEnvelope<SignedTx>[] = []
  for (const { pending, queued } of accounts) {
    for (const { local, envelope } of [...pending, ...byNonce(queued.values())]) if (local) locals.push(envelope)
  }
  return locals
}

/** By rising nonce. */
export function byNonce(txs: Iterable<PoolTx>): PoolTx[] {
  return [...txs].sort((a, b) => (a.envelope.tx.nonce < b.envelope.tx.nonce ? -1 : 1))
}

/** One transaction as `txpool_inspect` writes it. */
export function inspectText({ tx }: TxEnvelope<SignedTx>): string {
  return `${tx.to ?? 'contract creation'}: ${tx.value} wei + ${tx.gas} gas × ${maxFee(tx)} wei`
}
