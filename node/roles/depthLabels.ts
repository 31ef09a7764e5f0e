import type { Chain, Labels } from '../../state/chain.ts'
import type { BlockRef } from '../../state/heads.ts'

/** One and two Ethereum epochs of 32 slots, as other development nodes have it. */
const safeDepth = 32n
const finalizedDepth = 64n

/**
 * The labels of a chain without L1 once block `number` is its head: by depth, because nothing else can move them. After
 * a rewind they wait until the chain has grown past them.
 */
export function depthLabels(chain: Pick<Chain, 'heads' | 'reader'>, number: bigint): Labels {
  const { safe, finalized } = chain.heads()
  const labelAt = (depth: bigint, now: BlockRef): BlockRef => {
    const hash = number - depth > now.number ? chain.reader.hashByNumber(number - depth) : undefined
    return hash === undefined ? now : { number: number - depth, hash }
  }
  return { safe: labelAt(safeDepth, safe), finalized: labelAt(finalizedDepth, finalized) }
}
