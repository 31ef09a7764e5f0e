import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeError } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { type LevelOptions, openLevelKv } from '../../state/store/levelKv.ts'
import { type DataDir, readPid } from './dir.ts'

/** Opens the chain's database for writing; the only one who may. Throws NodeErrors; a lock names the process that has it. */
export async function openDatabase(dir: DataDir, { cacheMiB }: { readonly cacheMiB: number }): Promise<Kv> {
  return await open(dir, { cacheBytes: cacheMiB * 1_048_576 })
}

/** Opens an existing database for reading. No node may run on it. */
export async function openForReading(dir: DataDir): Promise<Kv> {
  return await open(dir, { readOnly: true })
}

/** Size of the database's files in bytes. Files that vanish meanwhile (LevelDB removes old ones) do not count. */
export async function databaseBytes(dir: DataDir): Promise<number> {
  let bytes = 0
  for (const name of await readdir(dir.chain)) {
    bytes += await stat(join(dir.chain, name)).then(
      (file) => file.size,
      () => 0,
    )
  }
  return bytes
}

async function open(dir: DataDir, options: LevelOptions): Promise<Kv> {
  try {
    return await openLevelKv(dir.chain, options)
  } catch (error) {
    if (error instanceof NodeError && error.code === 'db_locked') throw lockedBy(dir, error)
    throw error
  }
}

function lockedBy(dir: DataDir, cause: NodeError): NodeError {
  const pid = readPid(dir)
  const owner = pid === undefined ? 'another process' : `process ${pid}`
  return new NodeError(
    {
      code: cause.code,
      severity: 'fatal',
      message: `data folder ${dir.path} is in use by ${owner}`,
      fix: 'stop that node, or choose another folder with --data-dir; the lock ends with its process, delete nothing',
    },
    { cause },
  )
}
