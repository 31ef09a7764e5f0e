import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

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
  if (size === undefined || size > maxBytes || !isWholeFrame(bytes)) return undefined
  const raw = inflate(bytes, size)
  return raw?.length === size ? raw : undefined
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

/**
 * Whether the frame ends with the last byte: its blocks, each with a header of three bytes, are walked. The library
 * does not tell: it takes frames that follow, skips those it may skip, and ignores other bytes.
 */
function isWholeFrame(bytes: Uint8Array): boolean {
  let at = 5 + sizeBytes(bytes[4]!)
  while (at + 3 <= bytes.length) {
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    const isLast = (header & 1) === 1
    // Types: raw, one byte repeated, compressed, reserved.
    const type = (header >> 1) & 3
    if (type === 3) return false
    at += 3 + (type === 1 ? 1 : header >> 3)
    if (isLast) return at === bytes.length
  }
  return false
}

/** Bytes of the size in a frame's header, by the descriptor. */
function sizeBytes(descriptor: number): number {
  return 2 ** (descriptor >> 6)
}

function inflate(bytes: Uint8Array, size: number): Uint8Array | undefined {
  try {
    // zlib refuses to be told to make nothing, and chunks below 64 bytes.
    const bounds = { maxOutputLength: Math.max(1, size), chunkSize: Math.max(64, size) }
    return plain(zstdDecompressSync(bytes, bounds))
  } catch (cause) {
    if (isVerdict(cause)) return undefined
    throw cause
  }
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
