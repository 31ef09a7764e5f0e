import type { Hash } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import { type LogEntry, logsOfBlock } from '../../state/store/logIndex.ts'
import type { View } from '../view.ts'

/** All logs of a block in order; none if the block is not known. */
export function blockLogs(view: Pick<View, 'block' | 'receipts'>, hash: Hash): readonly LogEntry[] {
  const block = view.block(hash)
  const receipts = view.receipts(hash)
  return block === undefined || receipts === undefined ? [] : logsOfBlock(block, receipts)
}

/** A log as geth answers it, as JSON text: nothing in it needs escaping. `removed`: its block left the chain. */
export function writeLog(log: LogEntry, removed = false): string {
  const topics = log.topics.length === 0 ? '' : `"${log.topics.join('","')}"`
  return (
    `{"address":"${log.address}","topics":[${topics}],"data":"${log.data}","blockNumber":"${toQuantity(log.blockNumber)}",` +
    `"transactionHash":"${log.transactionHash}","transactionIndex":"${toQuantity(log.transactionIndex)}",` +
    `"blockHash":"${log.blockHash}","blockTimestamp":"${toQuantity(log.blockTimestamp)}",` +
    `"logIndex":"${toQuantity(log.logIndex)}","removed":${removed}}`
  )
}
