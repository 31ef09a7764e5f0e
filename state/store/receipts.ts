import { bigintToBytes, bytesToAddress, bytesToBigint, bytesToHash, emptyBytes, hexToBytes } from '../../core/hex.ts'
import type { Log, Receipt } from '../../core/receipt.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'

/**
 * The receipts of a block as the database keeps them: RLP of [type, status, cumulative gas, logs, deposit nonce?]. The
 * consensus form also holds a bloom of 256 bytes per receipt, which follows from the logs.
 */
export function encodeStoredReceipts(receipts: readonly Receipt[]): Uint8Array {
  return encodeRlp(
    receipts.map(({ type, succeeded, cumulativeGasUsed, logs, depositNonce }) => {
      const items: RlpItem[] = [
        bigintToBytes(BigInt(type)),
        succeeded ? one : emptyBytes,
        bigintToBytes(cumulativeGasUsed),
        logs.map(({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), data]),
      ]
      if (depositNonce !== undefined) items.push(bigintToBytes(depositNonce))
      return items
    }),
  )
}

/** The reverse; undefined if the bytes are not such a list. */
export function decodeStoredReceipts(bytes: Uint8Array): readonly Receipt[] | undefined {
  const items = decodeRlp(bytes)
  if (!isList(items)) return undefined
  const receipts: Receipt[] = []
  let gasBefore = 0n
  for (const item of items) {
    if (!isList(item) || item.length < 4 || item.length > 5) return undefined
    const [type, status, cumulative, logItems, nonce] = item
    if (!isBytes(type) || !isBytes(status) || !isBytes(cumulative) || !isList(logItems)) return undefined
    if (nonce !== undefined && !isBytes(nonce)) return undefined
    const logs: Log[] = []
    for (const logItem of logItems) {
      const log = decodeLog(logItem)
      if (log === undefined) return undefined
      logs.push(log)
    }
    const cumulativeGasUsed = bytesToBigint(cumulative)
    receipts.push({
      type: Number(bytesToBigint(type)),
      succeeded: status.length === 1,
      cumulativeGasUsed,
      gasUsed: cumulativeGasUsed - gasBefore,
      logs,
      depositNonce: nonce === undefined ? undefined : bytesToBigint(nonce),
    })
    gasBefore = cumulativeGasUsed
  }
  return receipts
}

const one = Uint8Array.of(1)

function decodeLog(item: RlpItem): Log | undefined {
  if (!isList(item) || item.length !== 3) return undefined
  const [address, topics, data] = item
  if (!isBytes(address) || address.length !== 20 || !isList(topics) || !isBytes(data)) return undefined
  const hashes = []
  for (const topic of topics) {
    if (!isBytes(topic) || topic.length !== 32) return undefined
    hashes.push(bytesToHash(topic))
  }
  return { address: bytesToAddress(address), topics: hashes, data }
}

function isBytes(item: RlpItem | undefined): item is Uint8Array {
  return item instanceof Uint8Array
}

function isList(item: RlpItem | undefined): item is readonly RlpItem[] {
  return Array.isArray(item)
}
