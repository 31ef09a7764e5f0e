import type { Kv } from '../../core/ports/kv.ts'
import { type TableName, tables, wholeTable } from './tables.ts'

/** What a table holds. Bytes are of keys and values, before LevelDB compresses them. */
export type TableStats = { readonly table: TableName; readonly entries: number; readonly bytes: number }

/** Counts every table by reading it whole. Throws the signal's reason when it aborts. */
export async function storeStats(kv: Kv, signal?: AbortSignal): Promise<readonly TableStats[]> {
  const rows: TableStats[] = []
  for (const table of Object.keys(tables) as TableName[]) {
    let entries = 0
    let bytes = 0
    for await (const [key, value] of kv.entries(wholeTable(table))) {
      if ((entries++ & 0xfff) === 0) signal?.throwIfAborted()
      bytes += key.length + value.length
    }
    rows.push({ table, entries, bytes })
  }
  return rows
}
