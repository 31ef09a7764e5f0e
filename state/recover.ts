import { emptyTrieRoot } from '../core/account.ts'
import { assert, NodeError } from '../core/errors.ts'
import type { Hash } from '../core/hex.ts'
import type { Kv, KvOp } from '../core/ports/kv.ts'
import type { BlockRef, Heads } from './heads.ts'
import { dropOps, forgetOps, headsOp } from './store/blockOps.ts'
import { type BlockReader, createBlockReader } from './store/blockReader.ts'
import { checkBlock, type Finding, tryRead } from './store/checkBlock.ts'
import { unseal } from './store/entry.ts'
import { decodeCommit, decodePlace } from './store/records.ts'
import { keyOf, numberIn, rangeOf, type TableName, wholeTable } from './store/tables.ts'

/** How many damaged blocks at the end of the chain a start may take off. */
export const maxRecoveryBlocks = 128n

/** How far back a start looks for a hole: more blocks than LevelDB's log, which may lose a batch in its middle, holds. */
export const linkedBlocks = 4096n

/** What a start found at the end of the chain and put right. */
export type Recovery = {
  readonly head: BlockRef
  /** Blocks taken off because they were not whole. */
  readonly dropped: bigint
  readonly findings: readonly Finding[]
}

/**
 * Finds the newest block that is complete, with an unbroken line of commit records behind it, and makes it the head, in one synced batch if anything has to change; blocks
 * after it are removed. undefined: all was well. More than `maxRecoveryBlocks` damaged blocks in a row, or a damaged
 * genesis, is a fatal `NodeError` (`chain_damaged`): nothing is changed then.
 */
export async function recoverChain(kv: Kv): Promise<Recovery | undefined> {
  const reader = createBlockReader(kv, { nodeBytes: 0 })
  const findings: Finding[] = []
  const note = (finding: Finding) => findings.push(finding)
  const heads = tryRead(() => reader.heads(), note)
  const newest = await newestNumber(kv, heads)
  const number = await newestComplete(kv, reader, newest, findings)
  const hash = reader.hashByNumber(number)
  assert(hash !== undefined, 'a complete block has a canonical hash')
  const head: BlockRef = { number, hash }
  if (number === newest && heads?.unsafe.hash === hash && areCanonical(reader, heads)) return undefined

  const ops: KvOp[] = []
  let isIndexed = true
  for (let drop = number + 1n; drop <= newest; drop++) {
    const dropped = dropDamaged(reader, drop)
    ops.push(...dropped.ops)
    isIndexed &&= dropped.isIndexed
  }
  if (!isIndexed) ops.push(...(await indexEntriesAbove(kv, number)))
  ops.push(headsOp(labelsAt(reader, heads, head)))
  await kv.batch(ops, { sync: true })
  return { head, dropped: newest - number, findings }
}

/** The highest number any of the per-block tables or the heads know. */
async function newestNumber(kv: Kv, heads: Heads | undefined): Promise<bigint> {
  let newest = heads?.unsafe.number ?? 0n
  for (const table of ['commit', 'canonical'] as const) {
    for await (const [key] of kv.entries({ ...wholeTable(table), reverse: true, limit: 1 })) {
      const number = numberIn(key)
      if (number > newest) newest = number
    }
  }
  return newest
}

async function newestComplete(kv: Kv, reader: BlockReader, newest: bigint, findings: Finding[]): Promise<bigint> {
  for (let number = newest; number >= 0n && newest - number <= maxRecoveryBlocks; number--) {
    const found = checkBlock(reader, number).findings
    findings.push(...found)
    if (found.length > 0) continue
    const hole = await findHole(kv, number)
    if (hole === undefined) return number
    findings.push({
      code: 'mismatch',
      number: hole,
      detail: `the commit record of block ${hole} is missing or damaged`,
    })
    number = hole
  }
  const count = newest < maxRecoveryBlocks ? newest : maxRecoveryBlocks
  throw new NodeError({
    code: 'chain_damaged',
    severity: 'fatal',
    message: `no complete block within ${count} blocks of the newest, ${newest}: ${findings[0]?.detail}`,
    fix: 'run `openledger db verify`; restore the data directory from a backup, or remove it and import the chain again',
  })
}

/** The highest block below `number` whose commit record is not there or is not its child's parent, in the last blocks. */
async function findHole(kv: Kv, number: bigint): Promise<bigint | undefined> {
  const from = number < linkedBlocks ? 0n : number - linkedBlocks
  let expected: { readonly number: bigint; readonly hash: Hash | undefined } = { number, hash: undefined }
  for await (const [key, sealed] of kv.entries({ ...rangeOf('commit', { from, to: number }), reverse: true })) {
    const value = unseal(key, sealed)
    const record = value === undefined ? undefined : decodeCommit(value)
    if (record?.number !== expected.number) return expected.number
    if (expected.hash !== undefined && record.hash !== expected.hash) return expected.number
    expected = { number: record.number - 1n, hash: record.parent }
  }
  return expected.number < from ? undefined : expected.number
}

/** A block that may not be readable: all of its parts go. `isIndexed`: its index entries are among the writes. */
function dropDamaged(reader: BlockReader, number: bigint): { readonly ops: KvOp[]; readonly isIndexed: boolean } {
  const unreadable = () => undefined
  const hash =
    tryRead(() => reader.hashByNumber(number), unreadable) ??
    tryRead(() => reader.commitRecord(number), unreadable)?.hash
  const tables: readonly TableName[] = ['canonical', 'commit', 'bloom']
  const ops = tables.map((table): KvOp => ({ type: 'del', key: keyOf(table, number) }))
  if (hash === undefined) return { ops, isIndexed: false }
  const block = tryRead(() => reader.blockByHash(hash), unreadable)
  const receipts = tryRead(() => reader.receiptsByHash(hash), unreadable)
  const isIndexed = block !== undefined && receipts?.length === block.transactions.length
  if (isIndexed) ops.push(...dropOps(block, receipts))
  const root = block?.header.stateRoot ?? emptyTrieRoot
  if (root !== emptyTrieRoot) {
    tryRead(
      () => reader.readNode(root),
      ({ code }) => {
        if (code === 'entry_damaged') ops.push({ type: 'del', key: keyOf('node', root) })
      },
    )
  }
  return { ops: [...ops, ...forgetOps(number, hash)], isIndexed }
}

/** Removes index entries of blocks above a number by reading the whole index: only where a block cannot be read. */
async function indexEntriesAbove(kv: Kv, number: bigint): Promise<KvOp[]> {
  const ops: KvOp[] = []
  for await (const [key, sealed] of kv.entries(wholeTable('tx'))) {
    const value = unseal(key, sealed)
    const place = value === undefined ? undefined : decodePlace(value)
    if (place !== undefined && place.number > number) ops.push({ type: 'del', key })
  }
  for await (const [key] of kv.entries(wholeTable('log'))) {
    if (numberIn(key, 20) > number) ops.push({ type: 'del', key })
  }
  return ops
}

/** The labels as far as they can be known: from the heads entry, else from the head's commit record; none above the head. */
function labelsAt(reader: BlockReader, heads: Heads | undefined, head: BlockRef): Heads {
  const record = reader.commitRecord(head.number)
  const label = (name: 'safe' | 'finalized'): BlockRef => {
    const number = heads?.[name].number ?? record?.[name] ?? 0n
    const hash: Hash | undefined = number < head.number ? reader.hashByNumber(number) : undefined
    return hash === undefined ? head : { number, hash }
  }
  return { unsafe: head, safe: label('safe'), finalized: label('finalized') }
}

function areCanonical(reader: BlockReader, { safe, finalized }: Heads): boolean {
  return [safe, finalized].every(({ number, hash }) => reader.hashByNumber(number) === hash)
}
