import type { L1BlockData, L1Source } from '../source.ts'

/** Blocks of L1 in order, asked for before they are needed. */
export type Prefetch = {
  /** The block at a height, as `L1Source.block`; those after it, up to `last`, are on their way then. */
  block(number: bigint, last: bigint): Promise<L1BlockData | undefined>
  /** Forgets what was asked for: L1 may be another one now. */
  clear(): void
}

/** Asks for up to `depth` blocks at a time. */
export function createPrefetch(source: Pick<L1Source, 'block'>, depth: bigint): Prefetch {
  const asked = new Map<bigint, Promise<L1BlockData | undefined>>()

  function ask(number: bigint): Promise<L1BlockData | undefined> {
    const known = asked.get(number)
    if (known !== undefined) return known
    const answer = source.block(number)
    asked.set(number, answer)
    // Whoever waits for it hears of a failure; one that nobody waits for is asked for again.
    answer.catch(() => asked.delete(number))
    return answer
  }

  return {
    async block(number, last) {
      const answer = ask(number)
      for (let ahead = number + 1n; ahead < number + depth && ahead <= last; ahead++) void ask(ahead)
      try {
        return await answer
      } finally {
        asked.delete(number)
      }
    },
    clear: () => asked.clear(),
  }
}
