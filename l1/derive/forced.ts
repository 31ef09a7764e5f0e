import { assert } from '../../core/errors.ts'
import type { ChainRules } from '../../core/rules.ts'
import { type DerivedBlock, type EpochAt, inputsOf, longestStep } from './epoch.ts'
import type { SafeRef } from './record.ts'

/** True if after an L1 block the safe head's origin is out of the window: blocks then come from L1 alone. */
export function isExpired(
  safe: SafeRef,
  l1Number: bigint,
  { sequencingWindow }: Pick<ChainRules, 'sequencingWindow'>,
): boolean {
  return safe.origin.number + sequencingWindow < l1Number
}

/**
 * The next block that L1 alone makes after the window has expired at an L1 block; undefined when the origin is within
 * `forcedLag` of it. No transactions, the latest origin that is allowed, and the earliest time.
 */
export function forcedBlock(
  safe: SafeRef,
  l1Number: bigint,
  epochAt: EpochAt,
  { maxOriginStep, forcedLag }: Pick<ChainRules, 'maxOriginStep' | 'forcedLag'>,
): DerivedBlock | undefined {
  const from = safe.origin.number
  const last = l1Number - forcedLag
  if (from >= last) return undefined
  const step = longestStep(epochAt, { from, to: min(from + maxOriginStep, last) })
  // The Portal's cap and the least gas limit of SystemConfig leave room for every L1 block's deposits.
  assert(step !== undefined, `the deposits of L1 block ${from + 1n} do not fit into a block`)
  const { timestamp } = step.epoch.block
  return { parent: safe, inputs: inputsOf(safe, step), timestamp: max(timestamp, safe.timestamp), txs: [] }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
