import { encodeTile, type LedgerEntry, type ReceiptLeaf, type TileLeaf } from '../../attribution/kernel/leaves.ts'
import { concatBytes, type Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { bytesOf } from './datasets.ts'
import { absent, offsetIn, type openingsOf, type Scene, type Tale } from './tracesScene.ts'

/** One lie and the call that proves it. */
export type Case = {
  readonly name: `refute${string}`
  readonly what: string
  readonly lie: (tale: Tale) => void
  readonly args: (open: ReturnType<typeof openingsOf>, scene: Scene) => Readonly<Record<string, unknown>>
  /** The receipt whose D the fault weighs; undefined: that of the batch. */
  readonly receipt?: number
}

// In the scene: receipts 0 and 1 are of channel 1, 2 and 3 (empty output) of channel 2, 4 (private) of channel 4.
// Version 0 is the small one. Tiles: 0/0 proverb, 0/1 ledger, 0/2 river, 1/0 common, 1/1 proverb.

const other: Hash = keccakHash(bytesOf('something else'))
const [small, big] = [0, 1]
const emptyTile: TileLeaf = {
  start: 0,
  length: 32,
  common: 0,
  paidEnd: 32,
  corpusIndex: 0,
  holders: [{ document: 0, offset: 0 }],
}

const tileOf = (tale: Tale, receipt: number, tile: number) => tale.receipts[receipt]!.tiles[tile] as TileLeaf
const entryOf = (tale: Tale, index: number) => tale.entries[index] as LedgerEntry

function leaf(index: number, changes: (leaf: ReceiptLeaf) => Partial<ReceiptLeaf>) {
  return (tale: Tale) => {
    const { leaf } = tale.receipts[index]!
    Object.assign(leaf, changes(leaf))
  }
}

function tile(receipt: number, index: number, changes: (tile: TileLeaf) => Partial<TileLeaf>) {
  return (tale: Tale) => {
    const before = tileOf(tale, receipt, index)
    tale.receipts[receipt]!.tiles[index] = { ...before, ...changes(before) }
  }
}

const rawReceipt = (index: number, bytes: number) => (tale: Tale) => {
  tale.receipts[index]!.raw = new Uint8Array(bytes)
}

const rawEntry = (index: number, bytes: number) => (tale: Tale) => {
  tale.entries[index] = new Uint8Array(bytes)
}

function entry(index: number, changes: (entry: LedgerEntry) => Partial<LedgerEntry>) {
  return (tale: Tale) => {
    const before = entryOf(tale, index)
    tale.entries[index] = { ...before, ...changes(before) }
  }
}

const withoutHolder = (at: number) =>
  tile(1, 1, ({ holders }) => ({ holders: holders.filter((_, place) => place !== at) }))

const receiptCases: readonly Case[] = [
  { what: 'a leaf that is no receipt', lie: rawReceipt(0, 215) },
  { what: 'an output above 8,192 bytes', lie: leaf(0, () => ({ outputLength: 8193 })) },
  { what: 'a falling sum', index: 1, lie: leaf(1, ({ previousCumulative: p }) => ({ cumulative: p - 1n })) },
  { what: 'a private receipt with tiles', index: 4, lie: (tale: Tale) => void tale.receipts[4]!.tiles.push(emptyTile) },
  { what: 'tiles of no output', index: 3, lie: (tale: Tale) => void tale.receipts[3]!.tiles.push(emptyTile) },
  { what: 'sequence 0', lie: leaf(0, () => ({ sequence: 0n })) },
].map(({ what, lie, index = 0 }) => ({
  name: 'refuteReceiptLeaf',
  what,
  lie,
  args: (open) => ({ receipt: open.receipt(index) }),
}))

const linkCases: readonly Case[] = [
  { what: 'channels fall', index: 3, lie: leaf(3, () => ({ channel: 1n })) },
  { what: 'a sequence gap', index: 1, lie: leaf(1, () => ({ sequence: 3n })) },
  {
    what: 'a sum that does not go on',
    index: 1,
    lie: leaf(1, (l) => ({ previousCumulative: l.previousCumulative - 1n })),
  },
  { what: 'a head of nothing', index: 1, lie: leaf(1, () => ({ headAfter: other })) },
  { what: 'a head over other content', index: 1, lie: leaf(1, (l) => ({ tokensOut: l.tokensOut + 1 })) },
  { what: 'a running margin in a channel', index: 1, lie: leaf(1, (l) => ({ marginBefore: l.marginBefore + 1n })) },
  { what: 'a running margin between channels', index: 4, lie: leaf(4, (l) => ({ marginBefore: l.marginBefore - 1n })) },
].map(({ what, index, lie }) => ({
  name: 'refuteReceiptLink',
  what,
  lie,
  args: (open) => ({ receipt: open.receipt(index - 1), next: open.receipt(index) }),
}))

const endsCases: readonly Case[] = [
  { what: 'the margin begins above 0', index: 0, lie: leaf(0, () => ({ marginBefore: 1n })) },
  { what: 'the credit begins above 0', index: 0, lie: leaf(0, () => ({ creditBefore: 1n })) },
  { what: 'the margin ends elsewhere', index: 4, lie: leaf(4, (l) => ({ marginBefore: l.marginBefore + 1n })) },
].map(({ what, index, lie }) => ({
  name: 'refuteReceiptEnds',
  what,
  lie,
  args: (open) => ({ receipt: open.receipt(index) }),
}))

const creditCases: readonly Case[] = [
  {
    what: 'it grows by more than the tiles earn',
    index: 0,
    tiles: 3,
    lie: leaf(1, (l) => ({ creditBefore: l.creditBefore + 1n })),
  },
  { what: 'the last tile says other paid bytes', index: 0, tiles: 3, lie: tile(0, 2, () => ({ paidEnd: 288 })) },
  { what: 'it grows without tiles', index: 2, tiles: 0, lie: leaf(3, (l) => ({ creditBefore: l.creditBefore + 1n })) },
  { what: "it leads to less than the batch's", index: 4, tiles: 0, lie: (tale: Tale) => void tale.credit-- },
].map(({ what, index, tiles, lie }) => ({
  name: 'refuteRunningCredit',
  what,
  lie,
  args: (open) => ({
    receipt: open.receipt(index),
    next: open.receipt(index + 1),
    tiles: BigInt(tiles),
    lastTile: open.trace(index, tiles - 1),
  }),
}))

const startCases: readonly Case[] = [
  { what: 'another sum before', at: [0, 0] as const, lie: leaf(0, () => ({ previousCumulative: 1n })) },
  { what: 'another sequence', at: [0, 0] as const, lie: leaf(0, () => ({ sequence: 2n })) },
  { what: 'another head', at: [0, 0] as const, lie: leaf(0, () => ({ headAfter: other })) },
  { what: 'inside the batch', at: [1, 2] as const, lie: leaf(2, () => ({ previousCumulative: 1n })) },
].map(({ what, at: [update, first], lie }) => ({
  name: 'refuteChannelStart',
  what,
  lie,
  args: (open) => ({ update: open.update(update), previous: open.receipt(first - 1), first: open.receipt(first) }),
}))

const endCases: readonly Case[] = [
  { what: 'another sum after', at: [0, 1] as const, lie: leaf(1, (l) => ({ cumulative: l.cumulative + 1n })) },
  { what: 'another sequence', at: [0, 1] as const, lie: leaf(1, () => ({ sequence: 1n })) },
  { what: 'another head', at: [0, 1] as const, lie: leaf(1, () => ({ headAfter: other })) },
  { what: 'at the end of the batch', at: [2, 4] as const, lie: leaf(4, () => ({ headAfter: other })) },
].map(({ what, at: [update, last], lie }) => ({
  name: 'refuteChannelEnd',
  what,
  lie,
  args: (open) => ({ update: open.update(update), last: open.receipt(last), next: open.receipt(last + 1) }),
}))

const channelOf =
  (channel: bigint, ...receipts: readonly number[]) =>
  (tale: Tale) => {
    for (const index of receipts) tale.receipts[index]!.leaf.channel = channel
  }

const channelCases: readonly Case[] = [
  ...[
    { what: 'between two others', update: 1, right: 4, lie: channelOf(1n, 2, 3) },
    { what: 'before all', update: 0, right: 0, lie: channelOf(2n, 0, 1) },
    { what: 'behind all', update: 2, right: 5, lie: channelOf(2n, 4) },
  ].map(
    ({ what, update, right, lie }): Case => ({
      name: 'refuteMissingChannel',
      what,
      lie,
      args: (open) => ({ update: open.update(update), left: open.receipt(right - 1), right: open.receipt(right) }),
    }),
  ),
  ...[
    { what: 'between two updates', receipt: 4, right: 2, lie: channelOf(3n, 4) },
    { what: 'before all updates', receipt: 0, right: 0, lie: channelOf(0n, 0) },
    { what: 'behind all updates', receipt: 4, right: 3, lie: channelOf(5n, 4) },
  ].map(
    ({ what, receipt, right, lie }): Case => ({
      name: 'refuteUnknownChannel',
      what,
      lie,
      args: (open) => ({ receipt: open.receipt(receipt), left: open.update(right - 1), right: open.update(right) }),
    }),
  ),
]

const outputCases: readonly Case[] = [
  ...[
    { what: 'a root over more bytes', lie: (tale: Tale) => void tale.receipts[0]!.byteLength++ },
    { what: 'a root over fewer chunks', lie: (tale: Tale) => void tale.receipts[0]!.count-- },
  ].map(
    ({ what, lie }): Case => ({
      name: 'refuteOutputLength',
      what,
      lie,
      args: (open, { tale, texts }) => {
        const { count, byteLength } = tale.receipts[0]!
        return { receipt: open.receipt(0), count, byteLength, top: texts[0]!.top }
      },
    }),
  ),
  ...[
    { what: 'too long', change: (chunk: Uint8Array) => concatBytes(chunk, Uint8Array.of(0)) },
    { what: 'too short', change: (chunk: Uint8Array) => chunk.slice(1) },
  ].map(
    ({ what, change }): Case => ({
      name: 'refuteOutputLeaf',
      what,
      lie: (tale) => {
        const { chunks } = tale.receipts[0]!
        chunks[1] = change(chunks[1]!)
      },
      args: (open, { texts }) => ({ receipt: open.receipt(0), chunk: texts[0]!.open(1) }),
    }),
  ),
]

const rawTile = (change: (bytes: Uint8Array) => Uint8Array) => (tale: Tale) => {
  tale.receipts[0]!.tiles[0] = change(encodeTile(tileOf(tale, 0, 0)))
}

const shapeCases: readonly Case[] = [
  { what: 'no tile at all', at: 0, lie: rawTile((bytes) => bytes.slice(0, -1)) },
  {
    what: 'a flag that is neither 0 nor 1',
    at: 0,
    lie: rawTile((bytes) => bytes.map((byte, i) => (i === 4 ? 2 : byte))),
  },
  { what: 'common with two holders', at: 0, lie: rawTile((bytes) => bytes.map((byte, i) => (i === 4 ? 1 : byte))) },
  { what: 'no holders', at: 0, lie: rawTile((bytes) => bytes.slice(0, 8)) },
  { what: 'too short', at: 1, lie: tile(0, 1, () => ({ length: 31 })) },
  { what: 'too long', at: 1, lie: tile(0, 1, () => ({ length: 1025 })) },
  { what: 'beyond the output', at: 2, lie: tile(0, 2, () => ({ length: 96 })) },
  { what: 'beyond the corpus', at: 1, lie: tile(0, 1, () => ({ corpusIndex: 2 })) },
  { what: 'a document twice', at: 1, lie: tile(0, 1, ({ holders: [a] }) => ({ holders: [a!, a!] })) },
  { what: 'paid bytes of the first', at: 0, lie: tile(0, 0, () => ({ paidEnd: 92 })) },
  { what: 'paid bytes of a first common one', at: 0, receipt: 1, lie: tile(1, 0, () => ({ paidEnd: 91 })) },
  { what: 'an overlap', at: 0, next: true, lie: tile(0, 1, () => ({ start: 100 })) },
  { what: 'out of order', at: 1, next: true, lie: tile(0, 2, () => ({ start: 0 })) },
  { what: 'paid bytes beside the next', at: 1, next: true, lie: tile(0, 2, () => ({ paidEnd: 290 })) },
  { what: 'paid bytes of a common one', at: 0, next: true, receipt: 1, lie: tile(1, 1, () => ({ paidEnd: 183 })) },
].map(({ what, at, lie, next = false, receipt = 0 }) => ({
  name: 'refuteTileShape',
  what,
  lie,
  receipt,
  args: (open) => ({ tile: open.tile(receipt, at), next: next ? open.trace(receipt, at + 1) : absent }),
}))

const boundaryCases: readonly Case[] = [
  {
    what: 'a start inside a word',
    at: 1,
    lie: tile(0, 1, () => ({ start: 352, length: 101 })),
    span: [350, 353] as const,
  },
  { what: 'an end inside a word', at: 2, lie: tile(0, 2, () => ({ length: 90 })), span: [552, 555] as const },
  { what: 'both shown at once', at: 2, lie: tile(0, 2, () => ({ length: 90 })), span: [462, 555] as const },
].map(({ what, at, lie, span: [from, to] }) => ({
  name: 'refuteTileBoundary',
  what,
  lie,
  receipt: 0,
  args: (open) => ({ tile: open.tile(0, at), output: open.output(0, from, to) }),
}))

const holderCases: readonly Case[] = [
  {
    name: 'refuteHolderBytes',
    what: 'an offset beside the passage',
    receipt: 0,
    lie: tile(0, 0, ({ holders: [a, b] }) => ({ holders: [a!, { ...b!, offset: b!.offset + 1 }] })),
    args: (open) => ({
      tile: open.tile(0, 0),
      holder: 1n,
      position: 2n,
      output: open.output(0, 18, 19)[0],
      text: open.text(big, 272, 273)[0],
    }),
  },
  ...[
    { what: 'no document of the version', at: 1, change: { document: 16 }, document: undefined },
    { what: 'an offset in another document', at: 1, change: { offset: 15 }, document: 2 },
    { what: 'beyond the end of the document', at: 0, change: { offset: 50 }, document: 0 },
  ].map(
    ({ what, at, change, document }): Case => ({
      name: 'refuteHolderDocument',
      what,
      receipt: 0,
      lie: tile(0, 0, ({ holders }) => ({ holders: holders.map((h, i) => (i === at ? { ...h, ...change } : h)) })),
      args: (open) => ({
        tile: open.tile(0, 0),
        holder: BigInt(at),
        document: document === undefined ? { entry: absent, next: absent } : open.docRef(big, document),
      }),
    }),
  ),
  {
    name: 'refuteHolderDocument',
    what: 'beyond the end of the last document',
    receipt: 0,
    lie: tile(0, 2, ({ holders: [a] }) => ({ holders: [{ ...a!, offset: 2_364 }] })),
    args: (open) => ({ tile: open.tile(0, 2), holder: 0n, document: open.docRef(big, 15) }),
  },
  {
    name: 'refuteHolderOrder',
    what: 'the later first',
    receipt: 1,
    lie: tile(1, 1, ({ holders: [a, b, c] }) => ({ holders: [a!, c!, b!] })),
    args: (open, { tale }) => {
      const [, second, third] = tileOf(tale, 1, 1).holders
      return {
        tile: open.tile(1, 1),
        holder: 1n,
        document: open.doc(big, second!.document),
        nextDocument: open.doc(big, third!.document),
      }
    },
  },
]

const removed =
  (receipt: number, at: number, count = 1) =>
  (tale: Tale) =>
    void tale.receipts[receipt]!.tiles.splice(at, count)

const spanCases: readonly Case[] = [
  ...[58, 93].map(
    (length): Case => ({
      name: 'refuteLongerTile',
      what: `by an end at ${length} of 93`,
      receipt: 0,
      lie: tile(0, 0, () => ({ length: 40, paidEnd: 40 })),
      args: (open) => ({
        tile: open.tile(0, 0),
        length: BigInt(length),
        output: open.output(0, 16, 17 + length),
        found: open.found(big, 0, 15, length),
      }),
    }),
  ),
  ...[
    { what: 'the first', at: 0, lie: removed(0, 0), start: 16, length: 93, where: [big, 0, 15] as const },
    { what: 'one between two', at: 1, lie: removed(0, 1), start: 351, length: 102, where: [big, 1, 135] as const },
    {
      what: 'the last, at the end of the output',
      at: 2,
      lie: removed(0, 2),
      start: 464,
      length: 94,
      where: [big, 15, 2363] as const,
    },
    { what: 'all', at: 0, lie: removed(0, 0, 3), start: 351, length: 102, where: [big, 1, 135] as const },
    { what: 'shown by a part of it', at: 1, lie: removed(0, 1), start: 351, length: 38, where: [big, 2, 379] as const },
  ].map(
    ({ what, at, lie, start, length, where: [version, document, offset] }): Case => ({
      name: 'refuteMissingTile',
      what,
      receipt: 0,
      lie,
      args: (open, { traces }) => ({
        receipt: open.receipt(0),
        tiles: traces[0]!.count,
        left: open.trace(0, at - 1),
        right: open.trace(0, at),
        start: BigInt(start),
        length: BigInt(length),
        output: open.output(0, Math.max(0, start - 2), Math.min(559, start + length + 1)),
        found: open.found(version, document, offset, length),
      }),
    }),
  ),
  {
    name: 'refutePayee',
    what: 'an earlier one in the same version',
    receipt: 0,
    lie: tile(0, 0, ({ holders: [, b] }) => ({ holders: [b!] })),
    args: (open, { tale }) => ({
      tile: open.tile(0, 0),
      payee: open.doc(big, tileOf(tale, 0, 0).holders[0]!.document),
      output: open.output(0, 16, 109),
      found: open.found(big, 0, 15, 93),
    }),
  },
  {
    name: 'refutePayee',
    what: 'an earlier one in another version',
    receipt: 0,
    // At the byte behind the proverb the two datanets differ.
    lie: tile(0, 0, () => ({ length: 92, paidEnd: 92, corpusIndex: small, holders: [{ document: 0, offset: 28 }] })),
    args: (open, { tale }) => {
      const { corpusIndex, holders, length } = tileOf(tale, 0, 0)
      return {
        tile: open.tile(0, 0),
        payee: open.doc(corpusIndex, holders[0]!.document),
        output: open.output(0, 16, 16 + length),
        found: open.found(big, 0, 15, length),
      }
    },
  },
  ...[0, 1, 2].map(
    (dropped): Case => ({
      name: 'refuteUnlistedHolder',
      what: ['before the first', 'between two', 'behind the last'][dropped]!,
      receipt: 1,
      lie: withoutHolder(dropped),
      args: (open, { tale, published }) => {
        const { holders } = tileOf(tale, 1, 1)
        const document = [0, 2, 3][dropped]!
        const at = (place: number) => (holders[place] ? open.doc(big, holders[place].document) : absent)
        const offset = offsetIn(published[big]!, document, 'Whoever waters')
        return {
          tile: open.tile(1, 1),
          position: BigInt(dropped),
          left: at(dropped - 1),
          right: at(dropped),
          output: open.output(1, 120, 212),
          found: open.found(big, document, offset, 92),
        }
      },
    }),
  ),
]

const ledgerCases: readonly Case[] = [
  ...[
    {
      what: 'a leaf that is no entry',
      at: 1,
      alone: true,
      lie: rawEntry(1, 61),
    },
    { what: 'a next leaf that is none', at: 1, lie: rawEntry(2, 63) },
    { what: 'contributions fall', at: 0, lie: (tale: Tale) => void tale.entries.unshift(...tale.entries.splice(1, 1)) },
    { what: 'an entry twice', at: 0, lie: (tale: Tale) => void tale.entries.unshift(tale.entries[0]!) },
    { what: 'receipts fall', at: 1, lie: entry(1, () => ({ receipt: 2 })) },
    { what: 'tiles fall', at: 1, lie: entry(2, () => ({ receipt: 0, tile: 0 })) },
    { what: 'a prefix out of sum', at: 1, lie: entry(2, (e) => ({ prefix: e.prefix + 1n })) },
  ].map(
    ({ what, at, lie, alone = false }): Case => ({
      name: 'refuteLedgerLink',
      what,
      lie,
      args: (open) => ({ entry: open.entry(at), next: alone ? absent : open.entry(at + 1) }),
    }),
  ),
  ...[
    { what: 'prefixes begin above 0', at: 0, lie: entry(0, () => ({ prefix: 1n })) },
    { what: "the sum is not the batch's", at: 3, lie: entry(3, (e) => ({ wei: e.wei + 1n })) },
  ].map(
    ({ what, at, lie }): Case => ({ name: 'refuteLedgerEnds', what, lie, args: (open) => ({ entry: open.entry(at) }) }),
  ),
  {
    name: 'refuteEntry',
    what: 'of no receipt',
    lie: entry(3, () => ({ receipt: 5 })),
    args: (open) => ({ entry: open.entry(3), tile: { receipt: absent, tiles: 0n, tile: absent }, payee: absent }),
  },
  ...[
    { what: 'of no tile', index: 3, at: [0, 2] as const, lie: entry(3, () => ({ tile: 3 })), receipt: 0 },
    {
      what: 'of an empty trace',
      index: 3,
      at: [2, 0] as const,
      lie: entry(3, () => ({ receipt: 2, tile: 0 })),
      receipt: 2,
    },
    { what: 'of a common tile', index: 2, at: [1, 0] as const, lie: entry(2, () => ({ tile: 0 })), receipt: 1 },
    { what: 'of more wei', index: 2, at: [1, 1] as const, lie: entry(2, (e) => ({ wei: e.wei + 1n })), receipt: 1 },
    { what: 'of less wei', index: 2, at: [1, 1] as const, lie: entry(2, () => ({ wei: 0n })), receipt: 1 },
  ].map(
    ({ what, index, at, lie, receipt }): Case => ({
      name: 'refuteEntry',
      what,
      receipt,
      lie,
      args: (open) => ({ entry: open.entry(index), tile: open.tile(at[0], at[1]), payee: absent }),
    }),
  ),
  {
    name: 'refuteEntry',
    what: 'of another contribution',
    receipt: 0,
    lie: entry(3, () => ({ contribution: other })),
    args: (open) => ({ entry: open.entry(3), tile: open.tile(0, 2), payee: open.doc(big, 15) }),
  },
  ...[0, 1, 3].map(
    (dropped): Case => ({
      name: 'refuteMissingEntry',
      what: `number ${dropped} of 4`,
      receipt: 0,
      lie: (tale) => void tale.entries.splice(dropped, 1),
      args: (open) => ({
        tile: open.tile(0, [1, 0, undefined, 2][dropped]!),
        payee: open.doc(big, [1, 0, undefined, 15][dropped]!),
        left: open.entry(dropped - 1),
        right: open.entry(dropped),
      }),
    }),
  ),
  {
    name: 'refuteMissingEntry',
    what: 'all of them',
    receipt: 0,
    lie: (tale) => {
      tale.entries = []
      tale.credit = 0n
    },
    args: (open) => ({ tile: open.tile(0, 1), payee: open.doc(big, 1), left: absent, right: absent }),
  },
]

/** Every way in which a batch can be false, each with its proof. */
export const cases: readonly Case[] = [
  ...receiptCases,
  ...linkCases,
  ...endsCases,
  ...creditCases,
  ...startCases,
  ...endCases,
  ...channelCases,
  ...outputCases,
  ...shapeCases,
  ...boundaryCases,
  ...holderCases,
  ...spanCases,
  ...ledgerCases,
]
