import { assert } from '../../core/errors.ts'
import type { L1Record } from '../derive/record.ts'
import type { L1Store } from '../store/records.ts'

/**
 * The records in memory, from the safe head's origin to the newest: what the fold and the sequencer look up all the
 * time. Older ones, as far as they are kept, come from the database.
 */
export type RecordWindow = {
  tip(): L1Record
  at(number: bigint): L1Record | undefined
  /** The record after the newest. */
  push(record: L1Record): void
  /** Forgets the records after this one. They may be gone from the database before. */
  popTo(number: bigint): void
}

/** Loads the records that end with this one. */
export function createWindow(store: Pick<L1Store, 'record'>, newest: L1Record): RecordWindow {
  const records = new Map<bigint, L1Record>()
  let tip = newest
  /** The number of the oldest record in the map. */
  let first = newest.block.number + 1n

  /** Makes the map reach from the safe head's origin to the newest record. */
  function fit(): void {
    const { number: from } = tip.safe.origin
    for (; first < from; first++) records.delete(first)
    while (first > from) {
      const record = first - 1n === tip.block.number ? tip : store.record(first - 1n)
      assert(record !== undefined, `the record of L1 block ${first - 1n} is kept`)
      records.set(--first, record)
    }
  }
  fit()

  function at(number: bigint): L1Record | undefined {
    return number > tip.block.number ? undefined : (records.get(number) ?? store.record(number))
  }

  return {
    tip: () => tip,
    at,
    push(record) {
      assert(record.parentHash === tip.block.hash, 'records follow each other')
      tip = record
      records.set(record.block.number, record)
      fit()
    },
    popTo(number) {
      const record = at(number)
      assert(record !== undefined, `the record of L1 block ${number} is kept`)
      for (let gone = tip.block.number; gone > number; gone--) records.delete(gone)
      tip = record
      if (first > number + 1n) first = number + 1n
      fit()
    },
  }
}
