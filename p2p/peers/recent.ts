/** A map that forgets what was touched longest ago once it holds more than `max`. */
export type Recent<V> = {
  /** Touches. */
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): boolean
  /** From the one touched longest ago. */
  entries(): IterableIterator<[key: string, value: V]>
  readonly size: number
}

export function createRecent<V>(max: number): Recent<V> {
  const map = new Map<string, V>()
  return {
    get(key) {
      const value = map.get(key)
      if (value === undefined) return undefined
      map.delete(key)
      map.set(key, value)
      return value
    },
    set(key, value) {
      map.delete(key)
      map.set(key, value)
      for (const oldest of map.keys()) {
        if (map.size <= max) break
        map.delete(oldest)
      }
    },
    delete: (key) => map.delete(key),
    entries: () => map.entries(),
    get size() {
      return map.size
    },
  }
}
