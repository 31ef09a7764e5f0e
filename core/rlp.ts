import { emptyBytes } from './hex.ts'

/**
 * Recursive length prefix, the serialisation of Ethereum (Yellow Paper, appendix B). Strict: a value has exactly one
 * encoding and the decoder accepts only that one. Hot path: decoded strings are views into the input, not copies.
 */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** Lists inside lists beyond this are refused; no structure of the chain needs more than seven levels. */
export const maxRlpDepth = 32

/**
 * More items than this in one value are refused: an item costs about a hundred bytes of memory but may be one byte of
 * input. The largest value of the chain, the receipt of a block full of empty logs, has a third of it.
 */
export const maxRlpItems = 2 ** 20

const emptyList: readonly RlpItem[] = Object.freeze([])

/** The encoding of an item. */
export function encodeRlp(item: RlpItem): Uint8Array {
  const lengths: number[] = []
  const output: Output = { bytes: new Uint8Array(measure(item, lengths)), at: 0, lengths, next: 0 }
  write(item, output)
  return output.bytes
}

/**
 * The one item these bytes encode; undefined if they are not its canonical encoding, whole and alone, or if it has
 * more than `maxItems` items, itself and all inside it counted.
 */
export function decodeRlp(bytes: Uint8Array, maxItems = maxRlpItems): RlpItem | undefined {
  const input: Input = { bytes, at: 0, itemsLeft: maxItems }
  const item = read(input, bytes.length, 0)
  return input.at === bytes.length ? item : undefined
}

/**
 * The encodings of the items of one list, as views. Only the list's own layer is checked, not the insides of its
 * items; undefined if that layer is malformed or bytes follow the list.
 */
export function splitRlpList(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const input: Input = { bytes, at: 0, itemsLeft: maxRlpItems }
  if (bytes.length === 0 || bytes[0]! < 0xc0) return undefined
  const length = readHeader(input, bytes.length)
  if (length === undefined || input.at + length !== bytes.length) return undefined
  const items: Uint8Array[] = []
  while (input.at < bytes.length) {
    const start = input.at
    const itemLength = readHeader(input, bytes.length)
    if (itemLength === undefined || input.itemsLeft-- === 0) return undefined
    input.at += itemLength
    items.push(bytes.subarray(start, input.at))
  }
  return items
}

/** The encoding of the item that begins at `at`, as a view: only its header is checked. Undefined if it is malformed. */
export function rlpItemAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const input: Input = { bytes, at, itemsLeft: 1 }
  const length = readHeader(input, bytes.length)
  return length === undefined ? undefined : bytes.subarray(at, input.at + length)
}

/** Wraps encoded items into the encoding of their list. */
export function joinRlpList(items: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const item of items) length += item.length
  const output: Output = { bytes: new Uint8Array(headerSize(length) + length), at: 0, lengths: [], next: 0 }
  writeHeader(output, 0xc0, length)
  for (const item of items) {
    output.bytes.set(item, output.at)
    output.at += item.length
  }
  return output.bytes
}

// Encoding: one pass measures and notes each list's payload length in reading order, a second one writes.

type Output = { readonly bytes: Uint8Array; at: number; readonly lengths: readonly number[]; next: number }

function isList(item: RlpItem): item is readonly RlpItem[] {
  return !(item instanceof Uint8Array)
}

function measure(item: RlpItem, lengths: number[]): number {
  if (!isList(item)) return item.length === 1 && item[0]! < 0x80 ? 1 : headerSize(item.length) + item.length
  const slot = lengths.push(0) - 1
  let length = 0
  for (const child of item) length += measure(child, lengths)
  lengths[slot] = length
  return headerSize(length) + length
}

function headerSize(length: number): number {
  return length < 56 ? 1 : 1 + lengthSize(length)
}

function lengthSize(length: number): number {
  let size = 1
  for (let rest = length; rest > 0xff; rest = Math.floor(rest / 0x100)) size++
  return size
}

function write(item: RlpItem, output: Output): void {
  if (isList(item)) {
    writeHeader(output, 0xc0, output.lengths[output.next++]!)
    for (const child of item) write(child, output)
  } else if (item.length === 1 && item[0]! < 0x80) {
    output.bytes[output.at++] = item[0]!
  } else {
    writeHeader(output, 0x80, item.length)
    output.bytes.set(item, output.at)
    output.at += item.length
  }
}

function writeHeader(output: Output, base: 0x80 | 0xc0, length: number): void {
  const { bytes } = output
  if (length < 56) {
    bytes[output.at++] = base + length
    return
  }
  const size = lengthSize(length)
  bytes[output.at++] = base + 55 + size
  let rest = length
  for (let place = output.at + size - 1; place >= output.at; place--) {
    bytes[place] = rest % 0x100
    rest = Math.floor(rest / 0x100)
  }
  output.at += size
}

// Decoding: `end` is where the enclosing list stops; nothing is read or allocated beyond it.

type Input = { readonly bytes: Uint8Array; at: number; itemsLeft: number }

function read(input: Input, end: number, depth: number): RlpItem | undefined {
  if (input.at >= end || input.itemsLeft-- === 0) return undefined
  const { bytes } = input
  const first = bytes[input.at]!
  if (first < 0x80) return bytes.subarray(input.at, ++input.at)
  const length = readHeader(input, end)
  if (length === undefined) return undefined
  if (first < 0xc0) {
    if (length === 0) return emptyBytes
    const start = input.at
    input.at += length
    return bytes.subarray(start, input.at)
  }
  if (length === 0) return emptyList
  if (depth >= maxRlpDepth) return undefined
  const stop = input.at + length
  const items: RlpItem[] = []
  while (input.at < stop) {
    const item = read(input, stop, depth + 1)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

/**
 * Moves past the header of the item at `at` and gives its payload length, checked to be canonical and to end by
 * `end`. A byte below 0x80 is its own payload: nothing is skipped.
 */
function readHeader(input: Input, end: number): number | undefined {
  const { bytes } = input
  if (input.at >= end) return undefined
  const first = bytes[input.at]!
  if (first < 0x80) return 1
  const base = first < 0xc0 ? 0x80 : 0xc0
  let length = first - base
  let size = 0
  if (length > 55) {
    size = length - 55
    // More than six length bytes cannot describe an input that fits into memory.
    if (size > 6 || input.at + 1 + size > end || bytes[input.at + 1] === 0) return undefined
    length = 0
    for (let place = 0; place < size; place++) length = length * 0x100 + bytes[input.at + 1 + place]!
    if (length < 56) return undefined
  }
  const start = input.at + 1 + size
  if (start + length > end) return undefined
  if (length === 1 && base === 0x80 && bytes[start]! < 0x80) return undefined
  input.at = start
  return length
}
