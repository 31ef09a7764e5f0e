import type { TxEnvelope } from '../../core/tx.ts'
import type { BlockRef, Chain, Heads } from '../../state/chain.ts'
import type { FollowWriter } from './types.ts'

/** Takes the chain back to a block. */
export type Drop = (toNumber: bigint) => Promise<void>

/** Runs a change of the chain while no block is made; whoever shares the chain hears what changed before the next one. */
export function createChange(
  chain: Pick<Chain, 'heads' | 'reader' | 'rewind'>,
  writer: FollowWriter,
): <T>(task: (drop: Drop) => Promise<T>) => Promise<T> {
  return (task) =>
    writer.exclusive(async () => {
      const before = chain.heads()
      const dropped: BlockRef[] = []
      const droppedTxs: TxEnvelope[] = []
      try {
        return await task(async (toNumber) => {
          const refs: BlockRef[] = []
          for (let number = chain.heads().unsafe.number; number > toNumber; number--) {
            refs.push({ number, hash: chain.reader.hashByNumber(number)! })
          }
          droppedTxs.unshift(...(await chain.rewind(toNumber)))
          dropped.push(...refs)
        })
      } finally {
        if (!sameHeads(before, chain.heads())) writer.changed({ dropped, droppedTxs })
      }
    })
}

function sameHeads(a: Heads, b: Heads): boolean {
  return a.unsafe.hash === b.unsafe.hash && a.safe.hash === b.safe.hash && a.finalized.hash === b.finalized.hash
}
