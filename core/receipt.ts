import { createBloom } from './bloom.ts'
import {
  type Fields,
  openFields,
  takeAddress,
  takeBool,
  takeBytes,
  takeFixed,
  takeHashes,
  takeTuples,
  takeUint64,
} from './fields.ts'
import {
  type Address,
  bigintToBytes,
  bytesToHex,
  concatBytes,
  emptyBytes,
  equalBytes,
  type Hash,
  hexToBytes,
} from './hex.ts'
import { type JsonObject, toQuantity } from './json.ts'
import { decodeRlp, encodeRlp, joinRlpList, type RlpItem, splitRlpList } from './rlp.ts'
import type { TxEnvelope } from './tx.ts'
import { createAddress } from './txEnvelope.ts'
import { effectiveGasPrice } from './txFees.ts'

export type Log = { readonly address: Address; readonly topics: readonly Hash[]; readonly data: Uint8Array }

/**
 * A receipt. `gasUsed` is not on the wire: the decoder derives it from the cumulative values of its block.
 * `depositNonce` (with version 1) only on deposits.
 */
export type Receipt = {
  readonly type: number
  readonly succeeded: boolean
  readonly cumulativeGasUsed: bigint
  readonly gasUsed: bigint
  readonly logs: readonly Log[]
  readonly depositNonce: bigint | undefined
}

/**
 * The consensus form of a receipt, the value under the header's receipts root: for a typed transaction its type, then
 * RLP of status, cumulative gas, bloom and logs; a deposit adds its nonce and the version 1 (OP Stack, Canyon).
 */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const items: RlpItem[] = [
    receipt.succeeded ? one : emptyBytes,
    bigintToBytes(receipt.cumulativeGasUsed),
    createBloom(receipt.logs),
    receipt.logs.map(({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), data]),
  ]
  if (receipt.depositNonce !== undefined) items.push(bigintToBytes(receipt.depositNonce), one)
  const body = encodeRlp(items)
  return receipt.type === 0 ? body : concatBytes(Uint8Array.of(receipt.type), body)
}

/** The receipts of a block as one RLP list (typed ones as byte strings). */
export function encodeReceipts(receipts: readonly Receipt[]): Uint8Array {
  return joinRlpList(
    receipts.map((receipt) => {
      const bytes = encodeReceipt(receipt)
      return receipt.type === 0 ? bytes : encodeRlp(bytes)
    }),
  )
}

/** The reverse of `encodeReceipts`, gas used derived; undefined if the bytes are not the one encoding of a list. */
export function decodeReceipts(bytes: Uint8Array): readonly Receipt[] | undefined {
  const items = splitRlpList(bytes)
  if (items === undefined) return undefined
  const receipts: Receipt[] = []
  let gasBefore = 0n
  for (const item of items) {
    const isLegacy = item[0]! >= 0xc0
    const raw = isLegacy ? item : decodeRlp(item)
    if (!(raw instanceof Uint8Array) || (!isLegacy && raw[0]! >= 0xc0)) return undefined
    const receipt = decodeReceipt(raw, gasBefore)
    if (receipt === undefined) return undefined
    gasBefore = receipt.cumulativeGasUsed
    receipts.push(receipt)
  }
  return receipts
}

/** One receipt in consensus form; `gasBefore` is the cumulative gas of the one before it, 0 for a block's first. */
export function decodeReceipt(raw: Uint8Array, gasBefore: bigint): Receipt | undefined {
  const first = raw[0]
  if (first === undefined) return undefined
  const type = first >= 0xc0 ? 0 : first
  if (!receiptTypes.has(type) || (first < 0xc0 && type === 0)) return undefined
  const isDeposit = type === 0x7e
  const fields = openFields(decodeRlp(type === 0 ? raw : raw.subarray(1)), isDeposit ? 6 : 4)
  const succeeded = takeBool(fields)
  const cumulativeGasUsed = takeUint64(fields)
  const bloom = takeFixed(fields, 256)
  const logs = takeTuples(fields, 3, takeLog)
  const depositNonce = isDeposit ? takeUint64(fields) : undefined
  const version = isDeposit ? takeUint64(fields) : 1n
  if (fields.malformed || version !== 1n || cumulativeGasUsed < gasBefore) return undefined
  if (!equalBytes(bloom, createBloom(logs))) return undefined
  return { type, succeeded, cumulativeGasUsed, gasUsed: cumulativeGasUsed - gasBefore, logs, depositNonce }
}

const one = Uint8Array.of(1)
const receiptTypes: ReadonlySet<number> = new Set([0, 1, 2, 4, 0x7e])

function takeLog(entry: Fields): Log {
  return { address: takeAddress(entry), topics: takeHashes(entry), data: takeBytes(entry) }
}

/** Where a log is on the chain; `logIndex` counts within the block, `timestamp` in seconds. */
export type LogPlace = {
  readonly blockHash: Hash
  readonly blockNumber: bigint
  readonly timestamp: bigint
  readonly transactionHash: Hash
  readonly transactionIndex: number
  readonly logIndex: number
}

/** A log as geth answers it over JSON-RPC; `removed` marks one of a block that left the chain. */
export function logToJson(log: Log, place: LogPlace, removed = false): JsonObject {
  return {
    address: log.address,
    topics: log.topics,
    data: bytesToHex(log.data),
    blockNumber: toQuantity(place.blockNumber),
    transactionHash: place.transactionHash,
    transactionIndex: toQuantity(place.transactionIndex),
    blockHash: place.blockHash,
    blockTimestamp: toQuantity(place.timestamp),
    logIndex: toQuantity(place.logIndex),
    removed,
  }
}

/** What a receipt's JSON needs of its block; `firstLogIndex` is the number of logs before it in the block. */
export type ReceiptPlace = {
  readonly blockHash: Hash
  readonly blockNumber: bigint
  readonly timestamp: bigint
  readonly baseFee: bigint
  readonly index: number
  readonly firstLogIndex: number
}

/** A receipt as geth answers it over JSON-RPC, with op-geth's fields on deposits. */
export function receiptToJson(receipt: Receipt, { tx, hash, from }: TxEnvelope, place: ReceiptPlace): JsonObject {
  const nonce = tx.type === 0x7e ? (receipt.depositNonce ?? 0n) : tx.nonce
  const { blockHash, blockNumber, timestamp, index: transactionIndex, firstLogIndex } = place
  const logPlace = { blockHash, blockNumber, timestamp, transactionHash: hash, transactionIndex }
  return {
    blockHash,
    blockNumber: toQuantity(blockNumber),
    contractAddress: tx.to === undefined ? createAddress(from, nonce) : null,
    cumulativeGasUsed: toQuantity(receipt.cumulativeGasUsed),
    ...(receipt.depositNonce === undefined
      ? undefined
      : { depositNonce: toQuantity(receipt.depositNonce), depositReceiptVersion: '0x1' }),
    effectiveGasPrice: toQuantity(effectiveGasPrice(tx, place.baseFee)),
    from,
    gasUsed: toQuantity(receipt.gasUsed),
    logs: receipt.logs.map((log, index) => logToJson(log, { ...logPlace, logIndex: firstLogIndex + index })),
    logsBloom: bytesToHex(createBloom(receipt.logs)),
    status: receipt.succeeded ? '0x1' : '0x0',
    to: tx.to ?? null,
    transactionHash: hash,
    transactionIndex: toQuantity(transactionIndex),
    type: toQuantity(receipt.type),
  }
}
