import { assert } from '../../core/errors.ts'
import { bigintToFixed, bytesToBigint, bytesToHash, type Hash, hexToBytes } from '../../core/hex.ts'

/** One field of a record of fixed width: so many bytes, big-endian, every value of them meaningful. */
export type Field<T> = {
  readonly size: number
  read(bytes: Uint8Array, at: number): T
  write(bytes: Uint8Array, at: number, value: T): void
}

/** The fields of a record by name, in their order. */
export type Fields = Readonly<Record<string, Field<number> | Field<bigint> | Field<Hash>>>

/** The record that a table of fields describes. */
export type RecordOf<Table extends Fields> = {
  readonly [Name in keyof Table]: Table[Name] extends Field<infer T> ? T : never
}

/** Encodes records to bytes and back: the fields in the order of the table, without gaps. */
export type Codec<T> = { readonly size: number; encode(value: T): Uint8Array; decode(bytes: Uint8Array): T | undefined }

/** An unsigned number of up to 6 bytes: a length or an index. */
export function number(size: 1 | 2 | 4 | 5 | 6): Field<number> {
  const limit = 2 ** (8 * size)
  return {
    size,
    read: (bytes, at) => {
      let value = 0
      for (let place = at; place < at + size; place++) value = value * 0x100 + bytes[place]!
      return value
    },
    write: (bytes, at, value) => {
      assert(Number.isInteger(value) && value >= 0 && value < limit, `a number of ${size} bytes`)
      for (let place = at + size - 1, rest = value; place >= at; place--, rest = Math.floor(rest / 0x100)) {
        bytes[place] = rest % 0x100
      }
    },
  }
}

/** An unsigned integer: an amount in wei, a time, a counter. */
export function integer(size: number): Field<bigint> {
  const limit = 1n << BigInt(8 * size)
  return {
    size,
    read: (bytes, at) => bytesToBigint(bytes.subarray(at, at + size)),
    write: (bytes, at, value) => {
      assert(value >= 0n && value < limit, `an integer of ${size} bytes`)
      bytes.set(bigintToFixed(value, size), at)
    },
  }
}

/** 32 bytes. */
export const hash: Field<Hash> = {
  size: 32,
  read: (bytes, at) => bytesToHash(bytes.subarray(at, at + 32)),
  write: (bytes, at, value) => {
    assert(value.length === 66, 'a hash is 32 bytes')
    bytes.set(hexToBytes(value), at)
  },
}

/** The codec of a table. `decode` gives undefined for any other size; `encode` asserts that every value fits. */
export function createCodec<Table extends Fields>(table: Table): Codec<RecordOf<Table>> {
  const fields = Object.entries(table) as readonly (readonly [string, Field<unknown>])[]
  const size = fields.reduce((sum, [, field]) => sum + field.size, 0)
  return {
    size,
    encode: (value) => {
      const bytes = new Uint8Array(size)
      let at = 0
      for (const [name, field] of fields) {
        field.write(bytes, at, value[name])
        at += field.size
      }
      return bytes
    },
    decode: (bytes) => {
      if (bytes.length !== size) return undefined
      const value: Record<string, unknown> = {}
      let at = 0
      for (const [name, field] of fields) {
        value[name] = field.read(bytes, at)
        at += field.size
      }
      return value as RecordOf<Table>
    },
  }
}
