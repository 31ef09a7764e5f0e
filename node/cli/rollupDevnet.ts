import { NodeError } from '../../core/errors.ts'
import type { Context } from './verb.ts'

/** `openledger devnet`: L1, sequencer and validator on this machine, each a process of its own. */
export async function rollupDevnet(_context: Context): Promise<number> {
  throw new NodeError({ code: 'usage', severity: 'fatal', message: 'there is no L1 yet', fix: 'add --solo' })
}
