import type { TxReject } from '../../core/reject.ts'
import { rejectText } from '../../core/reject.ts'
import type { CallResult } from '../../state/engine.ts'
import type { CallOutcome } from './job.ts'

/** Executes the message with this gas limit. */
export type Attempt = (gas: bigint) => Promise<CallResult | TxReject>

/** The search ends when the bounds are this close, in thousandths of the upper one (geth's ratio). */
const toleranceMille = 15n
const callStipend = 2300n
const transferGas = 21_000n

/**
 * The least gas limit, within 1.5 %, with which a message succeeds: at most `cap`. As in geth: one run with all gas,
 * one with what that run used, then a binary search between failure and success. `plain` says that the message moves
 * value to an account without code, so that 21,000 is worth trying first.
 */
export async function estimateGas(attempt: Attempt, cap: bigint, plain: boolean): Promise<CallOutcome> {
  if (plain && cap >= transferGas) {
    const result = await attempt(transferGas)
    if (!('reject' in result) && result.kind === 'success') return { kind: 'estimated', gas: transferGas }
  }
  const first = await attempt(cap)
  if ('reject' in first) {
    return needsMoreGas(first) ? allowance(cap) : { kind: 'failed', message: rejectText(first) }
  }
  if (first.kind === 'revert') return { kind: 'reverted', output: first.output }
  if (first.kind === 'halt') {
    return first.reason === outOfGas ? allowance(cap) : { kind: 'failed', message: first.reason ?? 'execution halted' }
  }

  let low = first.gasUsed - 1n
  let high = cap
  const likely = ((first.gasUsed + first.gasRefund + callStipend) * 64n) / 63n
  if (likely < high) {
    if (await succeeds(attempt, likely)) high = likely
    else low = likely
  }
  while (low + 1n < high && (high - low) * 1000n >= high * toleranceMille) {
    // Most messages need little more than they used, so the lower half of a wide range is searched first.
    const half = (high + low) / 2n
    const middle = half > low * 2n ? low * 2n : half
    if (await succeeds(attempt, middle)) high = middle
    else low = middle
  }
  return { kind: 'estimated', gas: high }
}

/** The engines' word for a message that used up its gas. */
const outOfGas = 'out of gas'

async function succeeds(attempt: Attempt, gas: bigint): Promise<boolean> {
  const result = await attempt(gas)
  return !('reject' in result) && result.kind === 'success'
}

function needsMoreGas({ reject }: TxReject): boolean {
  return reject === 'intrinsic_gas' || reject === 'floor_data_gas'
}

function allowance(cap: bigint): CallOutcome {
  return { kind: 'failed', message: `gas required exceeds allowance (${cap})` }
}
