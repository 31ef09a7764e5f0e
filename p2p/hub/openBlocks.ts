import { decodeBlock } from '../../core/block.ts'
import { decodeHeader, headerHash } from '../../core/header.ts'
import type { Hash } from '../../core/hex.ts'
import type { ServedBlock } from '../../core/ports/net.ts'
import { splitRlpList } from '../../core/rlp.ts'
import type { Seal, SealedRef } from '../../core/seal.ts'
import { type BlocksRequest, decodeBlocks, type PackedBlock } from '../wire/blocks.ts'
import { inflateBlock } from '../wire/compress.ts'

type OpenOptions = {
  readonly maxBlockBytes: number
  /** Whether a signer that is known has sealed the block: one signature is recovered. */
  readonly isSealed: (block: SealedRef, seal: Seal | undefined) => boolean
  readonly pause: () => Promise<void>
}

/**
 * The blocks of an answer to this request: from its number on without a gap, each the child of the one before, their
 * senders recovered. Undefined if the answer is malformed in anything. Blocks that no known signer has sealed are opened
 * as far as little work goes: whoever signed them, somebody else has to judge. Takes a `pause` again and again, because
 * recovering senders takes a while.
 */
export async function openBlocks(
  answer: Uint8Array,
  { from, count }: BlocksRequest,
  { maxBlockBytes, isSealed, pause }: OpenOptions,
): Promise<readonly ServedBlock[] | undefined> {
  const packed = decodeBlocks(answer, { maxCount: count, maxBlockBytes })
  if (packed === undefined) return undefined
  const blocks: ServedBlock[] = []
  let work = 0
  let doubtful = 0
  for (const item of packed) {
    const number = from + BigInt(blocks.length)
    const found = lookAt(item, { number, parentHash: blocks.at(-1)?.hash, maxBlockBytes })
    if (found === undefined || found.txs > maxBlockTxs) return undefined
    if (!isSealed(found, item.seal)) doubtful += found.txs
    if (doubtful > maxDoubtfulTxs && blocks.length > 0) return blocks
    const block = openBlock(found, item)
    if (block === undefined) return undefined
    blocks.push(block)
    work += block.senders.length + block.raw.length / bytesPerSender
    if (work < pauseAfter) continue
    work = 0
    await pause()
  }
  return blocks
}

/** Senders between two pauses, some five milliseconds: a pause takes one at least, and several on a busy machine. */
const pauseAfter = 100
/** Bytes that take about as long to inflate, to decode and to hash as a sender takes. */
const bytesPerSender = 1_024

/** Whatever it holds, a transaction takes 21,000 gas, and no block has more than 50,000,000. */
const maxBlockTxs = 2_381
/** Transactions of blocks that no known signer has sealed, in one answer. */
const maxDoubtfulTxs = 2_500

type Found = SealedRef & { readonly raw: Uint8Array; readonly txs: number }

/** What can be seen of a block without opening a transaction; undefined if it is malformed or not the one wanted. */
function lookAt(
  { compressed }: PackedBlock,
  wanted: { readonly number: bigint; readonly parentHash: Hash | undefined; readonly maxBlockBytes: number },
): Found | undefined {
  const raw = inflateBlock(compressed, wanted.maxBlockBytes)
  const [headerBytes, body] = (raw && splitRlpList(raw)) ?? []
  const header = headerBytes === undefined ? undefined : decodeHeader(headerBytes)
  const txs = body === undefined ? undefined : splitRlpList(body)?.length
  if (raw === undefined || header === undefined || txs === undefined) return undefined
  const { number, parentHash } = header
  const follows = wanted.parentHash === undefined || parentHash === wanted.parentHash
  return number === wanted.number && follows ? { number, parentHash, hash: headerHash(header), raw, txs } : undefined
}

function openBlock({ number, parentHash, hash, raw }: Found, { seal }: PackedBlock): ServedBlock | undefined {
  const decoded = decodeBlock(raw)
  if ('reject' in decoded) return undefined
  return { number, parentHash, hash, raw, senders: decoded.transactions.map(({ from }) => from), seal }
}
