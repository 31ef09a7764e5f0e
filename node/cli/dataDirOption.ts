import { NodeError } from '../../core/errors.ts'
import type { Config } from '../config/table.ts'

/** The data folder of verbs that cannot do without one. Throws a NodeError (code `usage`). */
export function requireDataDir(config: Config): string {
  const path = config['data-dir']
  if (path !== undefined) return path
  throw new NodeError({
    code: 'usage',
    severity: 'fatal',
    message: 'no data folder is given',
    fix: 'add --data-dir <folder>, or set OPENLEDGER_DATA_DIR',
  })
}
