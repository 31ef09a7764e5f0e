import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { diskError } from './diskError.ts'

/** The folder a node keeps everything in. */
export type DataDir = {
  readonly path: string
  /** The chain's database. */
  readonly chain: string
  /** Local transactions of the pool. */
  readonly journal: string
  readonly keystore: string
  /** What this validator has signed. */
  readonly attestations: string
  /** The key that is this node's identity among peers. */
  readonly peerKey: string
  /** The socket on which the node answers its operator. */
  readonly adminSocket: string
  /** False: thrown away when the node stops. */
  readonly isKept: boolean
}

const temporaryName = /^openledger-(\d+)-[A-Za-z0-9]+$/

/** The places inside a data folder. */
export function dataDir(path: string, isKept: boolean): DataDir {
  const root = resolve(path)
  return {
    path: root,
    chain: join(root, 'chain'),
    journal: join(root, 'pool.journal'),
    keystore: join(root, 'keystore'),
    attestations: join(root, 'attestations.journal'),
    peerKey: join(root, 'peer.key'),
    adminSocket: join(root, 'admin.sock'),
    isKept,
  }
}

/** Creates the folder if need be, readable by its owner only. Throws a NodeError (code `data_dir`). */
export function createDataDir(path: string): DataDir {
  const dir = dataDir(path, true)
  try {
    makeFolder(dir.path)
  } catch (error) {
    throw diskError(dir.path, error)
  }
  return dir
}

/**
 * Creates an absolute folder and those above it, readable by their owner only. One level at a time: Node's recursive
 * mkdir never returns for a path that cannot be created below /proc.
 */
export function makeFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory()) return
  if (found !== undefined) throw Object.assign(new Error('not a folder'), { code: 'EEXIST' })
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/** A new folder among the system's temporary files, named after this process; `removeDataDir` deletes it. */
export function createTemporaryDir(): DataDir {
  removeStaleDirs()
  try {
    return dataDir(mkdtempSync(join(tmpdir(), `openledger-${process.pid}-`)), false)
  } catch (error) {
    throw diskError(tmpdir(), error)
  }
}

/** Deletes a throw-away folder; a kept one stays. */
export function removeDataDir(dir: DataDir): void {
  if (!dir.isKept) rmSync(dir.path, { recursive: true, force: true, maxRetries: 3 })
}

/** Deletes throw-away folders whose process is gone (it was killed before it could). */
function removeStaleDirs(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = temporaryName.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const path = join(tmpdir(), name)
    try {
      if (statSync(path).uid === process.getuid?.()) rmSync(path, { recursive: true, force: true })
    } catch {
      // Another process removes the same folder at this moment, which is as good.
    }
  }
}

/** Remembers which process uses the folder, for the message another one prints. The database's own lock decides. */
export function writePid(dir: DataDir): void {
  try {
    writeFileSync(pidFile(dir), `${process.pid}\n`)
  } catch (error) {
    throw diskError(dir.path, error)
  }
}

export function removePid(dir: DataDir): void {
  rmSync(pidFile(dir), { force: true })
}

/** The living process that wrote its number into the folder, if any. */
export function readPid(dir: DataDir): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile(dir), 'utf8'))
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined
  } catch {
    return undefined
  }
}

/** Remembers where this node answers health checks, for those who do not know its flags (`scripts/healthcheck.ts`). */
export function writeUrl(dir: DataDir, url: string): void {
  try {
    writeFileSync(urlFile(dir), `${url}\n`)
  } catch (error) {
    throw diskError(dir.path, error)
  }
}

export function removeUrl(dir: DataDir): void {
  rmSync(urlFile(dir), { force: true })
}

/** What the folder's node wrote; undefined while none runs. After it was killed the URL stays until its next start. */
export function readUrl(dir: DataDir): string | undefined {
  try {
    return readFileSync(urlFile(dir), 'utf8').trim()
  } catch {
    return undefined
  }
}

function urlFile(dir: DataDir): string {
  return join(dir.path, 'openledger.url')
}

function pidFile(dir: DataDir): string {
  return join(dir.path, 'openledger.pid')
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
