import { NodeError } from '../../core/errors.ts'
import { isDefault } from '../config/resolve.ts'
import { optionList } from '../config/table.ts'
import { exitCodes } from './exit.ts'
import type { Context } from './verb.ts'

/** `openledger config print`: key, value and source of every setting; secrets only as set or not set. */
export async function configPrint({ config, sources, own, out }: Context): Promise<number> {
  const verb = own.for ?? 'run'
  if (verb !== 'run' && verb !== 'devnet' && verb !== 'replica') {
    const message = `--for does not take ${JSON.stringify(verb)}`
    throw new NodeError({ code: 'usage', severity: 'fatal', message, fix: 'give devnet, run or replica' })
  }
  const rows = optionList.map(([key, option]) => {
    const given = config[key]
    const value = option.secret && !isDefault(sources[key]) ? '(hidden)' : given
    return { key, value, source: sources[key] }
  })
  const width = Math.max(...rows.map((row) => row.key.length))
  const lines = rows.map(({ key, value, source }) => `${key.padEnd(width)}  ${shown(value)}  # ${source}`)
  out.result(lines.join('\n'), rows)
  return exitCodes.ok
}

function shown(value: unknown): string {
  if (value === undefined) return '(not set)'
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}
