import type { Block } from '../../core/block.ts'
import { type Address, bytesToHex, type Hash, type Hex, hexToBytes } from '../../core/hex.ts'
import type { Receipt } from '../../core/receipt.ts'
import { numberIn } from './tables.ts'

/** A log with everything `eth_getLogs` says about it: an entry of the index answers by itself. Times in seconds. */
export type LogEntry = {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hex
  readonly blockNumber: bigint
  readonly blockHash: Hash
  readonly blockTimestamp: bigint
  readonly transactionHash: Hash
  readonly transactionIndex: number
  readonly logIndex: number
}

/** All logs of a block, in order. */
export function logsOfBlock(block: Block, receipts: readonly Receipt[]): LogEntry[] {
  const { number, timestamp } = block.header
  const entries: LogEntry[] = []
  for (const [transactionIndex, { logs }] of receipts.entries()) {
    for (const { address, topics, data } of logs) {
      entries.push({
        address,
        topics,
        data: bytesToHex(data),
        blockNumber: number,
        blockHash: block.hash,
        blockTimestamp: timestamp,
        transactionHash: block.transactions[transactionIndex]!.hash,
        transactionIndex,
        logIndex: entries.length,
      })
    }
  }
  return entries
}

/** The value of an index entry: u64 time, u32 transaction index, block hash, transaction hash, topic count, topics, data. */
export function encodeLogValue(entry: LogEntry): Uint8Array {
  const dataAt = headSize + 32 * entry.topics.length
  const bytes = new Uint8Array(dataAt + (entry.data.length - 2) / 2)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, entry.blockTimestamp)
  view.setUint32(8, entry.transactionIndex)
  bytes.set(hexToBytes(entry.blockHash), 12)
  bytes.set(hexToBytes(entry.transactionHash), 44)
  bytes[76] = entry.topics.length
  for (const [index, topic] of entry.topics.entries()) bytes.set(hexToBytes(topic), headSize + 32 * index)
  bytes.set(hexToBytes(entry.data), dataAt)
  return bytes
}

/** Hot path (10,000 per query): one hex conversion, cut into strings. undefined if the value is not one of an index entry. */
export function decodeLogEntry(key: Uint8Array, value: Uint8Array): LogEntry | undefined {
  const count = value[76]
  if (count === undefined || key.length !== 33 || value.length < headSize + 32 * count) return undefined
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  const hex = bytesToHex(value)
  const hashAt = (offset: number) => `0x${hex.slice(2 + 2 * offset, 66 + 2 * offset)}` as Hash
  const topics: Hash[] = []
  for (let index = 0; index < count; index++) topics.push(hashAt(headSize + 32 * index))
  return {
    address: bytesToHex(key.subarray(1, 21)) as Address,
    topics,
    data: `0x${hex.slice(2 + 2 * (headSize + 32 * count))}`,
    blockNumber: numberIn(key, 20),
    blockHash: hashAt(12),
    blockTimestamp: view.getBigUint64(0),
    transactionHash: hashAt(44),
    transactionIndex: view.getUint32(8),
    logIndex: new DataView(key.buffer, key.byteOffset, key.length).getUint32(29),
  }
}

const headSize = 77
