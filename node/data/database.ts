import { existsSync, statSync, writeFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeError } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { type LevelOptions, openLevelKv } from '../../state/store/levelKv.ts'
import { type DataDir, readPid } from './dir.ts'
import { diskError } from './diskError.ts'

/**
 * Opens the chain's database for writing; the only one who may. Throws NodeErrors; a lock names the process that has it.
 * A kept folder remembers that it has a database (`marker`): one that is gone is refused (code `chain_missing`), because
 * starting at genesis again would forget what clients were told.
 */
export async function openDatabase(dir: DataDir, { cacheMiB }: { readonly cacheMiB: number }): Promise<Kv> {
  if (dir.isKept && existsSync(marker(dir)) && !hasDatabase(dir.chain)) throw chainMissing(dir)
  const kv = await open(dir, { cacheBytes: cacheMiB * 1_048_576 })
  try {
    if (dir.isKept) writeFileSync(marker(dir), markerText)
  } catch (error) {
    await kv.close()
    throw diskError(dir.path, error)
  }
  return kv
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

function marker(dir: DataDir): string {
  return join(dir.path, 'chain.created')
}

const markerText =
  'The folder chain/ beside this file holds a chain. The node refuses to start at genesis again while this file is here.\n'

/**
 * Whether the file is there without which LevelDB makes a new database, whatever else the folder holds. Where nobody may
 * look, the opening of the database says so.
 */
function hasDatabase(path: string): boolean {
  try {
    return statSync(join(path, 'CURRENT'), { throwIfNoEntry: false }) !== undefined
  } catch {
    return true
  }
}

function chainMissing(dir: DataDir): NodeError {
  return new NodeError({
    code: 'chain_missing',
    severity: 'fatal',
    message: `the chain of data folder ${dir.path} is gone: ${dir.chain} has no file CURRENT`,
    fix: `bring the folder back from a backup; or, to start again at genesis without the blocks it had, delete ${marker(dir)}`,
  })
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
