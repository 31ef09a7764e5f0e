import { assert } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'

/** A `Kv` in memory. After `close` it refuses everything; the entries are gone with the last reference. */
export function createMemoryKv(): Kv {
  const values = new Map<string, Uint8Array>()
  let sortedKeys: string[] | undefined
  let isOpen = true

  function inOrder(): string[] {
    sortedKeys ??= [...values.keys()].sort()
    return sortedKeys
  }

  return {
    get(key) {
      assert(isOpen, 'the database is closed')
      return values.get(textOf(key))
    },
    async batch(ops) {
      assert(isOpen, 'the database is closed')
      for (const op of ops) {
        const key = textOf(op.key)
        if (op.type === 'put') {
          if (!values.has(key)) sortedKeys = undefined
          values.set(key, op.value.slice())
        } else if (values.delete(key)) sortedKeys = undefined
      }
    },
    async *entries({ gte, lt, reverse = false, limit }) {
      assert(isOpen, 'the database is closed')
      const keys = inOrder()
      const chosen = keys.slice(firstFrom(keys, textOf(gte)), firstFrom(keys, textOf(lt)))
      if (reverse) chosen.reverse()
      // The values are taken now: what is written meanwhile is not seen.
      const snapshot = chosen.slice(0, limit).map((key) => [bytesOf(key), values.get(key)!] as const)
      for (const entry of snapshot) yield entry
    },
    async close() {
      isOpen = false
    },
  }
}

/** One character per byte: strings then compare as bytes do. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}

function bytesOf(key: string): Uint8Array {
  return new Uint8Array(Buffer.from(key, 'latin1'))
}

/** The index of the first key at or after `bound`. */
function firstFrom(keys: readonly string[], bound: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}
