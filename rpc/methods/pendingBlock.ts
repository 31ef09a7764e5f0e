import { emptyTrieRoot } from '../../core/account.ts'
import { headerToJson } from '../../core/header.ts'
import type { JsonObject } from '../../core/json.ts'
import { toQuantity } from '../../core/json.ts'
import { nextBaseFee } from '../../state/fees.ts'
import type { Found } from '../view.ts'

/**
 * The `pending` block: what is certain of the next block today. Blocks are made on demand, so that is the parent and
 * the base fee; it has no transactions yet, and hash, nonce and miner are null as in geth.
 */
export function pendingHeader({ hash, header }: Found): JsonObject {
  const next = {
    ...header,
    parentHash: hash,
    number: header.number + 1n,
    baseFeePerGas: nextBaseFee(header),
    gasUsed: 0n,
    logsBloom: new Uint8Array(256),
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
  }
  return { ...headerToJson(next, hash), hash: null, nonce: null, miner: null }
}

/** The same as a block. */
export function pendingBlock(latest: Found): JsonObject {
  return { ...pendingHeader(latest), size: toQuantity(0), transactions: [], uncles: [], withdrawals: [] }
}
