import type { ChainChange, FollowWriter } from './types.ts'

/** The writer of a node that makes no blocks: nothing but the follower changes the chain. */
export function createSerialWriter(changed: (change: ChainChange) => void = () => undefined): FollowWriter {
  let last: Promise<unknown> = Promise.resolve()
  return {
    exclusive(task) {
      const result = last.then(task)
      last = result.catch(() => undefined)
      return result
    },
    changed,
  }
}
