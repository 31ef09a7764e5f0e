import type { Kv } from '../../core/ports/kv.ts'
import type { Heads } from '../heads.ts'
import type { BlockReader } from './blockReader.ts'
import type { Finding } from './checkBlock.ts'

/** How far a verification is: all entries, then blocks, entries of the indexes, accounts and slots of the head's state. */
export type VerifyProgress = { readonly stage: 'entries' | 'blocks' | 'indexes' | 'state'; readonly done: number }

/** What the parts of a verification share. */
export type VerifyRun = {
  readonly kv: Kv
  /** Without caches: what is read comes from the database. */
  readonly reader: BlockReader
  readonly heads: Heads
  readonly fromNumber: bigint
  readonly note: (finding: Finding) => void
  /** To be awaited after each step: reports, lets other work run, and throws when the signal has aborted. */
  readonly step: (stage: VerifyProgress['stage'], done: number) => Promise<void>
}
