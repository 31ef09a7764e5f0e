import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { assert } from '../../core/errors.ts'

/**
 * Blocks travel as one zstd frame (RFC 8878) of one segment that declares the size of its content: a receiver knows
 * what it will need before it allocates anything. No dictionary and no checksum: hashes cover the content.
 */
export function compressBlock(raw: Uint8Array): Uint8Array {
  const params = { [constants.ZSTD_c_windowLog]: windowLog(raw.length), [constants.ZSTD_c_checksumFlag]: 0 }
  return plain(zstdCompressSync(raw, { params, pledgedSrcSize: raw.length }))
}

/** The content of such a frame; undefined if the bytes are not exactly one, or if its content has more than `maxBytes`. */
export function inflateBlock(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const size = declaredSize(bytes)
  if (size === undefined || size > maxBytes) return undefined
  const result = inflateFirst(bytes, size)
  // The library leaves alone what follows a frame, be it another one.
  if (result === undefined || result.engine.bytesWritten !== bytes.length) return undefined
  return result.buffer.length === size ? plain(result.buffer) : undefined
}

/** How long the content is, as the frame's header says; undefined if this is no header of such a frame. */
export function declaredSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < minFrameBytes) return undefined
  const frame = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (frame.getUint32(0, true) !== magic) return undefined
  // Descriptor: two bits for the width of the size, single segment, unused, reserved, checksum, two bits of dictionary.
  const descriptor = frame.getUint8(4)
  if ((descriptor & 0x3f) !== 0x20) return undefined
  const width = descriptor >> 6
  if (width === 0) return frame.getUint8(5)
  // Each width begins where the one below it ends: a size has one form.
  if (width === 1) return frame.getUint16(5, true) + 256
  if (width === 3 || bytes.length < 9) return undefined
  const size = frame.getUint32(5, true)
  return size < 65_536 + 256 ? undefined : size
}

const magic = 0xfd2fb528
/** Magic, descriptor, one byte of size, the header of one block. */
const minFrameBytes = 9

type Inflated = { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } }

function inflateFirst(bytes: Uint8Array, size: number): Inflated | undefined {
  // zlib refuses to be told to make nothing.
  const maxOutputLength = Math.max(1, size)
  try {
    const result: unknown = zstdDecompressSync(bytes, { maxOutputLength, chunkSize: Math.max(64, size), info: true })
    assert(isInflated(result), 'zlib tells how much it read')
    return result
  } catch (cause) {
    if (isVerdict(cause)) return undefined
    throw cause
  }
}

function isInflated(result: unknown): result is Inflated {
  return typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result
}

/** Whether the failure is one of the bytes: too long, cut short, or an error of the format. */
function isVerdict(cause: unknown): boolean {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return false
  return cause.code === 'ERR_BUFFER_TOO_LARGE' || cause.code === 'Z_BUF_ERROR' || cause.code.startsWith('ZSTD_error_')
}

/** The smallest window that holds so many bytes: then the frame is one segment. */
function windowLog(length: number): number {
  let log = 10
  while (log < 27 && 2 ** log < length) log++
  return log
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
