import { encodeBlock } from '../../core/block.ts'
import { NodeError } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { createBlockReader } from '../../state/store/blockReader.ts'
import { createBlockFile } from '../data/blockFile.ts'
import { openForReading } from '../data/database.ts'
import { dataDir } from '../data/dir.ts'
import { requireDataDir } from './dataDirOption.ts'
import { exitCodes } from './exit.ts'
import { createProgress } from './progress.ts'
import type { Context } from './verb.ts'

/** `openledger export FILE`: blocks as RLP, one after the other, genesis left out. */
export async function exportVerb({ config, args, own, out, signal }: Context): Promise<number> {
  const path = args[0]!
  const progress = createProgress('export', out)
  const kv = await openForReading(dataDir(requireDataDir(config), true))
  try {
    const count = await exportBlocks(kv, path, own, (done, fraction) => progress.step(done, fraction), signal)
    out.result(`Wrote ${count} blocks to ${path}`, { file: path, blocks: count })
  } finally {
    await kv.close()
  }
  return exitCodes.ok
}

async function exportBlocks(
  kv: Kv,
  path: string,
  own: Context['own'],
  onStep: (done: number, fraction: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const reader = createBlockReader(kv)
  const head = reader.heads().unsafe.number
  const from = blockNumber('--from', own.from, 1n)
  const to = blockNumber('--to', own.to, head)
  if (from < 1n || from > to || to > head) {
    throw usage(`there are no blocks ${from} to ${to}`, `the chain has blocks 1 to ${head}`)
  }
  const file = await createBlockFile(path)
  let done = 0
  try {
    for (let number = from; number <= to; number++) {
      if (signal.aborted)
        throw new NodeError({
          code: 'stopped',
          severity: 'retry',
          message: `stopped before block ${number}`,
          fix: 'delete the file and run again',
        })
      const hash = reader.hashByNumber(number)
      const block = hash === undefined ? undefined : reader.blockByHash(hash)
      if (block === undefined) throw missing(number)
      await file.write(encodeBlock(block))
      onStep(++done, done / Number(to - from + 1n))
    }
  } finally {
    await file.close()
  }
  return done
}

function blockNumber(flag: string, value: string | true | undefined, fallback: bigint): bigint {
  if (value === undefined) return fallback
  if (typeof value === 'string' && /^\d{1,18}$/.test(value)) return BigInt(value)
  throw usage(`${flag} is not a block number`, 'give a whole number')
}

function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}

function missing(number: bigint): NodeError {
  const fix = 'run `openledger db verify` on the folder'
  return new NodeError({
    code: 'db_corrupt',
    severity: 'fatal',
    message: `block ${number} is missing from the database`,
    fix,
  })
}
