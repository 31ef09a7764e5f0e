import { access, constants, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { assert } from '../../core/errors.ts'
import type { Kv, KvOp, KvRange } from '../../core/ports/kv.ts'
import { fileError, levelError, readError } from './levelErrors.ts'

/** Tuning of LevelDB; the defaults suit a node that keeps its whole state. */
export type LevelOptions = {
  /** Never creates a database and refuses writes. */
  readonly readOnly?: boolean
  readonly cacheBytes?: number
  readonly writeBufferBytes?: number
}

/**
 * Opens a LevelDB directory, creating it unless `readOnly`. Several threads of one process may open the same path; the
 * one that opened it first must close it last, because the block cache belongs to its handle. Throws a fatal `NodeError`:
 * `db_locked`, `db_missing`, `db_path`, `db_permission`, `db_read_only`, `db_corrupt`, `disk_full` or `db_io`.
 */
export async function openLevelKv(path: string, options: LevelOptions = {}): Promise<Kv> {
  const location = resolve(path)
  const readOnly = options.readOnly ?? false
  await prepareDirectory(location, readOnly)
  const db = new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    createIfMissing: !readOnly,
    multithreading: true,
    cacheSize: options.cacheBytes ?? 256 << 20,
    writeBufferSize: options.writeBufferBytes ?? 64 << 20,
    maxFileSize: 32 << 20,
    maxOpenFiles: 4096,
  })
  try {
    await db.open()
  } catch (cause) {
    throw await levelError(location, cause)
  }

  return {
    get(key) {
      try {
        const value = db.getSync(key)
        // A Buffer would answer `slice` with a view.
        return value === undefined ? undefined : new Uint8Array(value.buffer, value.byteOffset, value.length)
      } catch (cause) {
        throw readError(location, key, cause)
      }
    },
    async batch(ops, { sync }) {
      assert(!readOnly, 'this database handle is read-only')
      try {
        await db.batch(ops as KvOp[], { sync })
      } catch (cause) {
        throw await levelError(location, cause)
      }
    },
    entries: (range) => entries(db, location, range),
    close: () => db.close(),
  }
}

const chunkEntries = 1000
const chunkBytes = 1 << 20

/** A LevelDB iterator holds a snapshot, which keeps disk space from being reclaimed: it is closed on every way out. */
async function* entries(db: ClassicLevel<Uint8Array, Uint8Array>, location: string, range: KvRange) {
  const { gte, lt, reverse = false, limit = -1 } = range
  const iterator = db.iterator({ gte, lt, reverse, limit, fillCache: false, highWaterMarkBytes: chunkBytes })
  try {
    for (;;) {
      const chunk = await iterator.nextv(chunkEntries).catch(async (cause: unknown) => {
        throw await levelError(location, cause)
      })
      if (chunk.length === 0) return
      for (const entry of chunk) yield entry
    }
  } finally {
    await iterator.close()
  }
}

/**
 * What LevelDB would get wrong or hide: it creates a new database where the file that names the current one is gone, and
 * reports every failure of the file system alike.
 */
async function prepareDirectory(location: string, readOnly: boolean): Promise<void> {
  try {
    if (!readOnly) await makeDirectory(location)
    await access(location, readOnly ? constants.R_OK : constants.R_OK | constants.W_OK)
    const files = await readdir(location)
    // A first manifest alone is a creation that was interrupted before anything could be written.
    const hasData = files.some((file) => /^(?:CURRENT|MANIFEST-(?!000001$)\d+|\d+\.(?:ldb|sst|log))$/.test(file))
    if (!hasData && readOnly) throw coded('ENOENT', 'no database')
    if (!hasData) return
    const current = files.includes('CURRENT') ? await readFile(join(location, 'CURRENT'), 'latin1') : ''
    if (!files.includes(current.trimEnd())) throw coded('LEVEL_CORRUPTION', 'CURRENT does not name a manifest')
  } catch (cause) {
    throw fileError(location, cause)
  }
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** Node's recursive mkdir never returns for a path it cannot create below /proc, so one level at a time. */
async function makeDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (found?.isDirectory()) return
  if (found !== undefined) throw coded('ENOTDIR', 'not a directory')
  await makeDirectory(dirname(path))
  await mkdir(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
}
