export type KvOp =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

export type KvRange = {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

/**
 * Ordered key-value store with byte keys. Reads are synchronous because the engine reads synchronously.
 * Real: LevelDB; in memory: a sorted map. Failures throw `NodeError`.
 */
export type Kv = {
  get(key: Uint8Array): Uint8Array | undefined
  /** All or nothing. With `sync` it resolves only after the data is on disk. */
  batch(ops: readonly KvOp[], options: { readonly sync: boolean }): Promise<void>
  /** Entries in key order over a consistent snapshot, read in bounded chunks; the iterator is closed on every exit. */
  entries(range: KvRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
  close(): Promise<void>
}
