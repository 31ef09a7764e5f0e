import { toQuantity } from '../../core/json.ts'
import { nextBaseFee } from '../../state/fees.ts'
import { feeHistory } from '../fees/history.ts'
import { suggestGasPrice, suggestTip } from '../fees/tips.ts'
import { type Method, method } from '../method.ts'
import { blockNumber } from '../params/blockId.ts'
import { bad, list, optional, param } from '../params/param.ts'
import { looseNumber } from '../params/values.ts'

const percentile = param('NUMBER', (value) => (typeof value === 'number' ? value : bad('number expected')))

/** What gas costs. */
export const feeMethods: readonly Method[] = [
  method({
    name: 'eth_gasPrice',
    summary: 'A gas price in wei that the next block takes.',
    reads: true,
    handle: ({ view }) => toQuantity(suggestGasPrice(view)),
  }),
  method({
    name: 'eth_maxPriorityFeePerGas',
    summary: 'A tip in wei per gas that is enough now.',
    reads: true,
    handle: ({ view }) => toQuantity(suggestTip(view)),
  }),
  method({
    name: 'eth_baseFee',
    summary: 'The base fee of the next block in wei per gas.',
    reads: true,
    handle: ({ view }) => toQuantity(nextBaseFee(view.latest().header)),
  }),
  method({
    name: 'eth_blobBaseFee',
    summary: '0x1: this chain has no blobs.',
    handle: () => '0x1',
  }),
  method({
    name: 'eth_feeHistory',
    summary: 'Base fees, fullness and tips of recent blocks.',
    params: [looseNumber, blockNumber, optional(list(percentile, 100), [])],
    weight: 5,
    reads: true,
    handle: (context, [count, newest, percentiles]) => {
      const bounded = count > 0xffffn ? 0xffff : Number(count)
      return feeHistory(context, bounded, newest, percentiles)
    },
  }),
]
