const [t0, t1, t2, t3] = createTables()

/**
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4) as an unsigned 32-bit number; pass the last result to continue. Every
 * stored entry carries one, so it takes four bytes a step ("slicing by 4").
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  let at = 0
  for (const end = bytes.length - 3; at < end; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc = t3[crc & 0xff]! ^ t2[(crc >>> 8) & 0xff]! ^ t1[(crc >>> 16) & 0xff]! ^ t0[crc >>> 24]!
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Table n holds the effect of a byte that n more bytes follow. */
function createTables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const first = new Int32Array(256)
  for (let index = 0; index < 256; index++) {
    let crc = index
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    first[index] = crc
  }
  const follow = (table: Int32Array) => table.map((crc) => first[crc & 0xff]! ^ (crc >>> 8))
  const second = follow(first)
  const third = follow(second)
  return [first, second, third, follow(third)]
}
