/**
 * Identities (hash, address, root) are lowercase hex strings, branded so that one cannot stand for the other;
 * payloads are bytes; numbers on the wire are big-endian without leading zeros.
 */
export type Hex = `0x${string}`
export type Hash = Hex & { readonly __brand: 'hash' }
export type Address = Hex & { readonly __brand: 'address' }

export const zeroHash = `0x${'00'.repeat(32)}` as Hash
export const zeroAddress = `0x${'00'.repeat(20)}` as Address
export const emptyBytes = new Uint8Array(0)

// Small arrays live on the JavaScript heap; a Buffer over one would first move it off the heap, a copy is cheaper.
const scratch = Buffer.allocUnsafeSlow(64)

/** Bytes to lowercase hex with a 0x prefix. */
export function bytesToHex(bytes: Uint8Array): Hex {
  if (bytes.length > scratch.length) return `0x${view(bytes).toString('hex')}`
  scratch.set(bytes)
  return `0x${scratch.toString('hex', 0, bytes.length)}`
}

/** 32 bytes to a hash. The caller guarantees the length. */
export function bytesToHash(bytes: Uint8Array): Hash {
  return bytesToHex(bytes) as Hash
}

/** 20 bytes to an address. The caller guarantees the length. */
export function bytesToAddress(bytes: Uint8Array): Address {
  return bytesToHex(bytes) as Address
}

/**
 * Well-formed hex of our own to bytes. For text from outside use `parseHex`. The bytes have memory of their own, not
 * a slice of a shared pool, so that posting them to another thread copies nothing else.
 */
export function hexToBytes(hex: Hex): Uint8Array {
  const bytes = new Uint8Array((hex.length - 2) >> 1)
  if (bytes.length > 64) {
    view(bytes).write(hex.slice(2), 'hex')
    return bytes
  }
  for (let place = 0, at = 2; place < bytes.length; place++, at += 2) {
    bytes[place] = (nibbles[hex.charCodeAt(at)]! << 4) | nibbles[hex.charCodeAt(at + 1)]!
  }
  return bytes
}

const nibbles = new Uint8Array(128)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  nibbles[digit.charCodeAt(0)] = value
  nibbles[digit.toUpperCase().charCodeAt(0)] = value
}

/** Any text to bytes: 0x prefix, even number of hex digits, nothing else; otherwise undefined. */
export function parseHex(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || !/^0x(?:[0-9a-fA-F]{2})*$/.test(text)) return undefined
  return hexToBytes(text as Hex)
}

/** Any text to an address (40 hex digits in any case), otherwise undefined. */
export function parseAddress(text: unknown): Address | undefined {
  return typeof text === 'string' && /^0x[0-9a-fA-F]{40}$/.test(text) ? (text.toLowerCase() as Address) : undefined
}

/** Any text to a hash (64 hex digits in any case), otherwise undefined. */
export function parseHash(text: unknown): Hash | undefined {
  return typeof text === 'string' && /^0x[0-9a-fA-F]{64}$/.test(text) ? (text.toLowerCase() as Hash) : undefined
}

/** Big-endian bytes to a number; empty is zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  if (bytes.length > 6) return BigInt(bytesToHex(bytes))
  let value = 0
  for (const byte of bytes) value = value * 0x100 + byte
  return BigInt(value)
}

/** A non-negative number to its shortest big-endian bytes; zero is empty (the RLP form). */
export function bigintToBytes(value: bigint): Uint8Array {
  if (value === 0n) return emptyBytes
  if (value < 0x1_0000_0000_0000n) return numberToBytes(Number(value))
  const digits = value.toString(16)
  return hexToBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
}

/** A non-negative number to exactly `length` big-endian bytes. */
export function bigintToFixed(value: bigint, length: number): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(length * 2, '0')}`)
}

/** Joins byte strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts)
}

/** Joins any number of byte strings: more than can be arguments of one call. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** Removes leading zero bytes. */
export function trimZeros(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length && bytes[start] === 0) start++
  return start === 0 ? bytes : bytes.subarray(start)
}

function numberToBytes(value: number): Uint8Array {
  let length = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 0x100)) length++
  const bytes = new Uint8Array(length)
  for (let place = length - 1, rest = value; place >= 0; place--, rest = Math.floor(rest / 0x100))
    bytes[place] = rest % 0x100
  return bytes
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
