import type { DroppedBlock } from '../../rpc/backend.ts'
import { blockLogs } from '../../rpc/logs/blockLogs.ts'
import type { Chain } from '../../state/chain.ts'

/** Takes the chain back to a block and says which ones left, newest first, with the logs that go with them. */
export async function rewindChain(chain: Chain, toNumber: bigint): Promise<readonly DroppedBlock[]> {
  const { reader } = chain
  const view = { block: reader.blockByHash, receipts: reader.receiptsByHash }
  const dropped: DroppedBlock[] = []
  for (let number = chain.heads().unsafe.number; number > toNumber; number--) {
    const hash = reader.hashByNumber(number)
    if (hash !== undefined) dropped.push({ number, hash, logs: blockLogs(view, hash) })
  }
  await chain.rewind(toNumber)
  return dropped
}
