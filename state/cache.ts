/** A bounded map that keeps what was used lately. */
export type Cache<K, V> = {
  get(key: K): V | undefined
  set(key: K, value: V): void
  delete(key: K): void
  clear(): void
}

/**
 * Two generations: new and used entries live in the young one; when it has half of `limit`, it becomes the old one and
 * what was in the old one is forgotten. A hit in the young generation costs one map read. `weigh` gives an entry's share
 * of the limit, by default 1.
 */
export function createCache<K, V>(limit: number, weigh: (value: V) => number = () => 1): Cache<K, V> {
  let young = new Map<K, V>()
  let old = new Map<K, V>()
  let weight = 0

  function set(key: K, value: V): void {
    young.set(key, value)
    weight += weigh(value)
    if (weight < limit / 2) return
    old = young
    young = new Map()
    weight = 0
  }

  return {
    set,
    get(key) {
      const value = young.get(key)
      if (value !== undefined) return value
      const kept = old.get(key)
      if (kept !== undefined) set(key, kept)
      return kept
    },
    delete(key) {
      young.delete(key)
      old.delete(key)
    },
    clear() {
      young = new Map()
      old = new Map()
      weight = 0
    },
  }
}
