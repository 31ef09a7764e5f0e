import { assert } from '../../core/errors.ts'
import { type Address, bigintToFixed, concatBytes, type Hash, type Hex, hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import type { Store } from './store.ts'

/** Field types of stored records; a field never crosses a word. */
export type FieldType = 'bytes32' | 'address' | 'bool' | `uint${number}`

type FieldValue<T> = T extends 'bytes32' ? Hash : T extends 'address' ? Address : T extends 'bool' ? boolean : bigint

export type Fields = Readonly<Record<string, FieldType>>
export type RecordValue<F extends Fields> = { readonly [K in keyof F]: FieldValue<F[K]> }

/** Keys of a mapping: hashes, addresses, or numbers. */
export type Key = Hex | bigint

/**
 * A mapping from keys to records in one account's storage, laid out as Solidity lays out `mapping(… => struct)` at
 * position `position`: the slot of a record is keccak(key ‖ position), nested for several keys, and fields fill words
 * from the low end in their order. Absent records read as zeros.
 */
export type RecordTable<F extends Fields> = {
  readonly address: Address
  readonly name: string
  readonly position: bigint
  readonly fields: F
  readonly keys: readonly string[]
  /** All fields: reads every word. */
  get(store: Store, ...keys: readonly Key[]): RecordValue<F>
  /** One field: reads its word. */
  field<K extends keyof F & string>(store: Store, name: K, ...keys: readonly Key[]): FieldValue<F[K]>
  /** These fields: reads each word that holds one of them, once. */
  pick<K extends keyof F & string>(
    store: Store,
    names: readonly K[],
    ...keys: readonly Key[]
  ): { readonly [N in K]: FieldValue<F[N]> }
  /** Writes the given fields, each changed word once; the others stay. */
  set(store: Store, values: Partial<RecordValue<F>>, ...keys: readonly Key[]): void
  /** Zeroes every word. */
  clear(store: Store, ...keys: readonly Key[]): void
  /** The slot of a field, for `eth_getProof`: which word, and where in it (bits from the low end). */
  place(
    name: keyof F & string,
    ...keys: readonly Key[]
  ): { readonly slot: Hash; readonly shift: bigint; readonly bits: bigint }
}

type Place = { readonly word: number; readonly shift: bigint; readonly mask: bigint; readonly bits: bigint }

/** Defines a record. `keys` names what it is found by, for docs. */
export function defineRecord<const F extends Fields>(definition: {
  readonly address: Address
  readonly name: string
  readonly position: bigint
  readonly keys: readonly string[]
  readonly fields: F
}): RecordTable<F> {
  const { address, position, fields } = definition
  const { places, words } = layOut(fields)
  type Value = RecordValue<F>

  function baseOf(keys: readonly Key[]): bigint {
    assert(keys.length === definition.keys.length, 'wrong number of keys')
    let slot = position
    for (const key of keys) slot = BigInt(hexOf(keccak256(concatBytes(keyWord(key), bigintToFixed(slot, 32)))))
    return slot
  }

  return {
    ...definition,
    get(store, ...keys) {
      const base = baseOf(keys)
      const loaded: bigint[] = []
      for (let word = 0; word < words; word++) loaded.push(store.load(address, slotAt(base, word)))
      const value: Record<string, unknown> = {}
      for (const [name, place] of places) value[name] = unpack(fields[name]!, loaded[place.word]!, place)
      return value as Value
    },
    field(store, name, ...keys) {
      const place = places.get(name)!
      return unpack(fields[name]!, store.load(address, slotAt(baseOf(keys), place.word)), place) as never
    },
    pick(store, names, ...keys) {
      const base = baseOf(keys)
      const loaded = new Map<number, bigint>()
      const value: Record<string, unknown> = {}
      for (const name of names) {
        const place = places.get(name)!
        if (!loaded.has(place.word)) loaded.set(place.word, store.load(address, slotAt(base, place.word)))
        value[name] = unpack(fields[name]!, loaded.get(place.word)!, place)
      }
      return value as never
    },
    set(store, values, ...keys) {
      const base = baseOf(keys)
      const before = new Map<number, bigint>()
      const changed = new Map<number, bigint>()
      for (const [name, place] of places) {
        const value = values[name]
        if (value === undefined) continue
        if (!before.has(place.word)) before.set(place.word, store.load(address, slotAt(base, place.word)))
        const word = changed.get(place.word) ?? before.get(place.word)!
        const bits = BigInt(value as Hex | bigint | boolean)
        assert(bits >= 0n && bits <= place.mask, 'value out of its field')
        changed.set(place.word, (word & ~(place.mask << place.shift)) | (bits << place.shift))
      }
      for (const [word, value] of changed)
        if (value !== before.get(word)) store.save(address, slotAt(base, word), value)
    },
    clear(store, ...keys) {
      const base = baseOf(keys)
      for (let word = 0; word < words; word++) {
        const slot = slotAt(base, word)
        if (store.load(address, slot) !== 0n) store.save(address, slot, 0n)
      }
    },
    place(name, ...keys) {
      const { word, shift, bits } = places.get(name)!
      return { slot: slotAt(baseOf(keys), word), shift, bits }
    },
  }
}

function layOut(fields: Fields): { readonly places: ReadonlyMap<string, Place>; readonly words: number } {
  const places = new Map<string, Place>()
  let word = 0
  let used = 0
  for (const [name, type] of Object.entries(fields)) {
    const bits = bitsOf(type)
    if (used + bits > 256) {
      word++
      used = 0
    }
    places.set(name, { word, shift: BigInt(used), mask: (1n << BigInt(bits)) - 1n, bits: BigInt(bits) })
    used += bits
  }
  return { places, words: word + 1 }
}

function bitsOf(type: FieldType): number {
  if (type === 'bytes32') return 256
  if (type === 'address') return 160
  return type === 'bool' ? 8 : Number(type.slice(4))
}

function unpack(type: FieldType, word: bigint, { shift, mask }: Place): unknown {
  const value = (word >> shift) & mask
  if (type === 'bytes32') return hexWord(value)
  if (type === 'address') return `0x${value.toString(16).padStart(40, '0')}`
  return type === 'bool' ? value !== 0n : value
}

function slotAt(base: bigint, word: number): Hash {
  return hexWord(BigInt.asUintN(256, base + BigInt(word)))
}

function hexWord(value: bigint): Hash {
  return `0x${value.toString(16).padStart(64, '0')}` as Hash
}

function hexOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}

/** A key as a word: numbers and addresses are padded on the left, as Solidity does. */
function keyWord(key: Key): Uint8Array {
  if (typeof key === 'bigint') return bigintToFixed(key, 32)
  return key.length === 66 ? hexToBytes(key) : bigintToFixed(BigInt(key), 32)
}
