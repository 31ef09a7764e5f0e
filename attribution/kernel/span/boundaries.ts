/**
 * Where a tile of `span-v1` may begin and end. Bytes alone decide: no tokenizer, no Unicode tables, total on invalid
 * UTF-8. A byte joins when it is an ASCII letter or digit, a lead byte 0xC3-0xDF, or a continuation byte right after
 * such a lead byte: so no word of Latin, Greek, Cyrillic, Hebrew or Arabic letters is cut, and no character. Characters
 * of three and four bytes stand alone.
 */

/** True if O[i] joins the bytes beside it. False outside the output. */
export function joins(output: Uint8Array, i: number): boolean {
  const byte = output[i]
  if (byte === undefined) return false
  return isLetterOrDigit(byte) || isJoiningLead(byte) || (isContinuation(byte) && isJoiningLead(output[i - 1]))
}

/** True if i, 0 <= i <= |O|, is an end of the output or lies between two words or characters of it. */
export function boundary(output: Uint8Array, i: number): boolean {
  if (i === 0 || i === output.length) return true
  const byte = output[i]
  return byte !== undefined && !isContinuation(byte) && !(joins(output, i - 1) && joins(output, i))
}

/** True if a tile may begin at i: a boundary where O[i] joins or is 0xC0 or more. Never at |O|. */
export function isStart(output: Uint8Array, i: number): boolean {
  const byte = output[i]
  return byte !== undefined && boundary(output, i) && (joins(output, i) || byte >= 0xc0)
}

/** True if a tile may end before i: a boundary above 0. */
export function isEnd(output: Uint8Array, i: number): boolean {
  return i > 0 && boundary(output, i)
}

/** A part of an output of `length` bytes: `bytes` is O[from..from + bytes.length). */
export type OutputPart = { readonly length: number; readonly from: number; readonly bytes: Uint8Array }

/**
 * `isStart` from a part of the output. Needs exactly the bytes from max(0, i - 2) to i; undefined if one of them is not
 * in the part. Outside 0 <= i < |O| no byte is needed: false.
 */
export function isStartInPart(part: OutputPart, i: number): boolean | undefined {
  if (i < 0 || i >= part.length) return false
  const bytes = bytesUpTo(part, i)
  return bytes && isStart(bytes, bytes.length - 1)
}

/**
 * `isEnd` from a part of the output. Needs exactly the bytes from max(0, i - 2) to i; undefined if one of them is not in
 * the part. Outside 0 < i < |O| no byte is needed: true at |O| (if |O| > 0), else false.
 */
export function isEndInPart(part: OutputPart, i: number): boolean | undefined {
  if (i <= 0 || i >= part.length) return i > 0 && i === part.length
  const bytes = bytesUpTo(part, i)
  return bytes && isEnd(bytes, bytes.length - 1)
}

/** At most three bytes that end with O[i]. What precedes them cannot matter: no rule looks further back than i - 2. */
function bytesUpTo({ from, bytes }: OutputPart, i: number): Uint8Array | undefined {
  const start = Math.max(0, i - 2)
  return start < from || i >= from + bytes.length ? undefined : bytes.subarray(start - from, i - from + 1)
}

function isLetterOrDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
}

function isJoiningLead(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0xc3 && byte <= 0xdf
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf
}
