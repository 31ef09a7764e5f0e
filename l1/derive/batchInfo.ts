import { type Fields, openFields, takeBool, takeHash, takeUint, takeUint64, takeUint256 } from '../../core/fields.ts'
import { bigintToBytes, emptyBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'

/** What one L1 transaction of the batcher was, and what became of it: one that did not count at all has no entry. */
export type BatchInfo = {
  readonly l1Number: bigint
  readonly txHash: Hash
  readonly kind: 'blobs' | 'calldata'
  /** The calldata, or the content of all blobs. */
  readonly payloadBytes: number
  /** 0: calldata. */
  readonly blobs: number
  /** Compressed, without frames around it. */
  readonly channelBytes: number
  readonly inflatedBytes: number
  /** The L2 blocks that became safe through it; undefined if none did, because they were safe already or did not fit. */
  readonly firstBlock: bigint | undefined
  readonly lastBlock: bigint | undefined
  /** Users' transactions in these blocks. */
  readonly transactions: number
  /** What it cost the batcher on L1, in wei. */
  readonly costWei: bigint
  /** What the users of these blocks paid, in wei of OPEN: gas used * effective gas price. */
  readonly feesWei: bigint
}

/** RLP of the fields, in order. The blocks are one list: empty, or the first and the last number. */
export function encodeBatchInfo(info: BatchInfo): Uint8Array {
  const { firstBlock, lastBlock } = info
  const int = (value: number) => bigintToBytes(BigInt(value))
  return encodeRlp([
    bigintToBytes(info.l1Number),
    hexToBytes(info.txHash),
    info.kind === 'blobs' ? Uint8Array.of(1) : emptyBytes,
    int(info.payloadBytes),
    int(info.blobs),
    int(info.channelBytes),
    int(info.inflatedBytes),
    firstBlock === undefined || lastBlock === undefined ? [] : [bigintToBytes(firstBlock), bigintToBytes(lastBlock)],
    int(info.transactions),
    bigintToBytes(info.costWei),
    bigintToBytes(info.feesWei),
  ])
}

/** The entry these bytes encode; undefined if they are none. */
export function decodeBatchInfo(bytes: Uint8Array): BatchInfo | undefined {
  const fields = openFields(decodeRlp(bytes), 11)
  const int = () => Number(takeUint(fields, 6))
  const info: BatchInfo = {
    l1Number: takeUint64(fields),
    txHash: takeHash(fields),
    kind: takeBool(fields) ? 'blobs' : 'calldata',
    payloadBytes: int(),
    blobs: int(),
    channelBytes: int(),
    inflatedBytes: int(),
    ...takeBlocks(fields),
    transactions: int(),
    costWei: takeUint256(fields),
    feesWei: takeUint256(fields),
  }
  return fields.malformed ? undefined : info
}

function takeBlocks(fields: Fields): Pick<BatchInfo, 'firstBlock' | 'lastBlock'> {
  const item: RlpItem | undefined = fields.items[fields.at++]
  const isNone = item !== undefined && !(item instanceof Uint8Array) && item.length === 0
  if (isNone) return { firstBlock: undefined, lastBlock: undefined }
  const range = openFields(item, 2)
  const blocks = { firstBlock: takeUint64(range), lastBlock: takeUint64(range) }
  if (range.malformed) fields.malformed = true
  return blocks
}
