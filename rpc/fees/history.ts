import { toQuantity } from '../../core/json.ts'
import { nextBaseFee } from '../../state/fees.ts'
import type { RpcContext } from '../context.ts'
import { failure, isFailure, type RpcFailure } from '../errors.ts'
import type { BlockId } from '../params/blockId.ts'
import { pause } from '../pause.ts'
import { rewards } from './tips.ts'

/** eth_feeHistory: base fees, fullness and tips of up to `count` blocks ending with `newest`, oldest first. */
export async function feeHistory(
  { view, limits }: Pick<RpcContext, 'view' | 'limits'>,
  count: number,
  newest: BlockId,
  percentiles: readonly number[],
): Promise<unknown | RpcFailure> {
  const unsorted = percentiles.findIndex((value, i) => value < 0 || value > 100 || value < (percentiles[i - 1] ?? 0))
  if (unsorted >= 0) return failure('server', `invalid reward percentile: #${unsorted}`)
  const head = view.heads().unsafe.number
  if ('number' in newest && newest.number > head) {
    return failure('server', `request beyond head block: requested ${newest.number}, head ${head}`)
  }
  const last = view.require(newest)
  if (isFailure(last)) return last
  if (count === 0) return { oldestBlock: '0x0', gasUsedRatio: [] }
  const bounded = BigInt(Math.min(count, limits.feeHistoryBlocks))
  const newestNumber = last.header.number
  const oldest = newestNumber + 1n > bounded ? newestNumber + 1n - bounded : 0n

  const baseFeePerGas: string[] = []
  const gasUsedRatio: number[] = []
  const reward: string[][] = []
  for (let number = oldest; number <= newestNumber; number++) {
    const found = view.find({ number })
    if (found === undefined) return failure('server', 'header not found')
    const { header } = found
    baseFeePerGas.push(toQuantity(header.baseFeePerGas))
    gasUsedRatio.push(Number(header.gasUsed) / Number(header.gasLimit))
    if (percentiles.length > 0) reward.push(rewards(view, found, percentiles).map(toQuantity))
    await pause()
  }
  baseFeePerGas.push(toQuantity(nextBaseFee(last.header)))
  return {
    oldestBlock: toQuantity(oldest),
    ...(percentiles.length > 0 ? { reward } : undefined),
    baseFeePerGas,
    gasUsedRatio,
    baseFeePerBlobGas: baseFeePerGas.map(() => '0x1'),
    blobGasUsedRatio: gasUsedRatio.map(() => 0),
  }
}
