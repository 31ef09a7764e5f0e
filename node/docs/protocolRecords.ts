import type { ProtocolName } from '../../attribution/native/addresses.ts'
import type { Fields, RecordTable } from '../../attribution/native/record.ts'
import * as agents from '../../attribution/storage/agents.ts'
import * as datanets from '../../attribution/storage/datanets.ts'
import * as models from '../../attribution/storage/models.ts'
import * as settlement from '../../attribution/storage/settlement.ts'
import * as traces from '../../attribution/storage/traces.ts'

const modules: Readonly<Record<ProtocolName, object>> = { datanets, models, settlement, traces, agents }

/** All records that a precompile stores, by position. */
export function protocolRecords(name: ProtocolName): readonly RecordTable<Fields>[] {
  const records = Object.values(modules[name]).filter(isRecord)
  return records.sort((a, b) => (a.position < b.position ? -1 : 1))
}

function isRecord(value: unknown): value is RecordTable<Fields> {
  return typeof value === 'object' && value !== null && 'position' in value && 'place' in value
}
