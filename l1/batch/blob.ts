import { assert } from '../../core/errors.ts'
import { equalBytes } from '../../core/hex.ts'

/** Size of a blob: 4,096 field elements of 32 bytes (EIP-4844). */
export const blobBytes = 131_072

/** Most content of a blob: four field elements hold 127 bytes, less version and length. */
export const blobCapacity = 130_044

/**
 * A blob with this content, at most `blobCapacity` bytes: the OP Stack's blob encoding, version 0. An element's last
 * 31 bytes hold 31 bytes; the 6 low bits of the first bytes of four elements hold three bytes more. The stream in
 * this order is 0x00 ‖ length u24 ‖ content ‖ zeros.
 */
export function encodeBlob(content: Uint8Array): Uint8Array {
  assert(content.length <= blobCapacity, 'a blob holds at most 130,044 bytes')
  const stream = new Uint8Array(streamBytes)
  stream[1] = content.length >> 16
  stream[2] = (content.length >> 8) & 0xff
  stream[3] = content.length & 0xff
  stream.set(content, headBytes)
  const blob = new Uint8Array(blobBytes)
  const end = headBytes + content.length
  for (let from = 0, to = 0; from < end; from += 127, to += 128) {
    for (let element = 0; element < 4; element++) {
      const start = from + 32 * element
      blob.set(stream.subarray(start, start + 31), to + 32 * element + 1)
    }
    const [x, y, z] = [stream[from + 31]!, stream[from + 63]!, stream[from + 95]!]
    blob[to] = x & 0x3f
    blob[to + 32] = (y & 0x0f) | ((x & 0xc0) >> 2)
    blob[to + 64] = z & 0x3f
    blob[to + 96] = ((z & 0xc0) >> 2) | ((y & 0xf0) >> 4)
  }
  return blob
}

/** The content of a blob; undefined unless the blob is exactly what `encodeBlob` makes of it. */
export function decodeBlob(blob: Uint8Array): Uint8Array | undefined {
  if (blob.length !== blobBytes) return undefined
  const length = (blob[2]! << 16) | (blob[3]! << 8) | blob[4]!
  if (length > blobCapacity) return undefined
  const stream = new Uint8Array(streamBytes)
  const end = headBytes + length
  for (let from = 0, to = 0; to < end; from += 128, to += 127) {
    for (let element = 0; element < 4; element++) {
      const start = from + 32 * element
      stream.set(blob.subarray(start + 1, start + 32), to + 32 * element)
    }
    const [a, b, c, d] = [blob[from]!, blob[from + 32]!, blob[from + 64]!, blob[from + 96]!]
    stream[to + 31] = (a & 0x3f) | ((b & 0x30) << 2)
    stream[to + 63] = (b & 0x0f) | ((d & 0x0f) << 4)
    stream[to + 95] = (c & 0x3f) | ((d & 0x30) << 2)
  }
  const content = stream.slice(headBytes, end)
  return equalBytes(encodeBlob(content), blob) ? content : undefined
}

const headBytes = 4
const streamBytes = headBytes + blobCapacity
