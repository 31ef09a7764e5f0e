import type { Chain } from '../../state/chain.ts'
import type { BlockRef } from '../../state/heads.ts'

/** Takes the chain back to a block and says which ones left, newest first; they stay readable by hash. */
export async function rewindChain(chain: Chain, toNumber: bigint): Promise<readonly BlockRef[]> {
  const dropped: BlockRef[] = []
  for (let number = chain.heads().unsafe.number; number > toNumber; number--) {
    const hash = chain.reader.hashByNumber(number)
    if (hash !== undefined) dropped.push({ number, hash })
  }
  await chain.rewind(toNumber, { belowFinalized: true })
  return dropped
}
