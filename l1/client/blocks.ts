import type { Hash } from '../../core/hex.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import type { L1Spec, RollupSpec } from '../../genesis/spec.ts'
import { blobBaseFee } from '../blobFee.ts'
import type { RawL1Block } from '../extract/raw.ts'
import { type L1Header, parseHeader } from './header.ts'
import { outage } from './outage.ts'
import type { Provider } from './provider.ts'
import { isForeign, joinReceipts, readTxs } from './rawBlock.ts'
import { parseReceipts } from './receipts.ts'
import type { L1Tx } from './transaction.ts'

/**
 * The block with this hash, from one node: header, transactions and receipts under the hash, and of the transactions
 * those that concern the chain. Throws an outage if the node has it not, or says anything that is not under the hash.
 */
export async function fetchBlock(
  provider: Provider,
  hash: Hash,
  spec: Pick<L1Spec, 'blobSchedule'> & { readonly rollup: RollupSpec },
): Promise<{ readonly header: L1Header; readonly raw: RawL1Block }> {
  const json = await provider.read('eth_getBlockByHash', [hash, true], 'block')
  if (json === null) throw outage('l1_missing', `${provider.name} lacks a block`)
  const header = parseHeader(json)
  if (header?.hash !== hash) throw outage('l1_bad_answer', `${provider.name} gives a block that is not of its hash`)
  const txs = readTxs(json, header)
  if (txs === 'unsupported') {
    throw outage('l1_unsupported', `block ${header.number} of L1 has a transaction of a type that is not known here`)
  }
  if (txs === 'malformed')
    throw outage('l1_bad_answer', `${provider.name} gives transactions that are not of the block`)
  const block = blockOf(header, spec)
  if (isForeign(header, txs, spec.rollup)) return { header, raw: { block, parentHash: header.parentHash, txs: [] } }
  const receipts = parseReceipts(await fetchReceipts(provider, hash, txs))
  const raw = receipts && joinReceipts(header, block, txs, receipts, spec.rollup)
  if (raw === undefined) throw outage('l1_bad_answer', `${provider.name} gives receipts that are not of the block`)
  return { header, raw }
}

function blockOf(header: L1Header, { blobSchedule }: Pick<L1Spec, 'blobSchedule'>): L1Block {
  const { number, hash, timestamp, baseFee, excessBlobGas, mixHash, parentBeaconBlockRoot } = header
  const fee = blobBaseFee(excessBlobGas ?? 0n, timestamp, blobSchedule)
  return { number, hash, timestamp, baseFee, blobBaseFee: fee, mixHash, parentBeaconBlockRoot }
}

/** Where a node cannot give the receipts of a block together, they are asked for one by one. */
async function fetchReceipts(provider: Provider, hash: Hash, txs: readonly L1Tx[]): Promise<readonly unknown[]> {
  const answer = provider.lacks.has('eth_getBlockReceipts') ? 'lacking' : await allReceipts(provider, hash)
  if (answer === 'lacking') {
    const calls = txs.map((tx) => ({ method: 'eth_getTransactionReceipt', params: [tx.hash] }))
    return await provider.readAll(calls, 'receipts')
  }
  if (!Array.isArray(answer)) throw outage('l1_missing', `${provider.name} lacks the receipts of a block`)
  return answer
}

async function allReceipts(provider: Provider, hash: Hash): Promise<unknown> {
  const answer = await provider.ask({ method: 'eth_getBlockReceipts', params: [hash] }, 'receipts')
  if ('result' in answer) return answer.result
  if (!provider.lacks.has('eth_getBlockReceipts')) {
    throw outage('l1_rpc_error', `${provider.name} refuses a call with code ${answer.error.code}`)
  }
  return 'lacking'
}
