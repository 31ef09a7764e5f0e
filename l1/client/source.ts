import { assert } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { L1Spec } from '../../genesis/spec.ts'
import { extractL1 } from '../extract/extract.ts'
import type { L1BlockData, L1Source } from '../source.ts'
import { fetchBlock } from './blocks.ts'
import { createCanonical } from './canonical.ts'
import type { L1Log } from './health.ts'
import type { L1Limits } from './limits.ts'
import { outage } from './outage.ts'
import type { Pool } from './pool.ts'
import { createScheduleCheck } from './schedule.ts'

/**
 * L1 from its nodes: which block is canonical they must agree on, what is in it any one of them may give, because all of
 * it is checked against the hash. Blocks that are final are fetched some ahead.
 */
export function createSource(options: {
  readonly pool: Pool
  readonly spec: L1Spec
  readonly blobs: L1Source['blobs']
  readonly limits: L1Limits
  readonly clock: Clock
  readonly log: L1Log
}): L1Source {
  const { pool, spec, blobs, limits, clock, log } = options
  const canonical = createCanonical(pool, log)
  const checkSchedule = createScheduleCheck({ pool, schedule: spec.blobSchedule, clock, log })
  const ahead = new Map<bigint, Promise<L1BlockData | undefined>>()
  let finalNumber = -1n

  async function fetch(number: bigint): Promise<L1BlockData | undefined> {
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

  /** Each is given once: a caller who asks again has found it wanting. */
  async function taken(number: bigint): Promise<L1BlockData | undefined> {
    const early = ahead.get(number)
    ahead.delete(number)
    return early
  }

  function fetchAhead(number: bigint): void {
    for (const other of ahead.keys()) if (other <= number || other > number + BigInt(limits.ahead)) ahead.delete(other)
    for (let next = number + 1n; next <= number + BigInt(limits.ahead) && next <= finalNumber; next++) {
      if (ahead.has(next)) continue
      // Why it failed is seen, and retried, when it is asked for.
      ahead.set(
        next,
        fetch(next).catch(() => undefined),
      )
    }
  }

  return {
    head: canonical.head,
    hashAt: canonical.hashAt,
    finalized: async () => {
      const final = await canonical.finalized()
      if (final !== undefined) finalNumber = final.number
      return final
    },
    block: async (number) => {
      fetchAhead(number)
      return (await taken(number)) ?? (await fetch(number))
    },
    blobs,
  }
}
