import { readFileSync } from 'node:fs'
import type { Logger } from '../log/logger.ts'

/** Table files of the database and connections, with room to spare. */
const neededFiles = 8192

/** Warns if this process may open fewer files than a node of some size needs. Only Linux tells. */
export function warnOpenFiles(log: Pick<Logger, 'warn'>): void {
  const allowed = openFilesLimit()
  if (allowed !== undefined && allowed < neededFiles) {
    log.warn({ allowed, needed: neededFiles }, 'few open files allowed: raise the limit (ulimit -n 65536)')
  }
}

function openFilesLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1])
  } catch {
    return undefined
  }
}
