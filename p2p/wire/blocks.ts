import { openFields, takeBytes, takeFixed, takeHash, takeUint, takeUint64 } from '../../core/fields.ts'
import { bigintToBytes, hexToBytes } from '../../core/hex.ts'
import { decodeRlp, encodeRlp, joinRlpList, type RlpItem } from '../../core/rlp.ts'
import type { Seal } from '../../core/seal.ts'
import { compressBlock, declaredSize } from './compress.ts'
import { decodeSignature, encodeSignature, signatureBytes } from './signature.ts'

/** Blocks `from`, `from` + 1 and so on, at most `count` of them. */
export type BlocksRequest = { readonly from: bigint; readonly count: number }

/** One block of an answer: one zstd frame of its RLP, and its seal; blocks that came from L1 have none. */
export type PackedBlock = { readonly compressed: Uint8Array; readonly seal: Seal | undefined }

/** Blocks in one answer at most. */
export const maxBlocksCount = 128
/** Bytes of one answer at most. */
export const maxBlocksBytes = 4_194_304
/** Bytes of all blocks of one answer, inflated, at most, if it has more than one. */
export const maxBlocksInflatedBytes = 16_777_216

/** The RLP of [from, count]; `count` is from 1 to 128. */
export function encodeBlocksRequest({ from, count }: BlocksRequest): Uint8Array {
  return encodeRlp([bigintToBytes(from), bigintToBytes(BigInt(count))])
}

/** Undefined if these bytes are not the one encoding of a request, or ask for none or for too many. */
export function decodeBlocksRequest(bytes: Uint8Array): BlocksRequest | undefined {
  const fields = openFields(decodeRlp(bytes, 3), 2)
  const request = { from: takeUint64(fields), count: Number(takeUint(fields, 2)) }
  return fields.malformed || request.count < 1 || request.count > maxBlocksCount ? undefined : request
}

/** The answer that holds as many of these blocks, in their order, as the bounds allow; the iterable is left there. */
export function packBlocks(
  blocks: Iterable<{ readonly raw: Uint8Array; readonly seal: Seal | undefined }>,
): Uint8Array {
  const items: Uint8Array[] = []
  let bytes = 0
  let inflated = 0
  for (const { raw, seal } of blocks) {
    inflated += raw.length
    if (items.length > 0 && inflated > maxBlocksInflatedBytes) break
    const item = encodeRlp(packedItem({ compressed: compressBlock(raw), seal }))
    bytes += item.length
    if (bytes > maxBlocksBytes - listHeaderBytes) break
    items.push(item)
    if (items.length === maxBlocksCount) break
  }
  return joinRlpList(items)
}

/** The RLP of [frame, seal] for each block; a seal is [] or [epoch, content hash, signature]. */
export function encodeBlocks(blocks: readonly PackedBlock[]): Uint8Array {
  return encodeRlp(blocks.map(packedItem))
}

/**
 * The blocks of an answer, not inflated; undefined if it is malformed, beyond the bounds, or a frame declares more than
 * `maxBlockBytes`. None if the peer has none.
 */
export function decodeBlocks(
  bytes: Uint8Array,
  { maxCount, maxBlockBytes }: { readonly maxCount: number; readonly maxBlockBytes: number },
): readonly PackedBlock[] | undefined {
  if (bytes.length > maxBlocksBytes) return undefined
  const items = decodeRlp(bytes, 1 + maxCount * itemsPerBlock)
  if (items === undefined || items instanceof Uint8Array || items.length > maxCount) return undefined
  const blocks: PackedBlock[] = []
  let inflated = 0
  for (const item of items) {
    const block = readPacked(item)
    const size = block === undefined ? undefined : declaredSize(block.compressed)
    if (block === undefined || size === undefined || size > maxBlockBytes) return undefined
    inflated += size
    blocks.push(block)
  }
  return blocks.length > 1 && inflated > maxBlocksInflatedBytes ? undefined : blocks
}

/** The pair, the frame, the seal and its three fields. */
const itemsPerBlock = 6
const listHeaderBytes = 4

function packedItem({ compressed, seal }: PackedBlock): RlpItem {
  if (seal === undefined) return [compressed, []]
  return [compressed, [bigintToBytes(seal.epoch), hexToBytes(seal.contentHash), encodeSignature(seal.signature)]]
}

function readPacked(item: RlpItem): PackedBlock | undefined {
  const fields = openFields(item, 2)
  const compressed = takeBytes(fields)
  const sealItem = fields.items[fields.at]
  if (fields.malformed || sealItem === undefined || sealItem instanceof Uint8Array) return undefined
  if (sealItem.length === 0) return { compressed, seal: undefined }
  const seal = readSeal(sealItem)
  return seal === undefined ? undefined : { compressed, seal }
}

function readSeal(item: RlpItem): Seal | undefined {
  const fields = openFields(item, 3)
  const epoch = takeUint64(fields)
  const contentHash = takeHash(fields)
  const signature = decodeSignature(takeFixed(fields, signatureBytes))
  return fields.malformed || signature === undefined ? undefined : { epoch, contentHash, signature }
}
