import { bytesToHex, type Hash, parseHex } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import type { L1Source } from '../source.ts'
import type { L1Fees, L1Receipt, L1Wallet } from '../wallet.ts'
import { has, hash, openJson, parseQuantity, quantity } from './fields.ts'
import { outage } from './outage.ts'
import type { Pool } from './pool.ts'
import type { Provider } from './provider.ts'
import type { RpcAnswer } from './rpc.ts'
import { classifySend, isRevert } from './wording.ts'

/** L1 for whoever sends, over the same nodes; `hashAt` says which blocks are canonical. See `L1Wallet`. */
export function createWallet(pool: Pool, hashAt: L1Source['hashAt']): L1Wallet {
  const number = (method: string, params: readonly unknown[]): Promise<bigint> =>
    pool.any(async (provider) => {
      const value = parseQuantity(await provider.read(method, params))
      return value ?? malformed(provider)
    })

  return {
    nonce: (address, at) => number('eth_getTransactionCount', [address, at]),
    balance: (address) => number('eth_getBalance', [address, 'latest']),
    fees: () => pool.any(readFees),
    send: (raw) =>
      pool.any(async (provider) => {
        const answer = await provider.ask({ method: 'eth_sendRawTransaction', params: [bytesToHex(raw)] })
        return 'error' in answer ? classifySend(answer.error) : undefined
      }),
    receipt: async (txHash) => {
      const receipt = await pool.any((provider) => readReceipt(provider, txHash))
      if (receipt === undefined) return undefined
      return (await hashAt(receipt.blockNumber)) === receipt.blockHash ? receipt : undefined
    },
    call: ({ to, from, data }) =>
      pool.any(async (provider) => {
        const message = { to, data: bytesToHex(data), ...(from === undefined ? undefined : { from }) }
        const answer = await provider.ask({ method: 'eth_call', params: [message, 'latest'] })
        const result = openCall(provider, answer)
        return result === undefined ? undefined : (parseHex(result) ?? malformed(provider))
      }),
    estimateGas: ({ to, from, data, value = 0n }) =>
      pool.any(async (provider) => {
        const message = { to, from, data: bytesToHex(data), value: toQuantity(value) }
        const answer = await provider.ask({ method: 'eth_estimateGas', params: [message, 'latest'] })
        const result = openCall(provider, answer)
        return result === undefined ? undefined : (parseQuantity(result) ?? malformed(provider))
      }),
  }
}

/** Undefined: it reverts. */
function openCall(provider: Provider, answer: RpcAnswer): unknown {
  if ('result' in answer) return answer.result ?? malformed(provider)
  if (isRevert(answer.error)) return undefined
  throw outage('l1_rpc_error', `${provider.name} refuses a call with code ${answer.error.code}`)
}

/** For the next block: base fees from `eth_feeHistory`, whose lists end with it. */
async function readFees(provider: Provider): Promise<L1Fees> {
  const [history, tip] = await provider.readAll([
    { method: 'eth_feeHistory', params: ['0x1', 'latest', []] },
    { method: 'eth_maxPriorityFeePerGas', params: [] },
  ])
  const fields = openJson(history)
  const fees = {
    baseFee: lastOf(fields.values.baseFeePerGas),
    blobBaseFee: lastOf(fields.values.baseFeePerBlobGas),
    tip: parseQuantity(tip),
  }
  // Not every node has blob fees in the history.
  if (fees.blobBaseFee === undefined || fees.blobBaseFee === 0n) {
    fees.blobBaseFee = parseQuantity(await provider.read('eth_blobBaseFee', []))
  }
  const { baseFee, blobBaseFee, tip: wanted } = fees
  if (baseFee === undefined || blobBaseFee === undefined || wanted === undefined) return malformed(provider)
  return { baseFee, blobBaseFee, tip: wanted }
}

function lastOf(list: unknown): bigint | undefined {
  return Array.isArray(list) ? parseQuantity(list.at(-1)) : undefined
}

async function readReceipt(provider: Provider, txHash: Hash): Promise<L1Receipt | undefined> {
  const json = await provider.read('eth_getTransactionReceipt', [txHash])
  if (json === null) return undefined
  const fields = openJson(json)
  const blobCost = has(fields, 'blobGasUsed') ? quantity(fields, 'blobGasUsed') * quantity(fields, 'blobGasPrice') : 0n
  const receipt = {
    blockNumber: quantity(fields, 'blockNumber'),
    blockHash: hash(fields, 'blockHash'),
    succeeded: quantity(fields, 'status') === 1n,
    costWei: quantity(fields, 'gasUsed') * quantity(fields, 'effectiveGasPrice') + blobCost,
  }
  return fields.malformed || hash(fields, 'transactionHash') !== txHash ? malformed(provider) : receipt
}

function malformed(provider: Provider): never {
  throw outage('l1_bad_answer', `${provider.name} gives an answer that cannot be read`)
}
