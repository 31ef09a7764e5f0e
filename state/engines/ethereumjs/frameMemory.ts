const firstBytes = 1_024
const nothing = new Uint8Array(0)
const maxU64 = 0xffff_ffff_ffff_ffffn

/**
 * The memory of one call frame, in place of the library's: it grows by doubling and converts words without text. A
 * class because there is one per frame and the interpreter calls it on every other opcode.
 */
export class FrameMemory {
  _store = nothing
  private view = new DataView(nothing.buffer)

  /** Makes room for `size` bytes from `offset`; their gas is paid, so it is never more than some megabytes. */
  extend(offset: number, size: number): void {
    const end = offset + size
    if (size === 0 || end <= this._store.length) return
    let length = Math.max(firstBytes, 2 * this._store.length)
    while (length < end) length *= 2
    const grown = new Uint8Array(length)
    grown.set(this._store)
    this._store = grown
    this.view = new DataView(grown.buffer)
  }

  write(offset: number, size: number, value: Uint8Array): void {
    if (size === 0) return
    this.extend(offset, size)
    this._store.set(value, offset)
  }

  /** Writes `size` bytes of `source` from `start`, zeros beyond its end. */
  copyFrom(offset: number, size: number, source: Uint8Array, start: bigint): void {
    this.extend(offset, size)
    const from = start < BigInt(source.length) ? Number(start) : source.length
    const part = source.subarray(from, from + size)
    this._store.set(part, offset)
    this._store.fill(0, offset + part.length, offset + size)
  }

  /** A copy, or with `avoidCopy` a view that is good until the next write. */
  read(offset: number, size: number, avoidCopy = false): Uint8Array<ArrayBuffer> {
    this.extend(offset, size)
    return avoidCopy ? this._store.subarray(offset, offset + size) : this._store.slice(offset, offset + size)
  }

  readWord(offset: number): bigint {
    this.extend(offset, 32)
    return wordAt(this.view, offset)
  }

  writeWord(offset: number, word: bigint): void {
    this.extend(offset, 32)
    const { view } = this
    if (word <= maxU64) {
      view.setBigUint64(offset, 0n)
      view.setBigUint64(offset + 8, 0n)
      view.setBigUint64(offset + 16, 0n)
    } else {
      view.setBigUint64(offset, word >> 192n)
      view.setBigUint64(offset + 8, word >> 128n)
      view.setBigUint64(offset + 16, word >> 64n)
    }
    view.setBigUint64(offset + 24, word)
  }

  writeByte(offset: number, byte: number): void {
    this.extend(offset, 1)
    this._store[offset] = byte
  }
}

/** 32 bytes as a number. */
export function wordOf(bytes: Uint8Array, start = 0): bigint {
  return wordAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), start)
}

function wordAt(view: DataView, offset: number): bigint {
  const low = (view.getBigUint64(offset + 16) << 64n) | view.getBigUint64(offset + 24)
  const a = view.getBigUint64(offset)
  const b = view.getBigUint64(offset + 8)
  return a === 0n && b === 0n ? low : (a << 192n) | (b << 128n) | low
}

/** A number as 32 bytes. */
export function wordBytes(word: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(24, word)
  if (word > maxU64) {
    view.setBigUint64(16, word >> 64n)
    view.setBigUint64(8, word >> 128n)
    view.setBigUint64(0, word >> 192n)
  }
  return bytes
}
