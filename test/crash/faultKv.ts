import type { Kv, KvOp } from '../../core/ports/kv.ts'

/**
 * What happens at the failing batch. `before`: nothing is written. `after`: all is written, and the writer hears of a
 * failure. `torn`: only the first half of its writes happen, which LevelDB rules out and broken hardware may not.
 */
export type FaultMode = 'before' | 'after' | 'torn'

export type FaultKv = Kv & { readonly batches: () => number }

/** A `Kv` whose batch number `failAt` (from 1) fails, and every one after it. */
export function createFaultKv(
  kv: Kv,
  { failAt, mode }: { readonly failAt: number; readonly mode: FaultMode },
): FaultKv {
  let batches = 0
  return {
    ...kv,
    batches: () => batches,
    async batch(ops, options) {
      batches++
      if (batches < failAt) return kv.batch(ops, options)
      if (batches === failAt) await kv.batch(written(ops, mode), options)
      throw new Error('the process died here')
    },
  }
}

function written(ops: readonly KvOp[], mode: FaultMode): readonly KvOp[] {
  if (mode === 'before') return []
  return mode === 'after' ? ops : ops.slice(0, ops.length >> 1)
}
