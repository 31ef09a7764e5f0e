const table = createTable()

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4) as an unsigned 32-bit number; pass the last result to continue. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function createTable(): Int32Array {
  const entries = new Int32Array(256)
  for (let index = 0; index < 256; index++) {
    let crc = index
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    entries[index] = crc
  }
  return entries
}
