import { absent } from '../../../../attribution/kernel/build/audit.ts'
import { boundaryBytes, docRef, openAt, openChunks } from '../../../../attribution/kernel/build/openings.ts'
import type { Opening } from '../../../../attribution/kernel/merkle.ts'
import { type Attempts, anyTile } from './tools.ts'

/** Tiles and their holders. */
export const tilesAttempts: Attempts<
  'refuteTileShape' | 'refuteTileBoundary' | 'refuteHolderBytes' | 'refuteHolderDocument' | 'refuteHolderOrder'
> = {
  refuteTileShape: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const next = openAt(audit.traces[placed.receipt]!, placed.place + (random.chance(0.9) ? 1 : 2))
    return { tile: placed.ref, next: random.chance(0.7) ? next : absent }
  },
  refuteTileBoundary: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { bytes, tree } = placed.output
    const { start, length } = placed.tile
    const both = [boundaryBytes(bytes, start), boundaryBytes(bytes, start + length)]
    return { tile: placed.ref, output: openChunks(tree, ...(random.chance(0.5) ? both : [random.pick(both)])) }
  },
  refuteHolderBytes: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const holder = random.below(placed.tile.holders.length)
    const position = random.below(random.chance(0.9) ? placed.tile.length : 1_200)
    const { offset } = placed.tile.holders[holder]!
    return {
      tile: placed.ref,
      holder: BigInt(holder),
      position: BigInt(position),
      output: oneChunk(placed.output.tree, placed.tile.start + position),
      text: oneChunk(placed.content.textTree, offset + position),
    }
  },
  refuteHolderDocument: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const holder = random.below(placed.tile.holders.length)
    const { documents } = placed.content
    const right = placed.tile.holders[holder]!.document
    const document = random.chance(0.9) ? right : random.below(documents.length)
    const ref = random.chance(0.95) ? docRef(placed.content, document) : { entry: absent, next: absent }
    return { tile: placed.ref, holder: BigInt(holder), document: ref }
  },
  refuteHolderOrder: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { holders } = placed.tile
    const holder = random.below(holders.length)
    const open = (at: number) => openAt({ tree: placed.content.docTree }, holders[at]?.document ?? 0)
    return {
      tile: placed.ref,
      holder: BigInt(holder),
      document: open(holder),
      nextDocument: open(random.chance(0.9) ? holder + 1 : holder),
    }
  },
}

function oneChunk(tree: { readonly count: bigint; open(index: number): Opening }, at: number): Opening {
  return tree.open(Math.min(Number(tree.count) - 1, Math.floor(at / 256)))
}
