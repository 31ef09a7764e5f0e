import fc from 'fast-check'
import type { Batch } from '../../../l1/batch/batch.ts'
import { bytes, hash, uint64 } from '../../core/arbitrary.ts'

/** Batches with transactions of any content. */
export const batch: fc.Arbitrary<Batch> = fc.record(
  {
    parentHash: hash,
    epochNumber: uint64,
    epochHash: hash,
    timestamp: uint64,
    txs: fc.array(bytes(300), { maxLength: 8 }),
  },
  { noNullPrototype: true },
)

/** What a channel may hold. */
export const batches = fc.array(batch, { minLength: 1, maxLength: 6 })
