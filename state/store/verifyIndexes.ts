import { assert } from '../../core/errors.ts'
import { tryRead } from './checkBlock.ts'
import { unseal } from './entry.ts'
import { decodeLogEntry } from './logIndex.ts'
import { decodePlace } from './records.ts'
import { describeKey, numberIn, tables, wholeTable } from './tables.ts'
import type { VerifyRun } from './verifyRun.ts'

const indexes = ['tx', 'log', 'bloom'] as const
type Index = (typeof indexes)[number]

/** Entries per index. */
export type IndexCounts = Record<Index, number>

/** The index a key belongs to. */
export function indexOf(key: Uint8Array): Index {
  const index = indexes.find((name) => tables[name].prefix === key[0])
  assert(index !== undefined, `not an index entry: ${describeKey(key)}`)
  return index
}

/**
 * The way back from the indexes: each entry belongs to a canonical block, and there are no more than the blocks have
 * (`counts`), so none is made up. Nothing stands above the head.
 */
export async function checkIndexes({ kv, reader, heads, fromNumber, note, step }: VerifyRun, counts: IndexCounts) {
  const numberOf: Readonly<Record<Index, (key: Uint8Array, value: Uint8Array) => bigint | undefined>> = {
    tx: (_, value) => decodePlace(value)?.number,
    log(key, value) {
      const entry = decodeLogEntry(key, value)
      if (entry === undefined) return undefined
      const canonical = tryRead(() => reader.hashByNumber(entry.blockNumber), note)
      return canonical === entry.blockHash ? entry.blockNumber : undefined
    },
    bloom: (key) => numberIn(key),
  }
  let done = 0
  for (const index of indexes) {
    let count = 0
    for await (const [key, sealed] of kv.entries(wholeTable(index))) {
      const value = unseal(key, sealed)
      const number = value === undefined ? undefined : numberOf[index](key, value)
      if (value === undefined) {
        note({ code: 'entry_damaged', number, detail: `damaged entry: ${describeKey(key)}` })
      } else if (number === undefined || number > heads.unsafe.number) {
        note({ code: 'mismatch', number, detail: `${describeKey(key)} belongs to no canonical block` })
      } else if (number >= fromNumber) count++
      await step('indexes', ++done)
    }
    if (count === counts[index]) continue
    const detail = `${index} index: ${count} good entries where the blocks have ${counts[index]}`
    note({ code: 'mismatch', number: undefined, detail })
  }
  for (const table of ['canonical', 'commit'] as const) {
    for await (const [key] of kv.entries({ ...wholeTable(table), reverse: true, limit: 1 })) {
      const number = numberIn(key)
      if (number > heads.unsafe.number)
        note({ code: 'mismatch', number, detail: `${describeKey(key)} is above the head` })
    }
  }
}
