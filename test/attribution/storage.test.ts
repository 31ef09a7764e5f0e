import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ProtocolName, protocol } from '../../attribution/native/addresses.ts'
import type { Fields, RecordTable } from '../../attribution/native/record.ts'
import { protocolRecords } from '../../node/docs/protocolRecords.ts'

/** The slots that the words of a record take, for keys of zero. */
function slotsOf({ fields, keys, place }: RecordTable<Fields>): ReadonlySet<string> {
  const zeros = keys.map(() => 0n)
  return new Set(Object.keys(fields).map((name) => place(name, ...zeros).slot))
}

for (const name of Object.keys(protocol) as ProtocolName[]) {
  test(`no two records of ${name} share a slot or a position`, () => {
    const records = protocolRecords(name)
    const slots = records.flatMap((record) => [...slotsOf(record)])
    assert(slots.length > 0)
    assert.equal(new Set(slots).size, slots.length)
    // A mapping uses none of its own position, but no record without keys may reach it.
    const positions = records.flatMap(({ keys, position }) => (keys.length === 0 ? [] : [position]))
    assert.equal(new Set(positions).size, positions.length)
    for (const position of positions) assert(!slots.includes(`0x${position.toString(16).padStart(64, '0')}`))
  })
}
