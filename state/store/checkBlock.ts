import { emptyTrieRoot } from '../../core/account.ts'
import type { Block } from '../../core/block.ts'
import { NodeError } from '../../core/errors.ts'
import { encodeReceipt, type Receipt } from '../../core/receipt.ts'
import { listRoot } from '../trie/listRoot.ts'
import type { BlockReader } from './blockReader.ts'

/** Something wrong in the database. */
export type Finding = {
  /** `entry_damaged`, `entry_missing`, `node_missing`, `code_missing`, `db_corrupt` (LevelDB's files), or `mismatch`: entries that contradict each other. */
  readonly code: string
  /** The block it is about, if it is about one. */
  readonly number: bigint | undefined
  /** Names the entry. */
  readonly detail: string
}

export type CheckedBlock = {
  readonly findings: readonly Finding[]
  /** As stored, if they can be read. */
  readonly block: Block | undefined
  readonly receipts: readonly Receipt[] | undefined
}

/**
 * Checks one canonical block: commit record, header hash and link to the parent, transactions root, senders, receipts
 * root, and that the root node of its state is there. Wants a reader without a cache of nodes.
 */
export function checkBlock(reader: BlockReader, number: bigint): CheckedBlock {
  const findings: Finding[] = []
  const mismatch = (detail: string) => findings.push({ code: 'mismatch', number, detail })
  const attempt = <T>(read: () => T): T | undefined => tryRead(read, (finding) => findings.push({ ...finding, number }))

  const hash = attempt(() => reader.hashByNumber(number))
  const record = attempt(() => reader.commitRecord(number))
  if (hash === undefined && findings.length === 0) mismatch(`block ${number} has no canonical hash`)
  if (record === undefined && findings.length === 0) mismatch(`block ${number} has no commit record`)
  if (hash === undefined || record === undefined) return { findings, block: undefined, receipts: undefined }
  if (record.number !== number || record.hash !== hash)
    mismatch(`the commit record of block ${number} is about another`)

  const block = attempt(() => reader.blockByHash(hash))
  const receipts = attempt(() => reader.receiptsByHash(hash))
  if (block === undefined && findings.length === 0) mismatch(`block ${hash} has no number entry`)
  if (block === undefined) return { findings, block, receipts }
  const { header } = block
  if (header.number !== number) mismatch(`block ${hash} is stored as ${number} and says ${header.number}`)
  if (header.parentHash !== record.parent || header.stateRoot !== record.stateRoot) {
    mismatch(`the commit record of block ${number} differs from its header`)
  }
  if (number > 0n && attempt(() => reader.hashByNumber(number - 1n)) !== header.parentHash) {
    mismatch(`block ${number} does not follow block ${number - 1n}`)
  }
  if (listRoot(block.transactions.map(({ raw }) => raw)) !== header.transactionsRoot) {
    mismatch(`the body of block ${number} does not have its transactions root`)
  }
  if (receipts !== undefined && receipts.length !== block.transactions.length) {
    mismatch(`block ${number} has ${block.transactions.length} transactions and ${receipts.length} receipts`)
  } else if (receipts !== undefined && listRoot(receipts.map(encodeReceipt)) !== header.receiptsRoot) {
    mismatch(`the receipts of block ${number} do not have its receipts root`)
  }
  if (header.stateRoot !== emptyTrieRoot) attempt(() => reader.readNode(header.stateRoot))
  return { findings, block, receipts }
}

/** The value read, or undefined after noting why it cannot be read. Other failures than damage are thrown on. */
export function tryRead<T>(read: () => T, note: (finding: Finding) => void): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof NodeError) || !damageCodes.has(error.code)) throw error
    note({ code: error.code, number: undefined, detail: error.message })
    return undefined
  }
}

const damageCodes: ReadonlySet<string> = new Set([
  'entry_damaged',
  'entry_missing',
  'node_missing',
  'code_missing',
  'db_corrupt',
])
