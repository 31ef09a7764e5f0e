import { decodeBlock } from '../../core/block.ts'
import { decodeHeader, headerHash } from '../../core/header.ts'
import type { Hash } from '../../core/hex.ts'
import type { ServedBlock } from '../../core/ports/net.ts'
import { splitRlpList } from '../../core/rlp.ts'
import { type BlocksRequest, decodeBlocks, type PackedBlock } from '../wire/blocks.ts'
import { inflateBlock } from '../wire/compress.ts'

/**
 * The blocks of an answer to this request: from its number on without a gap, each the child of the one before, their
 * senders recovered. Undefined if the answer is malformed in anything. Seals are not checked. Takes a `pause` again and
 * again, because recovering senders takes a while.
 */
export async function openBlocks(
  answer: Uint8Array,
  { from, count }: BlocksRequest,
  { maxBlockBytes, pause }: { readonly maxBlockBytes: number; readonly pause: () => Promise<void> },
): Promise<readonly ServedBlock[] | undefined> {
  const packed = decodeBlocks(answer, { maxCount: count, maxBlockBytes })
  if (packed === undefined) return undefined
  const blocks: ServedBlock[] = []
  let work = 0
  for (const item of packed) {
    const number = from + BigInt(blocks.length)
    const block = openBlock(item, { number, parentHash: blocks.at(-1)?.hash, maxBlockBytes })
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

/** The header is looked at before the transactions are. */
function openBlock(
  { compressed, seal }: PackedBlock,
  wanted: { readonly number: bigint; readonly parentHash: Hash | undefined; readonly maxBlockBytes: number },
): ServedBlock | undefined {
  const raw = inflateBlock(compressed, wanted.maxBlockBytes)
  const headerBytes = raw === undefined ? undefined : splitRlpList(raw)?.[0]
  const header = headerBytes === undefined ? undefined : decodeHeader(headerBytes)
  if (raw === undefined || header === undefined) return undefined
  const { number, parentHash } = header
  if (number !== wanted.number || (wanted.parentHash !== undefined && parentHash !== wanted.parentHash))
    return undefined
  const decoded = decodeBlock(raw)
  if ('reject' in decoded) return undefined
  const senders = decoded.transactions.map(({ from }) => from)
  return { number, parentHash, hash: headerHash(header), raw, senders, seal }
}
