import type { Address } from '../../core/hex.ts'

/**
 * The protocol's parameters in the order of their numbers: governance may set each within the bounds of the chain spec.
 * Times in seconds, amounts in wei, `Bps` in 1/10,000.
 */
export const paramNames = [
  'revealSec',
  'windowSec',
  'answerSec',
  'repairSec',
  'unbondingSec',
  'noticeSec',
  'batchGapSec',
  'claimExpirySec',
  'releaseSec',
  'specificBps',
  'slashMultiple',
  'slashFloorBps',
  'minStake',
  'minDeposit',
  'versionBond',
  'modelBond',
] as const

export type ParamName = (typeof paramNames)[number]
/** Value at genesis, and what governance may set. The least is at least 1. */
export type ParamRange = { readonly value: bigint; readonly min: bigint; readonly max: bigint }

/** The attribution protocol's part of a chain spec. */
export type ProtocolRules = {
  readonly params: Readonly<Record<ParamName, ParamRange>>
  /** Length of the periods in which specific earnings are counted for the veto. */
  readonly weekSec: bigint
  /** Who may change parameters and splits. */
  readonly timelock: Address
  /** Who may reassign, quarantine and slash. */
  readonly court: Address
  /** Whom burns are released to. */
  readonly burner: Address
  /** Who collects the validators' share. */
  readonly validatorVault: Address
}

/** Shares of a margin, in 1/10,000, in the order in which it is split. */
export const shareNames = ['data', 'owner', 'validators', 'treasury', 'insurance', 'burn'] as const
export type ShareName = (typeof shareNames)[number]
export type Split = Readonly<Record<ShareName, bigint>>

/** The split at genesis, and compiled bounds that governance cannot leave. Sums to 10,000. */
export const shareBounds: Readonly<Record<ShareName, ParamRange>> = {
  data: { value: 5_000n, min: 3_000n, max: 7_000n },
  owner: { value: 2_500n, min: 1_000n, max: 4_000n },
  validators: { value: 1_000n, min: 500n, max: 2_000n },
  treasury: { value: 500n, min: 0n, max: 1_000n },
  insurance: { value: 500n, min: 200n, max: 1_000n },
  burn: { value: 500n, min: 200n, max: 1_500n },
}
