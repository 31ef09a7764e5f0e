import type { Hash } from '../../core/hex.ts'
import type { KvOp } from '../../core/ports/kv.ts'
import type { L1Source } from '../source.ts'
import { blobOp, type L1Store } from './records.ts'

/**
 * L1 with an archive of blobs: L1 nodes drop theirs after some weeks, and without them nobody could derive the chain.
 * Blobs come from the archive first; those that come from L1 are in the archive before they are used.
 */
export function withArchive(
  source: L1Source,
  store: Pick<L1Store, 'blob'>,
  write: (ops: readonly KvOp[]) => Promise<void>,
): L1Source {
  return {
    ...source,
    async blobs(block, hashes) {
      const found = new Map<Hash, Uint8Array>()
      for (const hash of hashes) {
        const blob = store.blob(hash)
        if (blob !== undefined) found.set(hash, blob)
      }
      const missing = hashes.filter((hash) => !found.has(hash))
      if (missing.length === 0) return found
      const fetched = await source.blobs(block, missing)
      await write([...fetched].map(([hash, blob]) => blobOp(hash, blob)))
      for (const [hash, blob] of fetched) found.set(hash, blob)
      return found
    },
  }
}
