import type { Hash } from '../core/hex.ts'
import { createLru } from './lru.ts'
import type { EvidenceEntry, EvidenceReads } from './rollup.ts'

/** Evidence as anybody may ask for it. */
export type ServedEvidence = {
  list(): Promise<readonly EvidenceEntry[]>
  /** A bundle as JSON text; undefined: there is none of this id. */
  bundle(id: Hash): Promise<string | 'too_large' | undefined>
}

/** A reading of the whole table serves everybody who asks within this time. */
const listMs = 10_000
/** Larger bundles are for the owner of the node: they are files in its data folder. In characters. */
export const maxServedBundle = 4 << 20
/** Texts of bundles that are kept, in characters. */
const cacheChars = 16 << 20

/** Bundles are megabytes, and strangers ask for them: each is read once, and the list every ten seconds at most. */
export function serveEvidence(reads: EvidenceReads, nowMs: () => number): ServedEvidence {
  const texts = createLru<Hash, string>(cacheChars)
  let reading: { readonly entries: Promise<readonly EvidenceEntry[]>; readonly sinceMs: number } | undefined

  function list(): Promise<readonly EvidenceEntry[]> {
    const sinceMs = nowMs()
    if (reading === undefined || sinceMs - reading.sinceMs >= listMs) {
      const entries = reads.list()
      reading = { entries, sinceMs }
      // What has failed is not kept.
      entries.catch(() => {
        reading = undefined
      })
    }
    return reading.entries
  }

  return {
    list,
    async bundle(id) {
      const known = texts.get(id)
      if (known !== undefined) return known
      const entry = (await list()).find((other) => other.id === id)
      if (entry === undefined) return undefined
      if (entry.size > maxServedBundle) return 'too_large'
      const bundle = await reads.bundle(id)
      if (bundle === undefined) return undefined
      const text = JSON.stringify(bundle)
      texts.set(id, text, text.length)
      return text
    },
  }
}
