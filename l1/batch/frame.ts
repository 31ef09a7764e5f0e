import { assert } from '../../core/errors.ts'
import { bigintToFixed, concatBytes } from '../../core/hex.ts'

/** A piece of a channel (OP Stack). */
export type Frame = {
  /** 16 bytes, of any content. */
  readonly channelId: Uint8Array
  /** Place in the channel, from 0; below 2^16. */
  readonly number: number
  readonly data: Uint8Array
  readonly isLast: boolean
}

export const channelIdBytes = 16

/** What a frame adds to its data: channel id, number, length, last. */
export const frameOverhead = channelIdBytes + 2 + 4 + 1

/** Most data of a frame. */
export const maxFrameBytes = 1_000_000

/** The wire form: channel id 16 ‖ number u16 ‖ length u32 ‖ data ‖ last (0 or 1), big-endian. */
export function encodeFrame({ channelId, number, data, isLast }: Frame): Uint8Array {
  assert(channelId.length === channelIdBytes, 'a channel id has 16 bytes')
  assert(number < 2 ** 16 && data.length <= maxFrameBytes, 'a frame has a u16 number and at most 1,000,000 bytes')
  const head = concatBytes(channelId, bigintToFixed(BigInt(number), 2), bigintToFixed(BigInt(data.length), 4))
  return concatBytes(head, data, Uint8Array.of(isLast ? 1 : 0))
}

/** The one frame that these bytes are, whole and alone, as views; otherwise undefined. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < frameOverhead) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = view.getUint32(channelIdBytes + 2)
  const last = bytes[bytes.length - 1]!
  if (length > maxFrameBytes || bytes.length !== frameOverhead + length || last > 1) return undefined
  return {
    channelId: bytes.subarray(0, channelIdBytes),
    number: view.getUint16(channelIdBytes),
    data: bytes.subarray(channelIdBytes + 6, bytes.length - 1),
    isLast: last === 1,
  }
}
