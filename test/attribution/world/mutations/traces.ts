import {
  decodeTile,
  encodeTile,
  type Holder,
  maxHolders,
  type TileLeaf,
} from '../../../../attribution/kernel/leaves.ts'
import type { Corpus } from '../../../../attribution/kernel/span/corpus.ts'
import { traceOutput } from '../../../../attribution/kernel/span/trace.ts'
import type { Draft } from '../draft.ts'
import type { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import { damage, type Mutation, pickOne, publicReceipts, replaceAt } from './tools.ts'

// Traces with false tiles. What follows from the tiles (paid bytes, sums, ledger) is made to fit them.

export const tilesToPrivate: Mutation = (draft, random) => {
  const from = draft.receipts.find(({ tiles }) => tiles.length > 0)
  const closed = draft.receipts.filter(({ output, receipt }) => output === undefined || receipt.outputLength === 0)
  const target = pickOne(random, closed)
  if (target !== undefined) target.tiles = from?.tiles ?? [inventedTile(random, 40)]
}

export const dropTile = onTrace((tiles, random) => {
  const dropped = random.below(tiles.length)
  return tiles.filter((_, at) => at !== dropped)
})
export const noTiles = onTrace(() => [])
export const repeatTile = onTrace((tiles, random) => {
  const at = random.below(tiles.length)
  return [...tiles.slice(0, at + 1), ...tiles.slice(at)]
})
export const swapTiles = onTrace((tiles, random) => random.shuffle(tiles))
export const shortenTile = onTile((tile, random) => ({
  ...tile,
  length: Math.max(0, tile.length - random.between(1, 40)),
}))
export const lengthenTile = onTile((tile, random) => ({ ...tile, length: tile.length + random.between(1, 40) }))
export const startLater = onTile((tile, random) => {
  const by = random.between(1, 12)
  return {
    ...tile,
    start: tile.start + by,
    length: Math.max(0, tile.length - by),
    holders: tile.holders.map(({ document, offset }) => ({ document, offset: offset + by })),
  }
})
export const startEarlier = onTile((tile, random) => {
  const by = Math.min(random.between(1, 12), tile.start, ...tile.holders.map(({ offset }) => offset))
  return {
    ...tile,
    start: tile.start - by,
    length: tile.length + by,
    holders: tile.holders.map(({ document, offset }) => ({ document, offset: offset - by })),
  }
})
export const anyField = onTile((tile, random) => {
  const name = random.pick(['start', 'length', 'corpusIndex'] as const)
  return {
    ...tile,
    [name]: name === 'corpusIndex' ? random.below(random.chance(0.7) ? 4 : 256) : Number(random.bits(16)),
  }
})
/** Cut in two where both halves can stand. */
export const splitTile = onTrace((tiles, random) => {
  const at = random.below(tiles.length)
  const tile = tiles[at]!
  const cut = random.between(1, Math.max(1, tile.length - 1))
  const halves = [
    { ...tile, length: cut },
    {
      ...tile,
      start: tile.start + cut,
      length: tile.length - cut,
      holders: tile.holders.map(({ document, offset }) => ({ document, offset: offset + cut })),
    },
  ]
  return [...tiles.slice(0, at), ...halves, ...tiles.slice(at + 1)]
})

export const dropHolder = onHolders((holders, random) => {
  const dropped = random.below(holders.length)
  return holders.filter((_, at) => at !== dropped)
})
export const dropPayee = onHolders((holders) => holders.slice(1))
export const swapHolders = onHolders((holders, random) => random.shuffle(holders))
export const repeatHolder = onHolders((holders, random) => [...holders, random.pick(holders)])
export const otherDocument = onHolders((holders, random, { versions }, { corpusIndex }) => {
  const documents = versions[corpusIndex]?.content.documents.length ?? 1
  return replaceAt(holders, random.below(holders.length), (holder) => ({
    ...holder,
    document: random.chance(0.8) ? random.below(documents) : Number(random.bits(32)),
  }))
})
export const otherOffset = onHolders((holders, random) =>
  replaceAt(holders, random.below(holders.length), (holder) => ({
    ...holder,
    offset: random.chance(0.8) ? Math.max(0, holder.offset + random.between(-60, 60)) : Number(random.bits(40)),
  })),
)
export const addHolder = onHolders((holders, random, { versions }, { corpusIndex }) => {
  const documents = versions[corpusIndex]?.content.documents ?? []
  const document = random.below(documents.length + 1)
  const holder = { document, offset: (documents[document]?.start ?? 0) + random.below(40) }
  const at = random.below(holders.length + 1)
  return [...holders.slice(0, at), holder, ...holders.slice(at)]
})
/** A common tile that pays, or one that pays made common by naming anything. */
export const flipCommon = onTile((tile, random, { versions }) => {
  if (tile.common === 1) return { ...tile, common: 0, holders: tile.holders.slice(0, random.between(1, maxHolders)) }
  const documents = versions[tile.corpusIndex]?.content.documents ?? []
  const others = documents.map(({ start }, document) => ({ document, offset: start }))
  return { ...tile, common: 1, holders: [...tile.holders, ...others] }
})
/** Another of the documents that hold a common tile: allowed, if it does hold it. */
export const otherCommon = onTile((tile, random, { plainCorpus }) => {
  if (tile.common === 0) return tile
  const documents = plainCorpus[tile.corpusIndex]!.documents
  const others = documents.map(({ start }, document) => ({ document, offset: start + random.below(30) }))
  return { ...tile, holders: [...tile.holders.slice(0, 10), random.pick(others)] }
})

export const paidEnd: Mutation = (draft, random) => {
  const found = pickTile(draft, random)
  if (found === undefined) return
  const { target, at, tile } = found
  const changed = random.chance(0.5) ? tile.paidEnd + 1 : Number(random.bits(16))
  target.tiles = replaceAt(target.tiles, at, () => encodeTile({ ...tile, paidEnd: changed & 0xffff }))
}

export const inventTile = onTrace((tiles, random, { plainCorpus }) => {
  const corpusIndex = random.below(Math.max(1, plainCorpus.length))
  const documents = plainCorpus[corpusIndex]?.documents ?? []
  const document = random.below(Math.max(1, documents.length))
  const last = tiles.at(-1)
  const start = random.chance(0.5) && last !== undefined ? last.start + last.length + 1 : random.below(200)
  const invented: TileLeaf = {
    start,
    length: random.between(32, 60),
    common: 0,
    paidEnd: 0,
    corpusIndex,
    holders: [{ document, offset: documents[document]?.start ?? 0 }],
  }
  return [...tiles, invented].sort((a, b) => a.start - b.start)
}, true)

export const rawTile: Mutation = (draft, random) => {
  const target = pickOne(
    random,
    draft.receipts.filter(({ tiles }) => tiles.length > 0),
  )
  if (target === undefined) return
  target.tiles = replaceAt(target.tiles, random.below(target.tiles.length), (tile) => damage(random, tile))
}

/** The trace as it would be without a document, without a whole version, or with a blind eye for short tiles. */
export const retrace: Mutation = (draft, random, scenario) => {
  const { plainCorpus, body } = scenario
  const kind = random.below(3)
  const reduced =
    kind === 0 ? withoutDocument(random, plainCorpus) : kind === 1 ? withoutVersion(random, plainCorpus) : plainCorpus
  const least = kind === 2 ? random.between(33, 80) : 0
  for (const [index, { output }] of body.receipts.entries()) {
    const target = draft.receipts[index]
    if (output === undefined || target === undefined || target.output === undefined) continue
    const tiles = traceOutput(output.bytes, reduced).filter(({ length }) => length >= least)
    target.tiles = payTiles(tiles).map(encodeTile)
  }
}

type TraceChange = (tiles: readonly TileLeaf[], random: Random, scenario: Scenario) => readonly TileLeaf[]

/** Changes the tiles of one trace; paid bytes follow. */
function onTrace(change: TraceChange, evenEmpty = false): Mutation {
  return (draft, random, scenario) => {
    const target = pickOne(
      random,
      publicReceipts(draft).filter(({ tiles }) => evenEmpty || tiles.length > 0),
    )
    if (target === undefined) return
    const tiles = target.tiles.map(decodeTile).filter((tile) => tile !== undefined)
    if (tiles.length === 0 && !evenEmpty) return
    target.tiles = payTiles(change(tiles, random, scenario)).map(encodeTile)
  }
}

function onTile(change: (tile: TileLeaf, random: Random, scenario: Scenario) => TileLeaf): Mutation {
  return onTrace((tiles, random, scenario) =>
    replaceAt(tiles, random.below(tiles.length), (tile) => change(tile, random, scenario)),
  )
}

function onHolders(
  change: (holders: readonly Holder[], random: Random, scenario: Scenario, tile: TileLeaf) => readonly Holder[],
): Mutation {
  return onTile((tile, random, scenario) => ({ ...tile, holders: change(tile.holders, random, scenario, tile) }))
}

/** Tiles that can be encoded, with the paid bytes that follow from them. */
function payTiles(tiles: readonly TileLeaf[]): readonly TileLeaf[] {
  let paid = 0
  return tiles.flatMap((tile) => {
    const common = tile.common === 1 && tile.holders.length > maxHolders ? 1 : 0
    const holders = tile.holders.slice(0, common === 1 ? maxHolders + 1 : maxHolders).map(fitHolder)
    if (holders.length === 0) return []
    const [start, length] = [tile.start & 0xffff, tile.length & 0xffff]
    if (common === 0) paid = (paid + length) & 0xffff
    return [{ ...tile, start, length, common, holders, paidEnd: paid } as const]
  })
}

function fitHolder({ document, offset }: Holder): Holder {
  return { document: document >>> 0, offset: offset % 2 ** 40 }
}

function inventedTile(random: Random, length: number): Uint8Array {
  return encodeTile({
    start: 0,
    length,
    common: 0,
    paidEnd: length,
    corpusIndex: 0,
    holders: [{ document: 0, offset: random.below(9) }],
  })
}

function pickTile(draft: Draft, random: Random) {
  const target = pickOne(
    random,
    draft.receipts.filter(({ tiles }) => tiles.length > 0),
  )
  if (target === undefined) return undefined
  const at = random.below(target.tiles.length)
  const tile = decodeTile(target.tiles[at]!)
  return tile && { target, at, tile }
}

/** A version with the document's bytes blinded: indexes of documents stay. */
function withoutDocument(random: Random, corpus: Corpus): Corpus {
  const at = random.below(Math.max(1, corpus.length))
  return corpus.map((version, index) => {
    if (index !== at) return version
    const document = random.below(version.documents.length)
    const [from, to] = [
      version.documents[document]!.start,
      version.documents[document + 1]?.start ?? version.text.length,
    ]
    return { ...version, text: version.text.map((byte, place) => (place >= from && place < to ? 0 : byte)) }
  })
}

function withoutVersion(random: Random, corpus: Corpus): Corpus {
  const at = random.below(Math.max(1, corpus.length))
  return corpus.map((version, index) => (index === at ? { ...version, text: version.text.map(() => 0) } : version))
}
