import { brotliDecompressSync } from 'node:zlib'
import { RLP } from '@ethereumjs/rlp'
import type { Batch } from '../../../l1/batch/batch.ts'

// A second decoder of batches, from the specification alone: it shares no code with the first, judges single encodings
// by encoding again, and finds the end of a brotli stream by leaving out the last byte. Slow, and small inputs only.

type Item = Uint8Array | readonly Item[]

/** The batches in the payloads of an L1 transaction; undefined if it counts for nothing. */
export function secondDecode(payloads: readonly Uint8Array[]): readonly Batch[] | undefined {
  const parts: Buffer[] = []
  let id: string | undefined
  for (const [index, payload] of payloads.entries()) {
    const buffer = Buffer.from(payload)
    if (buffer.length < 24 || buffer.readUInt8(0) !== 0) return undefined
    id ??= buffer.toString('hex', 1, 17)
    if (buffer.toString('hex', 1, 17) !== id || buffer.readUInt16BE(17) !== index) return undefined
    const length = buffer.readUInt32BE(19)
    if (length > 1_000_000 || buffer.length - 24 !== length) return undefined
    if (buffer.readUInt8(23 + length) !== (index + 1 === payloads.length ? 1 : 0)) return undefined
    parts.push(buffer.subarray(23, 23 + length))
  }
  return payloads.length === 0 ? undefined : decodeChannel(Buffer.concat(parts))
}

function decodeChannel(channel: Buffer): readonly Batch[] | undefined {
  if (channel.length < 2 || channel[0] !== 1) return undefined
  const stream = channel.subarray(1)
  // With the last byte it is whole, without it it is not: so it ends there, and not before.
  const content = inflated(stream)
  if (content === undefined || inflated(stream.subarray(0, -1)) !== undefined) return undefined
  if (content.length > 2 ** 24) return undefined
  let rest: Uint8Array = content
  const batches: Batch[] = []
  while (rest.length > 0) {
    const first = decodeFirst(rest)
    if (first === undefined || !(first.item instanceof Uint8Array)) return undefined
    const batch = decodeBatch(first.item)
    if (batch === undefined) return undefined
    batches.push(batch)
    rest = rest.subarray(first.length)
  }
  const items = batches.reduce((sum, { txs }) => sum + 1 + txs.length, 0)
  return batches.length === 0 || items > 262_144 ? undefined : batches
}

function inflated(stream: Buffer): Buffer | undefined {
  try {
    return brotliDecompressSync(stream)
  } catch {
    return undefined
  }
}

/** The first item and the bytes it takes, in its one encoding. */
function decodeFirst(bytes: Uint8Array): { readonly item: Item; readonly length: number } | undefined {
  try {
    const { data, remainder } = RLP.decode(bytes, true)
    const length = bytes.length - remainder.length
    const again = RLP.encode(data)
    return Buffer.compare(again, bytes.subarray(0, length)) === 0 ? { item: data, length } : undefined
  } catch {
    return undefined
  }
}

function decodeBatch(bytes: Uint8Array): Batch | undefined {
  if (bytes.length < 2 || bytes[0] !== 0) return undefined
  const first = decodeFirst(bytes.subarray(1))
  if (first === undefined || first.length !== bytes.length - 1 || first.item instanceof Uint8Array) return undefined
  const [parent, number, epoch, timestamp, txs, ...more] = first.item
  if (more.length > 0 || txs === undefined || txs instanceof Uint8Array) return undefined
  const parentHash = hash(parent)
  const epochNumber = uint64(number)
  const epochHash = hash(epoch)
  const time = uint64(timestamp)
  if (parentHash === undefined || epochNumber === undefined || epochHash === undefined || time === undefined) {
    return undefined
  }
  const raw: Uint8Array[] = []
  for (const tx of txs) {
    if (!(tx instanceof Uint8Array)) return undefined
    raw.push(Uint8Array.from(tx))
  }
  return { parentHash, epochNumber, epochHash, timestamp: time, txs: raw }
}

function hash(item: Item | undefined): Batch['parentHash'] | undefined {
  if (!(item instanceof Uint8Array) || item.length !== 32) return undefined
  return `0x${Buffer.from(item).toString('hex')}` as Batch['parentHash']
}

function uint64(item: Item | undefined): bigint | undefined {
  if (!(item instanceof Uint8Array) || item.length > 8 || item[0] === 0) return undefined
  return item.length === 0 ? 0n : BigInt(`0x${Buffer.from(item).toString('hex')}`)
}
