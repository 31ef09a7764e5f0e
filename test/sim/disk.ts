import { NodeError } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'

/** The disk of one simulated machine: what was written to it stays when the process is killed. */
export type Disk = {
  /** Opens it for a process. One at a time. */
  open(): Kv
  /** Kills the process: nothing that it writes from now on gets here. */
  kill(): void
  /** A new, empty disk in its place. */
  wipe(): void
}

export function createDisk(): Disk {
  let stored = createMemoryKv()
  let current = { isAlive: false }
  return {
    open() {
      const process = { isAlive: true }
      const kv = stored
      current = process
      return {
        get: kv.get,
        entries: kv.entries,
        async batch(ops, options) {
          if (!process.isAlive) throw killed()
          await kv.batch(ops, options)
        },
        async close() {
          process.isAlive = false
        },
      }
    },
    kill() {
      current.isAlive = false
    },
    wipe() {
      current.isAlive = false
      stored = createMemoryKv()
    },
  }
}

function killed(): NodeError {
  return new NodeError({ code: 'killed', severity: 'fatal', message: 'the process was killed' })
}
