import type { TxReject } from '../../core/reject.ts'

/** The sender as EIP-7702's pool rules see it. */
export type DelegationState = {
  /** It has a delegation, or the pool holds an authorization signed by it. */
  readonly delegated: boolean
  /** Executable transactions it has in the pool. */
  readonly pending: number
  readonly nextNonce: bigint
}

/**
 * An account whose code can spend its balance may invalidate its own transactions at no cost, so only one of them is
 * in flight, without a gap; replacing that one is fine (geth's rule).
 */
export function checkDelegated(
  txNonce: bigint,
  { delegated, pending, nextNonce }: DelegationState,
): TxReject | undefined {
  if (!delegated) return undefined
  if (pending === 0) return txNonce === nextNonce ? undefined : { reject: 'delegated_gap' }
  return txNonce < nextNonce ? undefined : { reject: 'delegated_limit' }
}

/** For symmetry: nobody who signed an authorization may have more than one transaction in the pool (geth's rule). */
export function checkAuthorities<A>(authorities: readonly A[], pooled: (authority: A) => number): TxReject | undefined {
  return authorities.some((authority) => pooled(authority) > 1) ? { reject: 'authority_reserved' } : undefined
}
