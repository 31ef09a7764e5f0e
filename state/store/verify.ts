import { setImmediate } from 'node:timers/promises'
import type { Kv } from '../../core/ports/kv.ts'
import { indexOps } from './blockOps.ts'
import { createBlockReader } from './blockReader.ts'
import { checkBlock, type Finding, tryRead } from './checkBlock.ts'
import { describeKey } from './tables.ts'
import { checkEntries } from './verifyEntries.ts'
import { checkIndexes, type IndexCounts, indexOf } from './verifyIndexes.ts'
import type { VerifyProgress, VerifyRun } from './verifyRun.ts'
import { checkState } from './verifyState.ts'

export type { Finding } from './checkBlock.ts'
export type { VerifyProgress } from './verifyRun.ts'

export type VerifyOptions = {
  /**
   * The first block to check; by default genesis. After genesis, entries that belong to no later block are not read one
   * by one. The indexes and the head's state are checked whole in any case.
   */
  readonly fromNumber?: bigint
  /** Called now and then. */
  readonly progress?: (progress: VerifyProgress) => void
  readonly signal?: AbortSignal
}

export type Verification = {
  readonly blocks: number
  readonly accounts: number
  readonly findings: readonly Finding[]
}

/** More findings than this tell nothing new. */
const maxFindings = 1000

/**
 * Checks a database that nobody writes to: each entry against its seal or hash, each canonical block by itself (`checkBlock`, with its state's root node),
 * the indexes in both directions, and every node, slot and code of the head's state. The database is not changed.
 * Throws the signal's reason when it aborts, and the `Kv`'s outages; damage is in the findings.
 */
export async function verifyStore(kv: Kv, options: VerifyOptions = {}): Promise<Verification> {
  const { fromNumber = 0n, progress, signal } = options
  const findings: Finding[] = []
  const note = (finding: Finding) => {
    if (findings.length < maxFindings) findings.push(finding)
  }
  const step: VerifyRun['step'] = async (stage, done) => {
    if (done % 256 !== 0) return
    signal?.throwIfAborted()
    progress?.({ stage, done })
    await setImmediate()
  }
  const reader = createBlockReader(kv, { nodeBytes: 0, codeBytes: 0 })
  const meta = tryRead(() => reader.meta(), note)
  const heads = tryRead(() => reader.heads(), note)
  if (meta === undefined || heads === undefined) {
    note({
      code: 'mismatch',
      number: undefined,
      detail: 'without good meta and heads entries nothing else can be judged',
    })
    return { blocks: 0, accounts: 0, findings }
  }
  for (const { number, hash } of Object.values(heads)) {
    if (tryRead(() => reader.hashByNumber(number), note) === hash) continue
    note({ code: 'mismatch', number, detail: `a head is labelled ${hash}, which is not canonical` })
  }
  const run: VerifyRun = { kv, reader, heads, fromNumber, note, step }
  if (fromNumber === 0n) await checkEntries(run)
  const { blocks, counts } = await checkBlocks(run)
  await checkIndexes(run, counts)
  return { blocks, accounts: await checkState(run), findings }
}

/** Each block, and that the indexes have exactly what it says; how many entries they must have. */
async function checkBlocks({ kv, reader, heads, fromNumber, note, step }: VerifyRun) {
  const counts: IndexCounts = { tx: 0, log: 0, bloom: 0 }
  let blocks = 0
  for (let number = fromNumber; number <= heads.unsafe.number; number++) {
    const { findings, block, receipts } = checkBlock(reader, number)
    for (const finding of findings) note(finding)
    const isWhole = block !== undefined && receipts?.length === block.transactions.length
    for (const op of isWhole ? indexOps(block, receipts) : []) {
      if (op.type !== 'put') continue
      counts[indexOf(op.key)]++
      const stored = kv.get(op.key)
      if (stored === undefined) note({ code: 'entry_missing', number, detail: `missing entry: ${describeKey(op.key)}` })
      else if (Buffer.compare(stored, op.value) !== 0) {
        note({ code: 'mismatch', number, detail: `${describeKey(op.key)} is not what block ${number} has` })
      }
    }
    await step('blocks', ++blocks)
  }
  return { blocks, counts }
}
