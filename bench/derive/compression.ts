import { deflateSync } from 'node:zlib'
import { joinBytes } from '../../core/hex.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { encodeBatch } from '../../l1/batch/batch.ts'
import { encodeChannel } from '../../l1/batch/channel.ts'
import type { Rollup } from './make.ts'

/** One way to hold all channels: bytes in all, per transfer, and how long it took in ms. */
export type Size = { readonly bytes: number; readonly perTransfer: number; readonly ratio: number; readonly ms: number }

/** The channels of the chain raw, with zlib as the OP Stack's first form has it, and as they are posted. */
export function compression({ batches, blobs, transfers }: Rollup): Readonly<Record<string, Size>> {
  const contents = batches.map((channel) => joinBytes(channel.map((batch) => encodeRlp(encodeBatch(batch)))))
  const raw = contents.reduce((sum, { length }) => sum + length, 0)
  const size = (bytes: number, ms: number): Size => ({
    bytes,
    perTransfer: Number((bytes / transfers).toFixed(1)),
    ratio: Number((bytes / raw).toFixed(3)),
    ms: Math.round(ms),
  })
  const timed = (encode: (index: number) => Uint8Array): Size => {
    const start = performance.now()
    const bytes = contents.reduce((sum, _, index) => sum + encode(index).length, 0)
    return size(bytes, performance.now() - start)
  }
  return {
    raw: size(raw, 0),
    'zlib 9': timed((index) => deflateSync(contents[index]!, { level: 9 })),
    'brotli 5': timed((index) => encodeChannel(batches[index]!, 5)),
    'brotli 9': timed((index) => encodeChannel(batches[index]!, 9)),
    'brotli 11': timed((index) => encodeChannel(batches[index]!, 11)),
    'whole blobs': size(
      [...blobs.values()].reduce((sum, { length }) => sum + length, 0),
      0,
    ),
  }
}
