import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeError } from '../../core/errors.ts'
import { writeWhole } from '../../state/store/wholeFile.ts'
import { decodeEntry, type Entry, encodeEntry, type Owner } from './entry.ts'

/**
 * What was signed and may still be included, by nonce. An entry is on disk before the transaction in it is sent, so that
 * a process that dies at any point finds everything again that L1 may know.
 */
export type SendJournal = {
  /** By nonce. */
  entries(): readonly Entry[]
  /** Writes an entry in place of the one with its nonce; on disk when it resolves. Throws NodeError `journal_unwritable`. */
  put(entry: Entry): Promise<void>
  remove(nonce: bigint): Promise<void>
}

export type OpenedJournal = { readonly journal: SendJournal; readonly damaged: number }

/**
 * Opens or creates the journal in a folder. A damaged file is put aside as `.damaged` and counted. Throws fatal
 * NodeErrors: `journal_foreign` if an entry is of another account or L1, `journal_unreadable`.
 */
export async function openSendJournal(folder: string, owner: Owner): Promise<OpenedJournal> {
  try {
    return await openFolder(folder, owner)
  } catch (cause) {
    if (cause instanceof NodeError) throw cause
    const message = `cannot read the journal of sent L1 transactions in ${folder}`
    throw new NodeError(
      { code: 'journal_unreadable', severity: 'fatal', message, fix: 'make the folder readable and writable' },
      { cause },
    )
  }
}

async function openFolder(folder: string, owner: Owner): Promise<OpenedJournal> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const entries: Entry[] = []
  let damaged = 0
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    // A write that the process did not live to finish.
    if (name.endsWith('.new')) await rm(path)
    if (!/^\d+\.tx$/.test(name)) continue
    const decoded = decodeEntry(new Uint8Array(await readFile(path)))
    if (decoded === undefined || nameOf(decoded.entry.nonce) !== name) {
      await rename(path, `${path}.damaged`)
      damaged++
    } else if (decoded.owner.address !== owner.address || decoded.owner.chainId !== owner.chainId) {
      throw foreign(folder, decoded.owner)
    } else entries.push(decoded.entry)
  }
  const memory = createMemoryJournal(entries)
  const journal: SendJournal = {
    entries: memory.entries,
    put: async (entry) => {
      await guarded(folder, () => writeWhole(join(folder, nameOf(entry.nonce)), encodeEntry(entry, owner)))
      await memory.put(entry)
    },
    remove: async (nonce) => {
      await guarded(folder, () => rm(join(folder, nameOf(nonce)), { force: true }))
      await memory.remove(nonce)
    },
  }
  return { journal, damaged }
}

/** A journal that lives as long as the value: what its owner hands on survives a simulated crash. */
export function createMemoryJournal(initial: readonly Entry[] = []): SendJournal {
  const byNonce = new Map(initial.map((entry) => [entry.nonce, entry]))
  return {
    entries: () => [...byNonce.values()].sort((a, b) => (a.nonce < b.nonce ? -1 : 1)),
    put: async (entry) => {
      byNonce.set(entry.nonce, entry)
    },
    remove: async (nonce) => {
      byNonce.delete(nonce)
    },
  }
}

function nameOf(nonce: bigint): string {
  return `${nonce}.tx`
}

async function guarded(folder: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    const message = `cannot write the journal of sent L1 transactions in ${folder}: nothing is sent`
    throw new NodeError(
      { code: 'journal_unwritable', severity: 'retry', message, fix: 'make room on the disk, or the folder writable' },
      { cause },
    )
  }
}

function foreign(folder: string, { address, chainId }: Owner): NodeError {
  return new NodeError({
    code: 'journal_foreign',
    severity: 'fatal',
    message: `the journal in ${folder} holds transactions of ${address} on L1 chain ${chainId}`,
    fix: 'use the key they were signed with, or move the folder away',
  })
}
