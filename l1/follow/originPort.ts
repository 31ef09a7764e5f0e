import { NodeError } from '../../core/errors.ts'
import type { L1 } from '../../core/ports/l1.ts'
import type { ChainRules } from '../../core/rules.ts'
import { inputsOf, longestStep, stepTo } from '../derive/epoch.ts'
import type { RecordWindow } from './window.ts'

export type OriginPortOptions = {
  readonly window: Pick<RecordWindow, 'tip' | 'at'>
  /** How many L1 blocks must be on top of an origin. */
  readonly originDepth: bigint
  readonly rules: Pick<ChainRules, 'maxOriginStep'>
  /** L1 blocks that wait to be folded; undefined until all were folded once. */
  readonly behind: () => bigint | undefined
  /** With more of them waiting there are no origins: blocks made now might not be derived. */
  readonly maxBehind: bigint
}

/**
 * L1 as the sequencer sees it: origins are folded blocks with enough others on top, so that a small reorg of L1 does not
 * take L2 blocks with it. `inputs` throws NodeError `l1_behind` (retry) while L1 is not followed closely.
 */
export function createOriginPort({ window, originDepth, rules, behind, maxBehind }: OriginPortOptions): L1 {
  return {
    async inputs(parent, timestamp) {
      const waiting = behind()
      if (waiting === undefined || waiting > maxBehind) throw l1Behind(waiting)
      const { number: from, hash } = parent.origin
      if (window.at(from)?.block.hash !== hash) throw l1Behind(waiting)
      const last = min(window.tip().block.number - originDepth, from + rules.maxOriginStep)
      const isBegun = (block: { readonly timestamp: bigint }) => block.timestamp <= timestamp
      const step = longestStep(window.at, { from, to: last }, isBegun) ?? stepTo(window.at, from, from)
      if (step === undefined) throw l1Behind(waiting)
      return inputsOf(parent, step)
    },
  }
}

function l1Behind(waiting: bigint | undefined): NodeError {
  const message = waiting === undefined ? 'L1 is being read for the first time' : `${waiting} L1 blocks wait to be read`
  return new NodeError({
    code: 'l1_behind',
    severity: 'retry',
    message,
    fix: 'blocks are made again once the node has caught up with L1; if that takes long, check the L1 nodes',
  })
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
