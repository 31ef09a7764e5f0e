import { assert } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { L1Spec } from '../../genesis/spec.ts'
import { extractL1 } from '../extract/extract.ts'
import type { L1BlockData, L1Source } from '../source.ts'
import { fetchBlock } from './blocks.ts'
import { createCanonical } from './canonical.ts'
import type { L1Log } from './health.ts'
import { outage } from './outage.ts'
import type { Pool } from './pool.ts'
import { createScheduleCheck } from './schedule.ts'

/**
 * L1 from its nodes: which block is canonical they must agree on, what is in it any one of them may give, because all of
 * it is checked against the hash.
 */
export function createSource(options: {
  readonly pool: Pool
  readonly spec: L1Spec
  readonly blobs: L1Source['blobs']
  readonly clock: Clock
  readonly log: L1Log
}): L1Source {
  const { pool, spec, blobs, clock, log } = options
  const canonical = createCanonical({ pool, clock, log })
  const checkSchedule = createScheduleCheck({ pool, schedule: spec.blobSchedule, clock, log })

  async function block(number: bigint): Promise<L1BlockData | undefined> {
    const { rollup } = spec
    assert(rollup !== undefined, 'a chain that follows L1 names its contracts')
    const hash = await canonical.hashAt(number)
    if (hash === undefined) return undefined
    const { header, raw } = await pool.any(async (provider) => {
      const fetched = await fetchBlock(provider, hash, { ...spec, rollup })
      if (fetched.header.number === number) return fetched
      throw outage('l1_bad_answer', `${provider.name} gives a block of another height`)
    })
    await checkSchedule(header)
    return extractL1(raw, rollup)
  }

  return { ...canonical, block, blobs }
}
