import { concatBytes, equalBytes, hexToBytes, joinBytes } from '../../core/hex.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { type Batch, encodeBatch } from '../../l1/batch/batch.ts'
import { blobCapacity } from '../../l1/batch/blob.ts'
import { compressLater } from '../../l1/batch/brotli.ts'
import { channelIdBytes } from '../../l1/batch/frame.ts'
import { channelToPayloads, payloadsToBatches } from '../../l1/batch/payload.ts'
import type { TxKind } from '../sender/request.ts'
import { type Carrier, capacityOf } from './kind.ts'
import { bytesOf, type Waiting } from './queue.ts'

/** The payloads of one transaction: blocks from the first one on. */
export type Packed = {
  readonly blocks: readonly Waiting[]
  readonly payloads: readonly Uint8Array[]
  readonly channelBytes: number
  readonly contentBytes: number
}

export type PackOptions = {
  readonly kind: TxKind
  readonly carrier: Carrier
  /** Channel bytes per byte of content, as of earlier channels. */
  readonly ratio: number
  /** Of brotli, 0 to 11. */
  readonly quality: number
}

/** Nothing can be posted: the first block does not fit, or what was packed is not what was to be. */
export type PackFailure = 'too_large' | 'mismatch'

/** A channel that fills less of its transaction than this is tried again with more blocks, if there are more. */
const wellFilled = 0.85
const attempts = 10

/**
 * As many of the waiting blocks as one transaction carries, compressed in other threads. What it holds was decoded again
 * and is what the blocks are.
 */
export async function pack(waiting: readonly Waiting[], options: PackOptions): Promise<Packed | PackFailure> {
  const { kind, carrier, quality } = options
  const capacity = capacityOf(kind, carrier)
  let count = countWithin(waiting, capacity / options.ratio)
  let best: { readonly count: number; readonly channel: Uint8Array } | undefined
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const channel = await compress(waiting.slice(0, count), quality)
    const fits = channel.length <= capacity
    if (fits && count > (best?.count ?? 0)) best = { count, channel }
    if (fits && (count === waiting.length || channel.length >= wellFilled * capacity)) break
    if (!fits && count === 1) return 'too_large'
    const aim = (0.95 * capacity * bytesOf(waiting.slice(0, count))) / channel.length
    const next = attempt === attempts - 1 ? 1 : countWithin(waiting, aim)
    if (best !== undefined && next <= best.count) break
    count = fits ? next : Math.min(next, count - 1)
  }
  return best === undefined ? 'too_large' : checked(waiting.slice(0, best.count), best.channel, options)
}

/** How many blocks have at most so many bytes together; at least one. */
function countWithin(waiting: readonly Waiting[], maxBytes: number): number {
  let bytes = 0
  let count = 0
  for (const block of waiting) {
    bytes += block.bytes
    if (bytes > maxBytes) break
    count++
  }
  return Math.max(1, count)
}

async function compress(blocks: readonly Waiting[], quality: number): Promise<Uint8Array> {
  const content = joinBytes(blocks.map(({ batch }) => encodeRlp(encodeBatch(batch))))
  return concatBytes(Uint8Array.of(1), await compressLater(content, quality))
}

function checked(blocks: readonly Waiting[], channel: Uint8Array, { kind, carrier }: PackOptions): Packed | 'mismatch' {
  const channelId = hexToBytes(blocks.at(-1)!.hash).slice(0, channelIdBytes)
  const maxBytes = kind === 'blobs' ? blobCapacity : carrier.maxCalldataBytes
  const payloads = channelToPayloads(channel, { channelId, maxBytes })
  const posted = payloadsToBatches(payloads)
  if (posted === undefined || posted.batches.length !== blocks.length) return 'mismatch'
  if (!posted.batches.every((batch, index) => isSame(batch, blocks[index]!.batch))) return 'mismatch'
  return { blocks, payloads, channelBytes: channel.length, contentBytes: posted.inflatedBytes }
}

function isSame(a: Batch, b: Batch): boolean {
  return (
    a.parentHash === b.parentHash &&
    a.epochNumber === b.epochNumber &&
    a.epochHash === b.epochHash &&
    a.timestamp === b.timestamp &&
    a.txs.length === b.txs.length &&
    a.txs.every((tx, index) => equalBytes(tx, b.txs[index]!))
  )
}
