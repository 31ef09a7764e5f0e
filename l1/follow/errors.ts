import { NodeError } from '../../core/errors.ts'
import type { L1Ref } from '../source.ts'

/** L1 is lower than what was derived from: one of several nodes lags, or all of them lost blocks. */
export function wentBack(number: bigint): NodeError {
  return new NodeError({
    code: 'l1_went_back',
    severity: 'retry',
    message: `L1 has no block ${number} at present, which was derived from before`,
    fix: 'wait until the L1 node has caught up; if it does not, give another --l1-rpc',
  })
}

/** L1 says two things that cannot both be true. */
export function contradicts(number: bigint): NodeError {
  return new NodeError({
    code: 'l1_contradicts',
    severity: 'retry',
    message: `L1 says that the block ${number} known here is canonical, and that it is not`,
    fix: 'this passes when L1 was just reorganising; otherwise give another --l1-rpc',
  })
}

/** L1 dropped what it had called final, or it is another L1. */
export function belowFinalized({ number, hash }: L1Ref): NodeError {
  return new NodeError({
    code: 'l1_reorg_below_finalized',
    severity: 'fatal',
    message: `L1 block ${number}, ${hash}, was final and is not canonical any more`,
    fix: 'check that the L1 nodes are those of the chain that the data directory was made with',
  })
}

/** The node stops in the middle of an L1 block. */
export function stopped(): NodeError {
  return new NodeError({ code: 'follower_stopped', severity: 'retry', message: 'derivation from L1 has stopped' })
}
