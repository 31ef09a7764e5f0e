import type { TxEnvelope } from '../../core/tx.ts'
import type { BlockRef, Chain, Heads } from '../../state/chain.ts'
import type { FollowWriter } from './types.ts'

/** Takes the chain back to a block, in several writes if it is far: one that is lost leaves a shorter chain. */
export type Drop = (toNumber: bigint) => Promise<void>

/** Blocks that leave in one write, so that memory does not grow with how many have to go. */
const dropBlocks = 128n

/** What dropping takes of a chain. */
export type DropPorts = Pick<Chain, 'heads' | 'rewind'> & { readonly reader: Pick<Chain['reader'], 'hashByNumber'> }

/** Takes the chain back to a block; what left it is given to `told`, newest blocks first. */
export async function rewindTo(
  chain: DropPorts,
  toNumber: bigint,
  told: (blocks: readonly BlockRef[], txs: readonly TxEnvelope[]) => void = () => undefined,
): Promise<void> {
  for (let { number } = chain.heads().unsafe; number > toNumber; ) {
    const stop = number - toNumber > dropBlocks ? number - dropBlocks : toNumber
    const blocks: BlockRef[] = []
    for (; number > stop; number--) blocks.push({ number, hash: chain.reader.hashByNumber(number)! })
    told(blocks, await chain.rewind(stop))
  }
}

/** Runs a change of the chain while no block is made; whoever shares the chain hears what changed before the next one. */
export function createChange(
  chain: DropPorts,
  writer: FollowWriter,
): <T>(task: (drop: Drop) => Promise<T>) => Promise<T> {
  return (task) =>
    writer.exclusive(async () => {
      const before = chain.heads()
      const dropped: BlockRef[] = []
      /** Of the newest blocks first. */
      const droppedTxs: (readonly TxEnvelope[])[] = []
      const note = (blocks: readonly BlockRef[], txs: readonly TxEnvelope[]): void => {
        dropped.push(...blocks)
        droppedTxs.push(txs)
      }
      try {
        return await task((toNumber) => rewindTo(chain, toNumber, note))
      } finally {
        if (!sameHeads(before, chain.heads())) writer.changed({ dropped, droppedTxs: droppedTxs.reverse().flat() })
      }
    })
}

function sameHeads(a: Heads, b: Heads): boolean {
  return a.unsafe.hash === b.unsafe.hash && a.safe.hash === b.safe.hash && a.finalized.hash === b.finalized.hash
}
