import { emptyTrieRoot } from '../../core/account.ts'
import { headerToJson } from '../../core/header.ts'
import type { JsonObject } from '../../core/json.ts'
import { toQuantity } from '../../core/json.ts'
import { nextBaseFee } from '../../state/fees.ts'
import type { RpcContext } from '../context.ts'
import type { BlockId } from '../params/blockId.ts'
import type { Found } from '../view.ts'

type PendingContext = Pick<RpcContext, 'view' | 'dev'>

/**
 * The `pending` block: what is certain of the next block today. Blocks are made on demand, so that is the parent, the
 * base fee and, on a development chain, the time; it has no transactions yet, and hash, nonce and miner are null as in
 * geth.
 */
export async function pendingHeader(context: PendingContext): Promise<JsonObject> {
  const latest = context.view.latest()
  const { hash, header } = latest
  const next = {
    ...header,
    parentHash: hash,
    number: header.number + 1n,
    timestamp: (await nextTime(context, latest)) ?? header.timestamp,
    baseFeePerGas: nextBaseFee(header),
    gasUsed: 0n,
    logsBloom: new Uint8Array(256),
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
  }
  return { ...headerToJson(next, hash), hash: null, nonce: null, miner: null }
}

/** The same as a block. */
export async function pendingBlock(context: PendingContext): Promise<JsonObject> {
  return { ...(await pendingHeader(context)), size: toQuantity(0), transactions: [], uncles: [], withdrawals: [] }
}

/**
 * The time of the block after this one, if it is known: a development clock may be far from the head's time, and the
 * next block will run by the clock.
 */
export async function nextTime({ view, dev }: PendingContext, { hash }: Found): Promise<bigint | undefined> {
  return hash === view.heads().unsafe.hash ? await dev?.backend.nextTimestamp() : undefined
}

export function isPending(id: BlockId): boolean {
  return 'tag' in id && id.tag === 'pending'
}
