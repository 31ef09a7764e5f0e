import { gateLimits } from './limits.ts'
import type { Fault } from './verdicts.ts'

/** The messages of one topic that the chain is asked about now, bounded in number and in bytes. */
export type Pending = {
  isFull(): boolean
  /** Asks; `queue_full` without asking if these bytes are too many on top of the others. */
  run(bytes: number, ask: () => Promise<Fault>): Promise<Fault>
}

export function createPending(): Pending {
  let messages = 0
  let total = 0
  return {
    isFull: () => messages >= gateLimits.maxPending,
    run: async (bytes, ask) => {
      if (messages > 0 && total + bytes > gateLimits.maxPendingBytes) return 'queue_full'
      messages++
      total += bytes
      try {
        return await ask()
      } finally {
        messages--
        total -= bytes
      }
    },
  }
}
