/** Exit codes of the command line, for scripts. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** The operation failed; the last line of stderr says why and what to do. */
  failed: 1,
  /** Wrong flag, argument, environment variable or config file. */
  usage: 2,
  /** The chain's data could not be read or written: nothing acknowledged is lost, but a person must act. */
  storage: 3,
  /** `openledger status`: the node answers and is not ready. */
  notReady: 4,
  /** Stopped by a second signal before everything was closed. */
  forced: 130,
} as const

const usageCodes = new Set(['usage', 'config', 'bad_mnemonic'])
const storageCodes = new Set([
  'chain_damaged',
  'chain_missing',
  'code_missing',
  'db_corrupt',
  'db_foreign',
  'db_io',
  'db_write',
  'disk_full',
  'disk_low',
  'entry_damaged',
  'entry_missing',
  'node_missing',
  'seal_mismatch',
])

/** The exit code for a NodeError code. */
export function exitCodeOf(code: string | undefined): number {
  if (code === undefined) return exitCodes.failed
  if (storageCodes.has(code)) return exitCodes.storage
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failed
}
