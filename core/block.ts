import { decodeHeader, encodeHeader, type Header, headerHash, headerToJson } from './header.ts'
import type { Address, Hash } from './hex.ts'
import { type JsonObject, toQuantity } from './json.ts'
import type { Receipt } from './receipt.ts'
import type { TxReject } from './reject.ts'
import { decodeRlp, encodeRlp, joinRlpList, splitRlpList } from './rlp.ts'
import type { TxEnvelope } from './tx.ts'
import { decodeTx } from './txDecode.ts'
import { senderOf } from './txEnvelope.ts'
import { txToJson } from './txJson.ts'

export type Block = {
  readonly header: Header
  readonly hash: Hash
  readonly transactions: readonly TxEnvelope[]
}

export type BlockMalformed = { readonly reject: 'block_malformed' }

export type DecodeBlockOptions = {
  /** Senders known from before, one per transaction in order: nothing is recovered. */
  readonly senders?: readonly Address[]
  /** Senders known from before by transaction hash; those it does not know are recovered. */
  readonly knownSender?: (hash: Hash) => Address | undefined
  /** See `core/impersonate.ts`. */
  readonly impersonation?: boolean
}

/** The RLP of a block: header, transactions, no ommers, no withdrawals. */
export function encodeBlock({ header, transactions }: Pick<Block, 'header' | 'transactions'>): Uint8Array {
  return joinRlpList([encodeHeader(header), encodeTransactions(transactions), emptyList, emptyList])
}

/** The block these bytes encode; a transaction that cannot be opened gives its own reject. */
export function decodeBlock(bytes: Uint8Array, options: DecodeBlockOptions = {}): Block | TxReject | BlockMalformed {
  const parts = splitRlpList(bytes)
  if (parts?.length !== 4) return malformed
  const header = decodeHeader(parts[0]!)
  if (header === undefined) return malformed
  const transactions = decodeParts(parts.slice(1), options)
  return 'reject' in transactions ? transactions : { header, hash: headerHash(header), transactions }
}

/** A block without its header: the RLP of transactions, ommers and withdrawals. */
export function encodeBody(transactions: readonly TxEnvelope[]): Uint8Array {
  return joinRlpList([encodeTransactions(transactions), emptyList, emptyList])
}

/** The transactions of an encoded body. */
export function decodeBody(
  bytes: Uint8Array,
  options: DecodeBlockOptions = {},
): readonly TxEnvelope[] | TxReject | BlockMalformed {
  return decodeParts(splitRlpList(bytes), options)
}

const malformed: BlockMalformed = { reject: 'block_malformed' }
const emptyList = Uint8Array.of(0xc0)

/** A legacy transaction is a list inside the block, a typed one a byte string (EIP-2718). */
function encodeTransactions(transactions: readonly TxEnvelope[]): Uint8Array {
  return joinRlpList(transactions.map(({ tx, raw }) => (tx.type === 0 ? raw : encodeRlp(raw))))
}

function decodeParts(
  parts: readonly Uint8Array[] | undefined,
  options: DecodeBlockOptions,
): readonly TxEnvelope[] | TxReject | BlockMalformed {
  if (parts?.length !== 3 || !isEmptyList(parts[1]!) || !isEmptyList(parts[2]!)) return malformed
  const items = splitRlpList(parts[0]!)
  const { senders } = options
  if (items === undefined || (senders !== undefined && senders.length !== items.length)) return malformed
  const transactions: TxEnvelope[] = []
  for (const [index, item] of items.entries()) {
    const raw = item[0]! >= 0xc0 ? item : decodeRlp(item)
    if (!(raw instanceof Uint8Array) || (raw !== item && raw[0]! >= 0xc0)) return malformed
    const opened = openTransaction(raw, senders?.[index], options)
    if ('reject' in opened) return opened
    transactions.push(opened)
  }
  return transactions
}

function openTransaction(
  raw: Uint8Array,
  given: Address | undefined,
  options: DecodeBlockOptions,
): TxEnvelope | TxReject {
  const decoded = decodeTx(raw, options)
  if ('reject' in decoded) return decoded
  const { tx, hash } = decoded
  const from = given ?? options.knownSender?.(hash) ?? senderOf(tx, options)
  return from === undefined ? { reject: 'invalid_signature' } : { tx, raw, hash, from }
}

function isEmptyList(bytes: Uint8Array): boolean {
  return bytes.length === 1 && bytes[0] === 0xc0
}

/**
 * A block as geth answers it over JSON-RPC, with transaction hashes or whole transactions. `receipts` of the block
 * give deposits their nonce; without them it is 0.
 */
export function blockToJson(block: Block, fullTxs: boolean, receipts?: readonly Receipt[]): JsonObject {
  const { header, hash, transactions } = block
  const place = {
    blockHash: hash,
    blockNumber: header.number,
    baseFee: header.baseFeePerGas,
    timestamp: header.timestamp,
  }
  return {
    ...headerToJson(header, hash),
    size: toQuantity(encodeBlock(block).length),
    transactions: fullTxs
      ? transactions.map((tx, index) =>
          txToJson(tx, { ...place, index, depositNonce: receipts?.[index]?.depositNonce }),
        )
      : transactions.map((tx) => tx.hash),
    uncles: [],
    withdrawals: [],
  }
}
