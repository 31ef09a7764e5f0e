import { assert } from '../../core/errors.ts'
import { concatBytes, equalBytes, joinBytes } from '../../core/hex.ts'
import { type Channel, decodeChannel } from './channel.ts'
import { decodeFrame, encodeFrame, type Frame, frameOverhead, maxFrameBytes } from './frame.ts'

/** What all payloads of one L1 transaction hold: one channel. */
export type PostedChannel = Channel & {
  /** Bytes of the channel before it was inflated. */
  readonly channelBytes: number
}

const version = Uint8Array.of(0)

/**
 * Cuts a channel into payloads of at most `maxBytes`, each 0x00 and one frame: the calldata of a transaction if it is
 * one, or the contents of its blobs in order. `channelId` has 16 bytes.
 */
export function channelToPayloads(
  channel: Uint8Array,
  { channelId, maxBytes }: { readonly channelId: Uint8Array; readonly maxBytes: number },
): Uint8Array[] {
  const step = Math.min(maxBytes - version.length - frameOverhead, maxFrameBytes)
  assert(step > 0, 'a payload has room for data')
  const payloads: Uint8Array[] = []
  for (let at = 0; at === 0 || at < channel.length; at += step) {
    const data = channel.subarray(at, at + step)
    const frame = { channelId, number: payloads.length, data, isLast: at + step >= channel.length }
    payloads.push(concatBytes(version, encodeFrame(frame)))
  }
  return payloads
}

/**
 * The batches in the payloads of one L1 transaction. Undefined, and the transaction counts for nothing, unless they
 * are the frames of one whole channel in order, and nothing else.
 */
export function payloadsToBatches(payloads: readonly Uint8Array[]): PostedChannel | undefined {
  const frames: Frame[] = []
  for (const payload of payloads) {
    const frame = payload[0] === 0 ? decodeFrame(payload.subarray(1)) : undefined
    if (frame === undefined || !follows(frames, frame, payloads.length)) return undefined
    frames.push(frame)
  }
  if (frames.length === 0) return undefined
  const bytes = frames.length === 1 ? frames[0]!.data : joinBytes(frames.map(({ data }) => data))
  const channel = decodeChannel(bytes)
  return channel === undefined ? undefined : { ...channel, channelBytes: bytes.length }
}

/** Same channel, the next number, and last exactly if it is the last of `count`. */
function follows(before: readonly Frame[], { channelId, number, isLast }: Frame, count: number): boolean {
  const first = before[0]
  if (first !== undefined && !equalBytes(first.channelId, channelId)) return false
  return number === before.length && isLast === (number === count - 1)
}
