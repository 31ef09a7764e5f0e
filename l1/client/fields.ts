import {
  type Address,
  emptyBytes,
  type Hash,
  parseAddress,
  parseHash,
  parseHex,
  zeroAddress,
  zeroHash,
} from '../../core/hex.ts'

/**
 * A reader of one JSON object from an L1 node. A field that is absent or of another shape sets `malformed` and gives a
 * neutral value, so that a reader checks once, at the end. Content is not trusted: hashes over it decide.
 */
export type JsonFields = { readonly values: Readonly<Record<string, unknown>>; malformed: boolean }

/** Reads any JSON value; what is no object is malformed from the start. */
export function openJson(value: unknown): JsonFields {
  return isObject(value) ? { values: value, malformed: false } : { values: {}, malformed: true }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True if the field is there and not null. */
export function has(fields: JsonFields, name: string): boolean {
  return get(fields, name) !== undefined
}

/** A hex quantity below 2^256. */
export function quantity(fields: JsonFields, name: string): bigint {
  const value = parseQuantity(get(fields, name))
  if (value === undefined) fields.malformed = true
  return value ?? 0n
}

export function hash(fields: JsonFields, name: string): Hash {
  const value = parseHash(get(fields, name))
  if (value === undefined) fields.malformed = true
  return value ?? zeroHash
}

export function address(fields: JsonFields, name: string): Address {
  const value = parseAddress(get(fields, name))
  if (value === undefined) fields.malformed = true
  return value ?? zeroAddress
}

export function bytes(fields: JsonFields, name: string): Uint8Array {
  const value = parseHex(get(fields, name))
  if (value === undefined) fields.malformed = true
  return value ?? emptyBytes
}

/** A list, each item read by `read`, which says whether it is malformed; stops at the first that is. */
export function list<T>(fields: JsonFields, name: string, read: (item: unknown) => T | undefined): readonly T[] {
  const items = get(fields, name)
  const values: T[] = []
  if (!Array.isArray(items)) fields.malformed = true
  else {
    for (const item of items) {
      const value = read(item)
      if (value === undefined) {
        fields.malformed = true
        break
      }
      values.push(value)
    }
  }
  return values
}

/** A hex quantity as a number below 2^256; leading zeros are let through. Otherwise undefined. */
export function parseQuantity(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value) ? BigInt(value) : undefined
}

function get(fields: JsonFields, name: string): unknown {
  return Object.hasOwn(fields.values, name) ? (fields.values[name] ?? undefined) : undefined
}
