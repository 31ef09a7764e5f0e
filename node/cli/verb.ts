import type { Config, Key, Verb } from '../config/table.ts'
import type { Output } from './output.ts'

/** What a verb is run with. */
export type Context = {
  readonly config: Config
  readonly sources: Readonly<Record<Key, string>>
  /** Positional arguments, in order. */
  readonly args: readonly string[]
  /** Values of the verb's own flags by name. */
  readonly own: Readonly<Record<string, string | true | undefined>>
  readonly out: Output
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
}

/** A flag that belongs to one verb only and is no setting. */
export type OwnFlag = { readonly flag: string; readonly description: string }

/** One command of the command line. */
export type Command = {
  /** `devnet`, or with a space `key new`. */
  readonly name: string
  /** Runs when its group is named alone: `openledger peers`. */
  readonly isDefault?: true
  /** Which settings it takes. */
  readonly verb: Verb | undefined
  /** Positional arguments as commander writes them: `<file>`. */
  readonly args?: readonly { readonly name: string; readonly description: string }[]
  readonly own?: readonly OwnFlag[]
  readonly summary: string
  readonly examples: readonly string[]
  /** Lines that the help ends with. */
  readonly details?: readonly string[]
  /** Resolves to the exit code. Imports its code late, so that small verbs start fast. */
  readonly run: (context: Context) => Promise<number>
}
