import { openFields, takeHash, takeUint64 } from '../../core/fields.ts'
import { bigintToBytes, concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'

/** What L1 holds of one L2 block: everything that does not follow from L1 itself. The epoch is the block's origin. */
export type Batch = {
  readonly parentHash: Hash
  readonly epochNumber: bigint
  readonly epochHash: Hash
  readonly timestamp: bigint
  /** Users' transactions as byte strings of any content, in order. */
  readonly txs: readonly Uint8Array[]
}

/** Most transactions that one batch may hold when it stands alone: see `maxChannelItems`. */
export const maxBatchTxs = 2 ** 18

const version = Uint8Array.of(0)

/** The wire form: 0x00, then the RLP of the OP Stack's singular batch. */
export function encodeBatch({ parentHash, epochNumber, epochHash, timestamp, txs }: Batch): Uint8Array {
  const fields = [
    hexToBytes(parentHash),
    bigintToBytes(epochNumber),
    hexToBytes(epochHash),
    bigintToBytes(timestamp),
    txs,
  ]
  return concatBytes(version, encodeRlp(fields))
}

/**
 * The batch these bytes encode; undefined if they are not its one encoding or if it has more than `maxTxs`
 * transactions. The transactions are views into the input, of any content.
 */
export function decodeBatch(bytes: Uint8Array, maxTxs = maxBatchTxs): Batch | undefined {
  if (bytes[0] !== 0) return undefined
  // Beside the transactions: the batch, its four fields and the list.
  const fields = openFields(decodeRlp(bytes.subarray(1), maxTxs + 6), 5)
  const parentHash = takeHash(fields)
  const epochNumber = takeUint64(fields)
  const epochHash = takeHash(fields)
  const timestamp = takeUint64(fields)
  const txs = fields.items[fields.at]
  if (fields.malformed || txs === undefined || isBytes(txs) || !txs.every(isBytes)) return undefined
  return { parentHash, epochNumber, epochHash, timestamp, txs }
}

function isBytes(item: RlpItem): item is Uint8Array {
  return item instanceof Uint8Array
}
