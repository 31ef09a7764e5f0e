import type { Hash } from '../../core/hex.ts'
import type { L1Record } from '../../l1/derive/record.ts'

/** The newest L1 blocks that were folded, without a gap. */
export type L1Window = {
  /** Follows the records: those that are new, oldest first, and those that are gone. */
  update(): { readonly added: readonly L1Record[]; readonly gone: readonly L1Record[] }
  byHash(hash: Hash): L1Record | undefined
  oldest(): L1Record | undefined
  newest(): L1Record | undefined
}

/** Where derivation is; `record`: undefined for what was not folded, or long ago. */
export type Records = { tip(): L1Record; record(l1Number: bigint): L1Record | undefined }

/** A window over the last `depth` records, empty until its first update. */
export function createL1Window({ tip, record }: Records, depth: number): L1Window {
  let records: readonly L1Record[] = []
  let byHash: ReadonlyMap<Hash, L1Record> = new Map()

  return {
    update() {
      const newest = tip()
      const bottom = newest.block.number - BigInt(depth) + 1n
      const added: L1Record[] = []
      let next: L1Record | undefined = newest
      while (next !== undefined && next.block.number >= bottom && !byHash.has(next.block.hash)) {
        added.push(next)
        // A development L1 may begin with the chain's origin.
        next = next.block.number === 0n ? undefined : record(next.block.number - 1n)
      }
      added.reverse()
      const lowest = added[0]?.block.number ?? newest.block.number + 1n
      const stays = ({ block: { number } }: L1Record) => number >= bottom && number < lowest
      const gone = records.filter((old) => !stays(old))
      if (added.length > 0 || gone.length > 0) {
        records = [...records.filter(stays), ...added]
        byHash = new Map(records.map((kept) => [kept.block.hash, kept]))
      }
      return { added, gone }
    },
    byHash: (hash) => byHash.get(hash),
    oldest: () => records[0],
    newest: () => records.at(-1),
  }
}
