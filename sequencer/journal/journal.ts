import * as fs from 'node:fs'
import { NodeError } from '../../core/errors.ts'
import { concatBytes, emptyBytes } from '../../core/hex.ts'
import type { TxReject } from '../../core/reject.ts'
import type { TxEnvelope } from '../../core/tx.ts'
import { decodeJournal, encodeRecord, journalMagic } from './records.ts'

export type JournalFiles = Pick<
  typeof fs,
  'openSync' | 'closeSync' | 'readFileSync' | 'writeSync' | 'writeFileSync' | 'renameSync'
>

export type JournalOptions = {
  readonly path: string
  /** Decodes a record: wire bytes, those of impersonated transactions included where the chain has them. */
  readonly open: (raw: Uint8Array) => TxEnvelope | TxReject
  /** Takes back a transaction that the file holds; those it refuses are forgotten. */
  readonly restore: (tx: TxEnvelope) => TxReject | undefined
  readonly maxTxBytes: number
  readonly nowMs: () => number
  readonly log: { warn(fields: object, text: string): void }
  /** The file system; tests make it fail. */
  readonly files?: JournalFiles
}

/**
 * The file of local transactions: what this node accepted from its own users is still there after the process died. It
 * is written once per turn of the event loop and not synced, so that loss of power may cost the newest. A write that
 * fails costs the journal, never the node: one warning, and another try a minute later.
 */
export type Journal = {
  add(tx: TxEnvelope): void
  /** Rewrites the file when most of it is no longer needed, or to recover from a failed write. Call it per block. */
  maintain(liveCount: number, live: () => readonly TxEnvelope[]): void
  /** Hands what was added to the system. */
  flush(): void
  /** Flushes and closes; later calls do nothing. */
  close(): void
}

export type OpenedJournal = {
  readonly journal: Journal
  readonly restored: number
  readonly refused: number
  /** Records that could not be read. */
  readonly damaged: number
}

const slackRecords = 1_024
const retryMs = 60_000

/**
 * Opens or creates the journal and gives its transactions, oldest first, to `restore`. Throws NodeError when the file
 * exists and cannot be read.
 */
export function openJournal(options: JournalOptions): OpenedJournal {
  const { path, open, restore, maxTxBytes, nowMs, log, files = fs } = options
  let fd: number | undefined
  let size = 0
  let records = 0
  let waiting: Uint8Array[] = []
  let failedMs: number | undefined
  let closed = false

  function guarded(write: () => void): void {
    try {
      write()
      failedMs = undefined
    } catch (error) {
      if (failedMs === undefined)
        log.warn({ path, err: error }, 'transaction journal cannot be written: a restart may lose transactions')
      failedMs = nowMs()
    }
  }

  /** Writes a new file beside the journal, which then takes its place. */
  function rewrite(live: readonly TxEnvelope[]): void {
    const content = concatBytes(journalMagic, ...live.map(({ raw }) => encodeRecord(raw)))
    files.writeFileSync(`${path}.new`, content, { mode: 0o600 })
    files.renameSync(`${path}.new`, path)
    if (fd !== undefined) files.closeSync(fd)
    fd = undefined
    fd = files.openSync(path, 'r+')
    size = content.length
    records = live.length
    waiting = []
  }

  function flush(): void {
    if (waiting.length === 0 || fd === undefined) return
    const bytes = concatBytes(...waiting)
    const count = waiting.length
    waiting = []
    guarded(() => {
      let written = 0
      while (written < bytes.length)
        written += files.writeSync(fd!, bytes, written, bytes.length - written, size + written)
      size += bytes.length
      records += count
    })
  }

  const { payloads, damaged } = decodeJournal(readJournal(path, files), maxTxBytes)
  const live: TxEnvelope[] = []
  for (const payload of payloads) {
    const tx = open(payload)
    if (!('reject' in tx) && restore(tx) === undefined) live.push(tx)
  }
  guarded(() => rewrite(live))

  const journal: Journal = {
    add: ({ raw }) => {
      // After a failed write the file has a gap: only a rewrite makes it whole.
      if (closed || failedMs !== undefined) return
      if (waiting.length === 0) setImmediate(flush)
      waiting.push(encodeRecord(raw))
    },
    maintain: (liveCount, liveTxs) => {
      if (closed) return
      const retry = failedMs !== undefined && nowMs() - failedMs >= retryMs
      const wasteful = failedMs === undefined && records + waiting.length > 2 * liveCount + slackRecords
      if (retry || wasteful) guarded(() => rewrite(liveTxs()))
    },
    flush,
    close: () => {
      flush()
      if (fd !== undefined) files.closeSync(fd)
      fd = undefined
      closed = true
    },
  }
  return { journal, restored: live.length, refused: payloads.length - live.length, damaged }
}

function readJournal(path: string, files: JournalFiles): Uint8Array {
  try {
    return files.readFileSync(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return emptyBytes
    throw new NodeError(
      {
        code: 'journal_unreadable',
        severity: 'fatal',
        message: `cannot read the transaction journal ${path}`,
        fix: 'make it readable, or move it away to start without the transactions in it',
      },
      { cause },
    )
  }
}
