import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeError } from '../../core/errors.ts'
import { freeSpace } from './freeSpace.ts'
import { describeKey } from './tables.ts'

/**
 * The error for a failed LevelDB operation in a directory. LevelDB reports a full disk, a read-only file system and a
 * broken one alike, so a small file is written beside its own to find out which it is.
 */
export async function levelError(path: string, cause: unknown, probe = probeWrite): Promise<NodeError> {
  const code = codeOf(cause)
  const reason = code in levelCodes ? code : ((await probe(path)) ?? code)
  const details = levelCodes[reason] ?? failures.EIO
  return new NodeError(
    { code: details.code, severity: 'fatal', message: details.message(path), fix: details.fix },
    { cause },
  )
}

/** The error for a file system operation on the data directory, by its errno code. */
export function fileError(path: string, cause: unknown): NodeError {
  const details = levelCodes[codeOf(cause)] ?? failures.EIO
  return new NodeError(
    { code: details.code, severity: 'fatal', message: details.message(path), fix: details.fix },
    { cause },
  )
}

/** The error for a LevelDB read of one entry, which it names. */
export function readError(path: string, key: Uint8Array, cause: unknown): NodeError {
  const { code, message, fix } = levelCodes[codeOf(cause)] ?? failures.EIO
  return new NodeError(
    { code, severity: 'fatal', message: `${message(path)}, reading entry ${describeKey(key)}`, fix },
    { cause },
  )
}

type Failure = { readonly code: string; readonly message: (path: string) => string; readonly fix: string }

const full: Failure = {
  code: 'disk_full',
  message: (path) => `no space left for the database in ${path}`,
  fix: 'free disk space or move the data directory to a larger disk, then start again: nothing committed is lost',
}

const failures = {
  LEVEL_LOCKED: {
    code: 'db_locked',
    message: (path) => `another process uses the database in ${path}`,
    fix: 'stop the other node or give this one its own --data-dir; the lock goes with its process, do not delete files',
  },
  LEVEL_CORRUPTION: {
    code: 'db_corrupt',
    message: (path) => `LevelDB files in ${path} are damaged`,
    fix: 'restore the data directory from a backup, or remove it and import the chain again',
  },
  LEVEL_DATABASE_NOT_OPEN: {
    code: 'db_closed',
    message: (path) => `the database in ${path} is closed`,
    fix: 'start the node again',
  },
  ENOENT: {
    code: 'db_missing',
    message: (path) => `there is no database in ${path}`,
    fix: 'check --data-dir, or start the node once to create it',
  },
  ENOTDIR: {
    code: 'db_path',
    message: (path) => `${path} cannot be a directory: a part of it is a file`,
    fix: 'choose another --data-dir',
  },
  EACCES: {
    code: 'db_permission',
    message: (path) => `no permission to read and write ${path}`,
    fix: 'give the directory to the user the node runs as, or choose another --data-dir',
  },
  EROFS: {
    code: 'db_read_only',
    message: (path) => `${path} is on a read-only file system`,
    fix: 'mount it writable or choose another --data-dir',
  },
  ENOSPC: full,
  EDQUOT: full,
  EMFILE: {
    code: 'db_open_files',
    message: (path) => `too many open files for the database in ${path}`,
    fix: 'raise the limit of open files (ulimit -n 65536)',
  },
  EIO: {
    code: 'db_io',
    message: (path) => `input/output error on the database in ${path}`,
    fix: 'check the disk and the system log, then start again: nothing committed is lost',
  },
} as const satisfies Readonly<Record<string, Failure>>

const levelCodes: Readonly<Record<string, Failure>> = {
  ...failures,
  EEXIST: failures.ENOTDIR,
  EPERM: failures.EACCES,
  ENFILE: failures.EMFILE,
}

/** The code of an error, or of the innermost error with a code that it wraps (as happens while opening). */
function codeOf(thrown: unknown): string {
  let found = 'unknown'
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error) found = String(error.code)
  }
  return found
}

/** Below this a disk counts as full, even if a small file still fits. */
const fullBytes = 16 << 20

/** Why a file cannot be written to the directory, as an errno code; undefined if it can. */
async function probeWrite(path: string): Promise<string | undefined> {
  const file = join(path, `probe-${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeFile(file, new Uint8Array(65536), { flush: true })
    const { freeBytes } = await freeSpace(path)
    return freeBytes < fullBytes ? 'ENOSPC' : undefined
  } catch (error) {
    return codeOf(error)
  } finally {
    await rm(file, { force: true }).catch(() => undefined)
  }
}
