import type { L1 } from '../core/ports/l1.ts'
import type { SystemConfig } from '../core/rules.ts'

/** An L1 that never moves: every block keeps its parent's origin, until block production pauses at the time bound. */
export function createFixedL1(config: SystemConfig): L1 {
  return {
    inputs: async ({ origin, sequenceNumber }) => ({
      origin,
      deposits: [],
      config,
      sequenceNumber: sequenceNumber + 1n,
    }),
  }
}
