import { assert, NodeError } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import type { KvOp } from '../../core/ports/kv.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import type { L1Source } from '../source.ts'
import { blobOp, type L1Store } from './records.ts'

/**
 * Where blobs are looked for that L1 has not: whoever answers is not trusted. `isRight` tells whether bytes are the blob,
 * so that a wrong answer can be blamed on somebody and another one be asked; what is returned is checked in any case.
 */
export type MorePlaces = (
  hash: Hash,
  isRight: (blob: Uint8Array) => Promise<boolean>,
) => Promise<Uint8Array | undefined>

/**
 * L1 with an archive of blobs: L1 nodes drop theirs after some weeks, and without them nobody could derive the chain.
 * Blobs come from the archive first, then from L1, then from anybody else; those that do not come from the archive are
 * in it before they are used, even if others are missing yet.
 */
export function withArchive(
  source: L1Source,
  store: Pick<L1Store, 'blob'>,
  write: (ops: readonly KvOp[]) => Promise<void>,
  morePlaces?: MorePlaces,
): L1Source {
  const { isBlobOf } = source
  assert(morePlaces === undefined || isBlobOf !== undefined, 'who looks for blobs elsewhere can check them')

  async function fetch(block: L1Block, hashes: readonly Hash[], found: Map<Hash, Uint8Array>): Promise<void> {
    await keep(await source.blobs(block, hashes), found)
  }

  async function keep(blobs: ReadonlyMap<Hash, Uint8Array>, found: Map<Hash, Uint8Array>): Promise<void> {
    if (blobs.size === 0) return
    await write([...blobs].map(([hash, blob]) => blobOp(hash, blob)))
    for (const [hash, blob] of blobs) found.set(hash, blob)
  }

  async function findBlob(ask: MorePlaces, hash: Hash): Promise<Uint8Array | undefined> {
    let right: Uint8Array | undefined
    async function isRight(blob: Uint8Array): Promise<boolean> {
      if (blob !== right && (await isBlobOf?.(blob, hash)) === true) right = blob
      return blob === right
    }
    const blob = await ask(hash, isRight)
    return blob !== undefined && (await isRight(blob)) ? blob : undefined
  }

  return {
    ...source,
    async blobs(block, hashes) {
      const found = new Map<Hash, Uint8Array>()
      const missing = () => hashes.filter((hash) => !found.has(hash))
      for (const hash of hashes) {
        const blob = store.blob(hash)
        if (blob !== undefined) found.set(hash, blob)
      }
      if (missing().length === 0) return found
      try {
        await fetch(block, missing(), found)
      } catch (error) {
        if (morePlaces === undefined || !(error instanceof NodeError) || error.severity === 'fatal') throw error
        const before = missing().length
        for (const hash of missing()) {
          const blob = await findBlob(morePlaces, hash)
          if (blob !== undefined) await keep(new Map([[hash, blob]]), found)
        }
        const rest = missing()
        // L1 gives all that it is asked for or nothing: it may have these.
        if (rest.length === before) throw error
        if (rest.length > 0) await fetch(block, rest, found)
      }
      return found
    },
  }
}
