import type { Kv } from '../../core/ports/kv.ts'
import { type BlockReader, createBlockReader } from '../../state/store/blockReader.ts'
import { type Finding, tryRead } from '../../state/store/checkBlock.ts'
import { unseal } from '../../state/store/entry.ts'
import { describeKey, numberIn, wholeTable } from '../../state/store/tables.ts'
import { decodeRecord, type L1Record } from '../derive/record.ts'
import { createL1Store, type L1Tip } from './records.ts'

/** More findings than this tell nothing new. */
const maxFindings = 100

/**
 * Checks the records of derivation in a database that nobody writes to: one per L1 block, each the child of the one
 * before, up to the tip; their safe heads on the chain and never going back; the label `safe` that of the newest. A
 * chain that was not derived has none. Damage to single entries is also found by `verifyStore`.
 */
export async function verifyRecords(kv: Kv, signal?: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const note = (finding: Finding) => {
    if (findings.length < maxFindings) findings.push(finding)
  }
  const mismatch = (detail: string) => note({ code: 'mismatch', number: undefined, detail })
  const reader = createBlockReader(kv, { nodeBytes: 0, codeBytes: 0 })
  const tip = tryRead(() => createL1Store(kv).tip(), note)
  let last: L1Record | undefined
  let finalHash: string | undefined
  for await (const [key, sealed] of kv.entries(wholeTable('l1'))) {
    signal?.throwIfAborted()
    const value = unseal(key, sealed)
    const record = value && decodeRecord(value)
    if (record === undefined || record.block.number !== numberIn(key)) {
      mismatch(`${describeKey(key)} is no record of that L1 block`)
      continue
    }
    const detail = tryRead(() => faultOf(record, last, reader), note)
    if (detail !== undefined) mismatch(`record of L1 block ${record.block.number}: ${detail}`)
    if (record.block.number === tip?.finalized.number) finalHash = record.block.hash
    last = record
  }
  if (last === undefined && tip === undefined) return findings
  const detail = tryRead(() => tipFault(tip, last, finalHash, reader), note)
  if (detail !== undefined) mismatch(detail)
  return findings
}

/** What is wrong between a record, the one before and the chain. */
function faultOf(record: L1Record, before: L1Record | undefined, reader: BlockReader): string | undefined {
  const { block, parentHash, safe } = record
  if (before !== undefined) {
    if (block.number !== before.block.number + 1n) return `the one before is of L1 block ${before.block.number}`
    if (parentHash !== before.block.hash) return 'it is not the child of the one before'
    if (safe.number < before.safe.number) return 'its safe head is before that of the one before'
  }
  if (reader.hashByNumber(safe.number) !== safe.hash) return `its safe head, block ${safe.number}, is not on the chain`
  return safe.origin.number > block.number ? 'the origin of its safe head comes after it' : undefined
}

function tipFault(
  tip: L1Tip | undefined,
  last: L1Record | undefined,
  finalHash: string | undefined,
  reader: BlockReader,
): string | undefined {
  if (tip === undefined || last === undefined) return 'records of L1 blocks and their tip are there only together'
  if (tip.tip.hash !== last.block.hash) return `the newest record is not that of L1 block ${tip.tip.number}`
  if (tip.finalized.hash !== finalHash) return `there is no record of L1 block ${tip.finalized.number}, which is final`
  if (reader.heads().safe.hash !== last.safe.hash) return 'the safe label is not the safe head of the newest record'
  return undefined
}
