import { keccakHash } from '../../core/keccak.ts'
import { unseal } from './entry.ts'
import { describeKey, hashIn, type TableName, tables, wholeTable } from './tables.ts'
import type { VerifyRun } from './verifyRun.ts'

/**
 * Reads every entry of the database and compares it with its seal or with the hash in its key: finds what was damaged
 * after it was written, also where no check of the chain leads, such as the states of old blocks.
 */
export async function checkEntries({ kv, note, step }: VerifyRun): Promise<void> {
  let done = 0
  for (const table of Object.keys(tables) as TableName[]) {
    const isGood = tables[table].isSealed
      ? (key: Uint8Array, value: Uint8Array) => unseal(key, value) !== undefined
      : (key: Uint8Array, value: Uint8Array) => keccakHash(value) === hashIn(key)
    for await (const [key, value] of kv.entries(wholeTable(table))) {
      if (!isGood(key, value)) {
        note({ code: 'entry_damaged', number: undefined, detail: `damaged entry: ${describeKey(key)}` })
      }
      await step('entries', ++done)
    }
  }
}
