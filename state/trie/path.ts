// Hot path: nibbles stay packed two to a byte; nothing here makes strings or arrays of nibbles.

/** The nibbles `from` (inclusive) to `to` (exclusive) of packed bytes, the high nibble of a byte first. */
export type Path = { readonly bytes: Uint8Array; readonly from: number; readonly to: number }

export const emptyPath: Path = { bytes: new Uint8Array(0), from: 0, to: 0 }

/** The nibble at an index counted from the start of the bytes. */
export function nibbleAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index >> 1]!
  return (index & 1) === 0 ? byte >> 4 : byte & 0x0f
}

/** How many nibbles two stretches share from their starts, at most `limit`. */
export function sharedNibbles(a: Uint8Array, aFrom: number, b: Uint8Array, bFrom: number, limit: number): number {
  let count = 0
  while (count < limit && nibbleAt(a, aFrom + count) === nibbleAt(b, bFrom + count)) count++
  return count
}

/** Two paths as one. */
export function joinPaths(head: Path, tail: Path): Path {
  const headLength = head.to - head.from
  const length = headLength + tail.to - tail.from
  // The last nibble fills its byte, so that a leaf's path can be copied by bytes.
  const from = length & 1
  const bytes = new Uint8Array((length + from) >> 1)
  for (let index = 0; index < length; index++) {
    const nibble =
      index < headLength
        ? nibbleAt(head.bytes, head.from + index)
        : nibbleAt(tail.bytes, tail.from + index - headLength)
    const place = from + index
    bytes[place >> 1]! |= (place & 1) === 0 ? nibble << 4 : nibble
  }
  return { bytes, from, to: from + length }
}

/** A path of one nibble. */
export function oneNibble(nibble: number): Path {
  return { bytes: Uint8Array.of(nibble), from: 1, to: 2 }
}

/** Bytes of a path in compact form (hex prefix, Yellow Paper appendix C). */
export function compactLength(path: Path): number {
  return 1 + ((path.to - path.from) >> 1)
}

/** Writes the compact form at `offset`; the first nibble tells leaf from extension and odd from even. */
export function writeCompact(target: Uint8Array, offset: number, path: Path, isLeaf: boolean): void {
  const { bytes, to } = path
  const isOdd = ((to - path.from) & 1) === 1
  let from = path.from
  target[offset] = (isLeaf ? 0x20 : 0) | (isOdd ? 0x10 | nibbleAt(bytes, from++) : 0)
  let at = offset + 1
  if ((from & 1) === 0) for (let byte = from >> 1; byte < to >> 1; byte++) target[at++] = bytes[byte]!
  else for (; from < to; from += 2) target[at++] = (nibbleAt(bytes, from) << 4) | nibbleAt(bytes, from + 1)
}

/** The path whose compact form is the bytes `start` to `end`; a view. */
export function readCompact(bytes: Uint8Array, start: number, end: number): Path {
  return { bytes, from: 2 * start + ((bytes[start]! & 0x10) === 0 ? 2 : 1), to: 2 * end }
}
