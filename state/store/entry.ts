import { crc32c } from '../../core/crc32c.ts'
import { NodeError } from '../../core/errors.ts'
import type { Kv, KvOp } from '../../core/ports/kv.ts'
import { describeKey } from './tables.ts'

/** A write of a sealed value: the bytes, then the CRC-32C of key and bytes (big-endian). */
export function putSealed(key: Uint8Array, value: Uint8Array): KvOp {
  const { length } = value
  const seal = crc32c(value, crc32c(key))
  const sealed = new Uint8Array(length + 4)
  sealed.set(value)
  for (let place = 0; place < 4; place++) sealed[length + place] = seal >>> (24 - 8 * place)
  return { type: 'put', key, value: sealed }
}

/** The value without its seal, as a view; undefined if the seal does not fit key and value. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - 4
  if (length < 0) return undefined
  const value = sealed.subarray(0, length)
  const seal = crc32c(value, crc32c(key))
  for (let place = 0; place < 4; place++) {
    if (sealed[length + place] !== ((seal >>> (24 - 8 * place)) & 0xff)) return undefined
  }
  return value
}

/** The value of a sealed entry, undefined if there is none. Throws a fatal `NodeError` that names a damaged one. */
export function getSealed(kv: Pick<Kv, 'get'>, key: Uint8Array): Uint8Array | undefined {
  const sealed = kv.get(key)
  if (sealed === undefined) return undefined
  const value = unseal(key, sealed)
  if (value === undefined) throw entryDamaged(key)
  return value
}

/** An entry is there, but is not what was written. */
export function entryDamaged(key: Uint8Array): NodeError {
  return new NodeError({
    code: 'entry_damaged',
    severity: 'fatal',
    message: `damaged database entry: ${describeKey(key)}`,
    fix: 'run `openledger db verify`; restore the data directory from a backup or import the chain again',
  })
}

/** An entry that others point to is not there. */
export function entryMissing(key: Uint8Array): NodeError {
  return new NodeError({
    code: 'entry_missing',
    severity: 'fatal',
    message: `missing database entry: ${describeKey(key)}`,
    fix: 'run `openledger db verify`; restore the data directory from a backup or import the chain again',
  })
}
