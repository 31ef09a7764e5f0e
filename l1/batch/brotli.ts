import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { assert, NodeError } from '../../core/errors.ts'

/** Compresses with a window over all of it, up to 16 MiB; a higher quality (0 to 11) is smaller and slower. */
export function compress(bytes: Uint8Array, quality: number): Uint8Array {
  return plain(brotliCompressSync(bytes, { params: compressParams(bytes.length, quality) }))
}

/** The same in another thread. */
export async function compressLater(bytes: Uint8Array, quality: number): Promise<Uint8Array> {
  return plain(await brotliCompressAsync(bytes, { params: compressParams(bytes.length, quality) }))
}

const brotliCompressAsync = promisify(brotliCompress)

function compressParams(length: number, quality: number): Record<number, number> {
  return {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_LGWIN]: windowBits(length),
    [constants.BROTLI_PARAM_SIZE_HINT]: length,
  }
}

/**
 * The content of exactly one brotli stream (RFC 7932), which ends with the last byte; undefined if that is not what
 * the bytes are, or if the content has more than `maxBytes`: it stops there, whatever the stream still holds. Throws
 * NodeError `brotli_failed` if there is no memory for it, which says nothing about the bytes.
 */
export function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const result = inflateFirst(bytes, maxBytes)
  // The library leaves alone what follows a stream, be it another one.
  return result === undefined || result.engine.bytesWritten !== bytes.length ? undefined : plain(result.buffer)
}

/** The smallest window that holds so many bytes: 2^bits - 16. */
function windowBits(length: number): number {
  let bits: number = constants.BROTLI_MIN_WINDOW_BITS
  while (bits < constants.BROTLI_MAX_WINDOW_BITS && 2 ** bits - 16 < length) bits++
  return bits
}

// Windows beyond 16 MiB are no part of RFC 7932.
const params = { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 0 }

type Inflated = { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } }

function inflateFirst(bytes: Uint8Array, maxOutputLength: number): Inflated | undefined {
  try {
    const result: unknown = brotliDecompressSync(bytes, { params, maxOutputLength, info: true })
    assert(isInflated(result), 'zlib tells how much it read')
    return result
  } catch (cause) {
    if (isVerdict(cause)) return undefined
    const message = 'no memory to decompress a batch of L1'
    throw new NodeError({ code: 'brotli_failed', severity: 'retry', message }, { cause })
  }
}

function isInflated(result: unknown): result is Inflated {
  return typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result
}

/** Whether the failure is one of the bytes: too long, cut short, or a format error, the numbers -16 to -1. */
function isVerdict(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  if ('code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') return true
  const number = 'errno' in cause && typeof cause.errno === 'number' ? cause.errno : 0
  return number < 0 && number >= constants.BROTLI_DECODER_ERROR_FORMAT_DISTANCE
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
