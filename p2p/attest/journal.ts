import { open, readFile, stat } from 'node:fs/promises'
import { NodeError } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import { writeIntoFolder } from '../wholeFile.ts'
import { isSameClaim } from './book.ts'
import {
  decodeJournal,
  encodeJournalEntry,
  encodeJournalHeader,
  type JournalContent,
  type JournalEntry,
  type JournalOwner,
  journalEntryBytes,
  journalHeaderBytes,
} from './journalFile.ts'

/** What a signer has claimed. It never makes two claims about one L1 block. */
export type AttestJournal = {
  /**
   * Asks whether a claim may be signed: `signed` if it is on disk now or was before; `contradicts` if another claim
   * about its L1 block is there, or if its number is so low that what was signed of it is not known any more. A claim of
   * the safe head that became an output is kept as that of an output from then on.
   * Rejects with `attest_journal_unwritable` (retry): then it must not be signed.
   */
  note(entry: JournalEntry): Promise<'signed' | 'contradicts'>
}

/** How much is kept: of the safe head's claims, and of claims that are outputs on L1. */
export type JournalLimits = { readonly heads: number; readonly posted: number }
const defaultLimits: JournalLimits = { heads: 8_192, posted: 1_024 }

/**
 * Opens the journal in a file, or creates it unless `isExpected` says that this signer had one. Fatal NodeErrors, after
 * any of which the signer must not sign: `attest_journal_missing`, `attest_journal_damaged`, `attest_journal_foreign`,
 * `attest_journal_unreadable`.
 */
export async function openAttestJournal({
  path,
  owner,
  isExpected,
  limits = defaultLimits,
}: {
  readonly path: string
  readonly owner: JournalOwner
  readonly isExpected: boolean
  readonly limits?: JournalLimits
}): Promise<AttestJournal> {
  const content = await readContent(path, owner, limits)
  if (content === undefined && isExpected) throw missing(path, owner)
  const write = (content: JournalContent) => writeIntoFolder(path, encodeJournal(content, owner))
  if (content === undefined) await guarded(path, () => write({ floor: 0n, entries: [] }))
  const memory = createMemory(content, limits)
  let bytes = sizeOf(content?.entries.length ?? 0)
  let last: Promise<unknown> = Promise.resolve()

  async function append(entry: JournalEntry): Promise<void> {
    if (bytes >= sizeOf(2 * (limits.heads + limits.posted))) {
      const kept = memory.compacted()
      await write(kept)
      memory.replace(kept)
      bytes = sizeOf(kept.entries.length)
    }
    const file = await open(path, 'r+')
    try {
      // At its place, so that what an earlier write left behind when it failed is overwritten.
      await file.write(encodeJournalEntry(entry), 0, journalEntryBytes, bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    memory.add(entry)
    bytes += journalEntryBytes
  }

  async function note(entry: JournalEntry): Promise<'signed' | 'contradicts'> {
    const known = memory.ask(entry)
    if (known !== undefined) return known
    await guarded(path, () => append(entry))
    return 'signed'
  }

  return {
    note(entry) {
      const result = last.then(() => note(entry))
      last = result.catch(() => undefined)
      return result
    },
  }
}

/** A journal that lives as long as the value: whoever holds it keeps it over a simulated crash. */
export function createMemoryJournal(limits: JournalLimits = defaultLimits): AttestJournal {
  const memory = createMemory(undefined, limits)
  return {
    async note(entry) {
      const known = memory.ask(entry)
      if (known !== undefined) return known
      if (memory.size() >= 2 * (limits.heads + limits.posted)) memory.replace(memory.compacted())
      memory.add(entry)
      return 'signed'
    },
  }
}

function createMemory(content: JournalContent | undefined, limits: JournalLimits) {
  const { heads, posted } = limits
  let floor = 0n
  let entries = new Map<Hash, JournalEntry>()

  function replace(content: JournalContent): void {
    floor = content.floor
    entries = new Map()
    for (const entry of content.entries) add(entry)
  }

  /** As the newest: a file has an entry again once its claim is of an output. */
  function add(entry: JournalEntry): void {
    entries.delete(entry.claim.l1BlockHash)
    entries.set(entry.claim.l1BlockHash, entry)
  }
  if (content !== undefined) replace(content)

  return {
    replace,
    /** Undefined: it is to be added. */
    ask({ claim, isPosted }: JournalEntry): 'signed' | 'contradicts' | undefined {
      const known = entries.get(claim.l1BlockHash)
      if (known !== undefined && !isSameClaim(known.claim, claim)) return 'contradicts'
      if (known !== undefined) return known.isPosted || !isPosted ? 'signed' : undefined
      return claim.l2BlockNumber <= floor ? 'contradicts' : undefined
    },
    add,
    size: () => entries.size,
    /** The newest entries of each kind, and a floor at the highest number that was left out. */
    compacted(): JournalContent {
      const all = [...entries.values()]
      const kept = new Set([
        ...all.filter(({ isPosted }) => !isPosted).slice(-heads),
        ...all.filter(({ isPosted }) => isPosted).slice(-posted),
      ])
      let raised = floor
      for (const entry of all) {
        if (!kept.has(entry) && entry.claim.l2BlockNumber > raised) raised = entry.claim.l2BlockNumber
      }
      return { floor: raised, entries: all.filter((entry) => kept.has(entry)) }
    },
  }
}

function sizeOf(entries: number): number {
  return journalHeaderBytes + entries * journalEntryBytes
}

function encodeJournal({ floor, entries }: JournalContent, owner: JournalOwner): Uint8Array {
  return Buffer.concat([encodeJournalHeader(owner, floor), ...entries.map(encodeJournalEntry)])
}

async function readContent(
  path: string,
  owner: JournalOwner,
  { heads, posted }: JournalLimits,
): Promise<JournalContent | undefined> {
  let bytes: Uint8Array
  try {
    // One entry more than it ever holds may have been written in part.
    if ((await stat(path)).size > sizeOf(2 * (heads + posted) + 1)) throw damaged(path)
    bytes = await readFile(path)
  } catch (cause) {
    if (cause instanceof NodeError) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(path, cause)
  }
  const content = decodeJournal(bytes, owner)
  if (content === 'damaged') throw damaged(path)
  if (content === 'foreign') throw foreign(path, owner)
  return content
}

async function guarded(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    throw new NodeError(
      {
        code: 'attest_journal_unwritable',
        severity: 'retry',
        message: `cannot write the journal of attestations ${path}: nothing is attested`,
        fix: 'make room on the disk, or the file and its folder writable',
      },
      { cause },
    )
  }
}

const otherwise =
  'or rotate the signer in ValidatorRegistry to a key that never signed, and name that with --validator.key'

function missing(path: string, { signer }: JournalOwner): NodeError {
  const message = `the journal of what ${signer} attested is gone: ${path}; signing without it could cost the stake`
  const fix = `put the file back, ${otherwise}`
  return new NodeError({ code: 'attest_journal_missing', severity: 'fatal', message, fix })
}

function damaged(path: string): NodeError {
  const message = `the journal of attestations ${path} is damaged; signing without it could cost the stake`
  const fix = `put an undamaged copy back that is as new, ${otherwise}`
  return new NodeError({ code: 'attest_journal_damaged', severity: 'fatal', message, fix })
}

function foreign(path: string, { signer }: JournalOwner): NodeError {
  const message = `the journal of attestations ${path} is of another signer than ${signer}, or of another chain or registry`
  const fix = 'use the key it is of, or move the file to the node whose it is'
  return new NodeError({ code: 'attest_journal_foreign', severity: 'fatal', message, fix })
}

function unreadable(path: string, cause: unknown): NodeError {
  const message = `the journal of attestations ${path} cannot be read`
  const fix = 'make the file readable and writable'
  return new NodeError({ code: 'attest_journal_unreadable', severity: 'fatal', message, fix }, { cause })
}
