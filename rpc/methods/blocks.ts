import { type Block, blockToJson } from '../../core/block.ts'
import { headerToJson } from '../../core/header.ts'
import type { Hash } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import { receiptToJson } from '../../core/receipt.ts'
import type { RpcContext } from '../context.ts'
import { type RawJson, rawJson } from '../json/raw.ts'
import { type Method, method } from '../method.ts'
import { blockId, blockNumber } from '../params/blockId.ts'
import { optional } from '../params/param.ts'
import { bool, hash } from '../params/values.ts'
import { pause } from '../pause.ts'
import { isPending, pendingBlock, pendingHeader } from './pendingBlock.ts'

function blockAnswer({ view }: RpcContext, blockHash: Hash | undefined, fullTxs: boolean): RawJson | undefined {
  if (blockHash === undefined) return undefined
  const cached = view.blockTexts.get(`${blockHash}${fullTxs}`)
  if (cached !== undefined) return rawJson(cached)
  const block = view.block(blockHash)
  if (block === undefined) return undefined
  const text = JSON.stringify(blockToJson(block, fullTxs, fullTxs ? view.receipts(blockHash) : undefined))
  view.blockTexts.set(`${blockHash}${fullTxs}`, text, text.length)
  return rawJson(text)
}

/** Written receipt by receipt: those of a full block are megabytes. */
async function receiptsAnswer({ view }: RpcContext, block: Block): Promise<RawJson | undefined> {
  const receipts = view.receipts(block.hash)
  if (receipts === undefined) return undefined
  const { number, timestamp, baseFeePerGas } = block.header
  const place = { blockHash: block.hash, blockNumber: number, timestamp, baseFee: baseFeePerGas }
  const texts: string[] = []
  let firstLogIndex = 0
  for (const [index, receipt] of receipts.entries()) {
    texts.push(JSON.stringify(receiptToJson(receipt, block.transactions[index]!, { ...place, index, firstLogIndex })))
    firstLogIndex += receipt.logs.length
    await pause()
  }
  return rawJson(`[${texts.join(',')}]`)
}

function countAnswer({ view }: RpcContext, blockHash: Hash | undefined): string | undefined {
  const block = blockHash === undefined ? undefined : view.block(blockHash)
  return block === undefined ? undefined : toQuantity(block.transactions.length)
}

/** Blocks and headers. */
export const blockMethods: readonly Method[] = [
  method({
    name: 'eth_getBlockByNumber',
    summary: 'A block by number or tag, with transaction hashes or whole transactions; null if there is none.',
    params: [blockNumber, optional(bool, false)],
    weight: 2,
    reads: true,
    handle(context, [id, fullTxs]) {
      if (isPending(id)) return pendingBlock(context)
      return blockAnswer(context, context.view.find(id)?.hash, fullTxs)
    },
  }),
  method({
    name: 'eth_getBlockByHash',
    summary: 'A block by hash, with transaction hashes or whole transactions; null if it is not known.',
    params: [hash, optional(bool, false)],
    weight: 2,
    handle: (context, [blockHash, fullTxs]) => blockAnswer(context, blockHash, fullTxs),
  }),
  method({
    name: 'eth_getHeaderByNumber',
    summary: 'A header by number or tag; null if there is none.',
    params: [blockNumber],
    reads: true,
    handle(context, [id]) {
      if (isPending(id)) return pendingHeader(context)
      const found = context.view.find(id)
      return found === undefined ? undefined : headerToJson(found.header, found.hash)
    },
  }),
  method({
    name: 'eth_getHeaderByHash',
    summary: 'A header by hash; null if it is not known.',
    params: [hash],
    handle({ view }, [blockHash]) {
      const header = view.header(blockHash)
      return header === undefined ? undefined : headerToJson(header, blockHash)
    },
  }),
  method({
    name: 'eth_getBlockReceipts',
    summary: 'The receipts of a block in order; null if it is not known.',
    params: [blockId],
    weight: 4,
    reads: true,
    handle(context, [id]) {
      if (isPending(id)) return []
      const found = context.view.find(id)
      const block = found === undefined ? undefined : context.view.block(found.hash)
      return block === undefined ? undefined : receiptsAnswer(context, block)
    },
  }),
  method({
    name: 'eth_getBlockTransactionCountByNumber',
    summary: 'The number of transactions in a block; null if there is none.',
    params: [blockNumber],
    reads: true,
    handle: (context, [id]) => (isPending(id) ? '0x0' : countAnswer(context, context.view.find(id)?.hash)),
  }),
  method({
    name: 'eth_getBlockTransactionCountByHash',
    summary: 'The number of transactions in a block; null if it is not known.',
    params: [hash],
    handle: (context, [blockHash]) => countAnswer(context, blockHash),
  }),
]
