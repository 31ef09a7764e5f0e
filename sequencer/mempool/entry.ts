import type { Address } from '../../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { recoverAuthority } from '../../core/txEnvelope.ts'
import { maxCost, maxFee, maxTip } from '../../core/txFees.ts'

/** `pending`: executable, its sender's nonces below it are mined or pending and all of them are paid for. */
export type Place = 'pending' | 'queued' | 'gone'

/** A transaction in the mempool with what its rules read again and again. Wei per gas, wei, bytes. */
export type PoolTx = {
  readonly envelope: TxEnvelope<SignedTx>
  readonly feeCap: bigint
  readonly tipCap: bigint
  readonly cost: bigint
  readonly bytes: number
  /** Submitted by this node's own users: kept in the journal. */
  readonly local: boolean
  /** Local, and the pool protects those: does not expire, and does not give way to others. */
  readonly sheltered: boolean
  /** Order of arrival in this pool. */
  readonly arrival: number
  /** Accounts whose code it may set (EIP-7702). */
  readonly authorities: readonly Address[]
  place: Place
  /** How often block building refused it for a reason that should have passed. */
  refusals: number
}

/** A pool entry, not yet in any place. */
export function createPoolTx(
  envelope: TxEnvelope<SignedTx>,
  { local, sheltered, arrival, authorities }: Pick<PoolTx, 'local' | 'sheltered' | 'arrival' | 'authorities'>,
): PoolTx {
  const { tx, raw } = envelope
  return {
    envelope,
    feeCap: maxFee(tx),
    tipCap: maxTip(tx),
    cost: maxCost(tx),
    bytes: raw.length,
    local,
    sheltered,
    arrival,
    authorities,
    place: 'gone',
    refusals: 0,
  }
}

/** The accounts that signed a transaction's authorizations, each once; one signature recovery per authorization. */
export function authoritiesOf(tx: SignedTx): readonly Address[] {
  if (tx.type !== 4) return []
  const authorities = new Set<Address>()
  for (const authorization of tx.authorizationList) {
    const authority = recoverAuthority(authorization)
    if (authority !== undefined) authorities.add(authority)
  }
  return [...authorities]
}

/** What the block producer gets per gas; negative when the base fee is above the fee cap (EIP-1559). */
export function effectiveTip({ feeCap, tipCap }: Pick<PoolTx, 'feeCap' | 'tipCap'>, baseFee: bigint): bigint {
  const room = feeCap - baseFee
  return tipCap < room ? tipCap : room
}
