import { assert } from '../../core/errors.ts'
import { concatBytes, joinBytes } from '../../core/hex.ts'
import { decodeRlp, encodeRlp, rlpItemAt } from '../../core/rlp.ts'
import { type Batch, decodeBatch, encodeBatch } from './batch.ts'
import { compress, inflate } from './brotli.ts'

/** Most bytes of a channel's content. */
export const maxChannelBytes = 16 * 2 ** 20

/**
 * Most batches and transactions of a channel, together. An item costs some hundred bytes of memory but may be one
 * byte of content. Only content that could not count anyway reaches this: no batch, and no transaction with a
 * signature, is shorter than 64 bytes, and 2^18 times 64 is 16 MiB.
 */
export const maxChannelItems = 2 ** 18

/** A decoded channel. */
export type Channel = { readonly batches: readonly Batch[]; readonly inflatedBytes: number }

const brotliVersion = Uint8Array.of(1)

/** What `encodeChannel` takes by default: a second for some MiB. */
export const defaultQuality = 9

/** Bytes that a batch adds to a channel's content. */
export function contentBytes(batch: Batch): number {
  return encodeRlp(encodeBatch(batch)).length
}

/**
 * The wire form of batches in order: 0x01, then one brotli stream of their RLP strings. Quality is that of brotli, 0
 * to 11. The caller keeps to at least one batch, `maxChannelBytes` and `maxChannelItems`.
 */
export function encodeChannel(batches: readonly Batch[], quality = defaultQuality): Uint8Array {
  const content = joinBytes(batches.map((batch) => encodeRlp(encodeBatch(batch))))
  assert(content.length > 0 && content.length <= maxChannelBytes, 'a channel holds one batch to 16 MiB of them')
  return concatBytes(brotliVersion, compress(content, quality))
}

/**
 * The batches of a channel, all of them; undefined if any part is not what `encodeChannel` could have written.
 * Whatever the bytes are, no more than `maxChannelBytes` are inflated and no more than `maxChannelItems` are held.
 */
export function decodeChannel(bytes: Uint8Array): Channel | undefined {
  if (bytes[0] !== 1) return undefined
  const content = inflate(bytes.subarray(1), maxChannelBytes)
  if (content === undefined) return undefined
  const batches = decodeContent(content)
  return batches === undefined ? undefined : { batches, inflatedBytes: content.length }
}

function decodeContent(content: Uint8Array): readonly Batch[] | undefined {
  const batches: Batch[] = []
  let itemsLeft = maxChannelItems
  for (let at = 0; at < content.length; ) {
    const string = rlpItemAt(content, at)
    const body = string === undefined ? undefined : decodeRlp(string, 1)
    if (string === undefined || !(body instanceof Uint8Array)) return undefined
    const batch = itemsLeft === 0 ? undefined : decodeBatch(body, itemsLeft - 1)
    if (batch === undefined) return undefined
    batches.push(batch)
    itemsLeft -= 1 + batch.txs.length
    at += string.length
  }
  return batches.length === 0 ? undefined : batches
}
