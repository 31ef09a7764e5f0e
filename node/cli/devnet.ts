import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { NodeError } from '../../core/errors.ts'
import { isDefault } from '../config/resolve.ts'
import type { Key } from '../config/table.ts'
import { rollupDevnet } from './rollupDevnet.ts'
import { soloDevnet } from './solo.ts'
import type { Context } from './verb.ts'

/** Settings of a development chain without L1, and of one with. */
const soloOnly = ['block-time', 'mining', 'accounts', 'mnemonic'] as const satisfies readonly Key[]
const rollupOnly = [
  'l1-rpc',
  'l1-beacon',
  'l1.port',
  'l1.block-time',
  'validator.port',
  'batcher.max-delay',
  'batcher.carrier',
  'proposer.at',
  'sequencer.heartbeat',
] as const satisfies readonly Key[]

/** `openledger devnet`: a rollup with its L1 on this machine, or with `--solo` one process without L1. */
export async function devnet(context: Context): Promise<number> {
  const { config } = context
  refuseGiven(context, config.solo ? rollupOnly : soloOnly)
  refuseOtherFolder(config)
  return await (config.solo ? soloDevnet(context) : rollupDevnet(context))
}

function refuseGiven({ config, sources }: Context, keys: readonly Key[]): void {
  const given = keys.find((key) => !isDefault(sources[key]))
  if (given === undefined) return
  const name = given === 'mining' ? '--no-mining' : `--${given}`
  throw new NodeError({
    code: 'usage',
    severity: 'fatal',
    message: config.solo ? `${name} is for a chain with L1, not with --solo` : `${name} is for a chain without L1 only`,
    fix: config.solo ? `leave out ${name} or --solo` : 'add --solo',
  })
}

/** A chain with L1 and one without do not go into one folder: each would look empty to the other. */
function refuseOtherFolder({ 'data-dir': dir, solo }: Context['config']): void {
  if (dir === undefined || !existsSync(join(dir, solo ? 'rollup.json' : 'chain'))) return
  throw new NodeError({
    code: 'usage',
    severity: 'fatal',
    message: `the folder ${dir} holds a chain ${solo ? 'with' : 'without'} L1`,
    fix: `${solo ? 'leave out' : 'add'} --solo, or choose another folder with --data-dir`,
  })
}
