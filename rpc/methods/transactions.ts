import type { Block } from '../../core/block.ts'
import { bytesToHex, type Hash } from '../../core/hex.ts'
import { receiptToJson } from '../../core/receipt.ts'
import { txToJson } from '../../core/txJson.ts'
import type { RpcContext } from '../context.ts'
import { type Method, method } from '../method.ts'
import { blockNumber } from '../params/blockId.ts'
import { hash, index } from '../params/values.ts'
import type { View } from '../view.ts'
import { isPending } from './pendingBlock.ts'

/** A transaction of a block as JSON; undefined if the block has none at this index. */
function placedTx(view: View, block: Block | undefined, position: number): unknown {
  const tx = block?.transactions[position]
  if (block === undefined || tx === undefined) return undefined
  const { number, timestamp, baseFeePerGas: baseFee } = block.header
  const depositNonce = tx.tx.type === 0x7e ? view.receipts(block.hash)?.[position]?.depositNonce : undefined
  return txToJson(tx, { blockHash: block.hash, blockNumber: number, timestamp, baseFee, index: position, depositNonce })
}

function blockOf(view: View, blockHash: Hash | undefined): Block | undefined {
  return blockHash === undefined ? undefined : view.block(blockHash)
}

/** The receipt of a mined transaction as JSON; undefined while there is none. */
export function receiptAnswer({ view }: Pick<RpcContext, 'view'>, txHash: Hash): unknown {
  const place = view.txPlace(txHash)
  const receipts = place === undefined ? undefined : view.receipts(place.block.hash)
  const receipt = receipts?.[place?.index ?? -1]
  if (place === undefined || receipts === undefined || receipt === undefined) return undefined
  const { block, index: position } = place
  const { number, timestamp, baseFeePerGas: baseFee } = block.header
  let firstLogIndex = 0
  for (let i = 0; i < position; i++) firstLogIndex += receipts[i]!.logs.length
  return receiptToJson(receipt, block.transactions[position]!, {
    blockHash: block.hash,
    blockNumber: number,
    timestamp,
    baseFee,
    index: position,
    firstLogIndex,
  })
}

/** Transactions and receipts. */
export const transactionMethods: readonly Method[] = [
  method({
    name: 'eth_getTransactionByHash',
    summary: 'A mined or pooled transaction (then with null block fields); null if it is not known.',
    params: [hash],
    reads: true,
    async handle({ view, backend }, [txHash]) {
      const place = view.txPlace(txHash)
      if (place !== undefined) return placedTx(view, place.block, place.index)
      const pooled = await backend.poolTx(txHash)
      if (pooled !== undefined) return txToJson(pooled)
      // It may have been mined between the two looks.
      const late = view.txPlace(txHash)
      return late === undefined ? undefined : placedTx(view, late.block, late.index)
    },
  }),
  method({
    name: 'eth_getTransactionByBlockHashAndIndex',
    summary: 'A transaction by its place in a block; null if there is none.',
    params: [hash, index],
    handle: ({ view }, [blockHash, position]) => placedTx(view, blockOf(view, blockHash), position),
  }),
  method({
    name: 'eth_getTransactionByBlockNumberAndIndex',
    summary: 'A transaction by its place in a block; null if there is none.',
    params: [blockNumber, index],
    reads: true,
    handle: ({ view }, [id, position]) =>
      isPending(id) ? undefined : placedTx(view, blockOf(view, view.find(id)?.hash), position),
  }),
  method({
    name: 'eth_getRawTransactionByHash',
    summary: 'The wire form of a mined or pooled transaction; null if it is not known.',
    params: [hash],
    reads: true,
    async handle({ view, backend }, [txHash]) {
      const place = view.txPlace(txHash)
      const found = place?.block.transactions[place.index] ?? (await backend.poolTx(txHash))
      return found === undefined ? undefined : bytesToHex(found.raw)
    },
  }),
  method({
    name: 'eth_getTransactionReceipt',
    summary: 'The receipt of a mined transaction; null until it is mined.',
    params: [hash],
    reads: true,
    handle: (context, [txHash]) => receiptAnswer(context, txHash),
  }),
]
