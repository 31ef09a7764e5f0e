import { isUtf8 } from 'node:buffer'

/** What makes a body unacceptable before it is parsed. */
export type ScanReject = 'not_utf8' | 'too_deep' | 'too_many_tokens' | 'string_too_long' | 'too_sparse'

export type ScanLimits = { readonly jsonDepth: number; readonly jsonTokens: number; readonly stringBytes: number }

/** The most bytes outside strings: numbers and white space parse slowly and no request needs many. */
const maxOutsideBytes = 512 * 1024

/**
 * One pass over the bytes of a JSON text that bounds what JSON.parse and everything after it can cost: depth, number of
 * values, length of strings. `items` is an upper bound of the elements of a top-level array. It does not check syntax:
 * of a text JSON.parse refuses the numbers mean nothing. Linear, about 1 ms per MiB.
 */
export function scanJson(bytes: Uint8Array, limits: ScanLimits): { readonly items: number } | { reject: ScanReject } {
  if (!isUtf8(bytes)) return { reject: 'not_utf8' }
  let depth = 0
  let tokens = 0
  let items = 1
  let outside = 0
  const length = bytes.length
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]
    if (byte === quote) {
      const start = i
      i = stringEnd(bytes, i + 1)
      if (i - start - 1 > limits.stringBytes) return { reject: 'string_too_long' }
    } else if (byte === comma) {
      tokens++
      if (depth === 1) items++
    } else if (byte === colon) {
      tokens++
    } else if (byte === openBracket || byte === openBrace) {
      tokens++
      if (++depth > limits.jsonDepth) return { reject: 'too_deep' }
    } else if (byte === closeBracket || byte === closeBrace) {
      depth--
    }
    if (++outside > maxOutsideBytes) return { reject: 'too_sparse' }
    if (tokens > limits.jsonTokens) return { reject: 'too_many_tokens' }
  }
  return { items }
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** The index of the quote that ends a string, or the end of the text. */
function stringEnd(bytes: Uint8Array, from: number): number {
  const length = bytes.length
  let i = from
  while (i < length && bytes[i] !== quote) i += bytes[i] === backslash ? 2 : 1
  return i
}
