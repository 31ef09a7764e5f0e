import assert from 'node:assert/strict'
import { refutationCommitment } from '../../attribution/kernel/build/commitment.ts'
import {
  encodeEntry,
  encodeReceipt,
  encodeTile,
  encodeUpdate,
  type LedgerEntry,
  type ReceiptLeaf,
  type TileLeaf,
  type UpdateLeaf,
} from '../../attribution/kernel/leaves.ts'
import { createTree, type Opening, rootOf, type Tree } from '../../attribution/kernel/merkle.ts'
import { contentRange } from '../../attribution/kernel/span/corpus.ts'
import { chunkBytes, createTextTree } from '../../attribution/kernel/text.ts'
import { type Address, concatBytes, emptyBytes, type Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { ether, senders } from '../state/testChain.ts'
import { createChecked } from './checked.ts'
import { bytesOf, type Published } from './datasets.ts'
import { type CallOptions, type Harness, inputOf, type Outcome } from './harness.ts'
import {
  corpusOfModel,
  createData,
  createModel,
  createProvider,
  honestBatch,
  type Market,
  openChannel,
  payer,
  settle,
} from './settlementMarket.ts'

// A batch of five receipts over two datanets with everything in it: copies across and inside datanets, a passage with
// more than ten holders, an output without a match, a private one, an empty one. Lies are changes of its content.

export const [challenger, rival, repairer, stranger] = senders.slice(2, 6) as [Address, Address, Address, Address]

const proverb = 'Whoever waters the garden before the sun is up will see it green in August, said the miller'
const ledger = 'The ledger of the mill was kept by the youngest daughter, in blue ink and without a mistake, for years'
const common = 'and every document that was ever printed in this town ended with these very words of thanks'
const river = 'Down by the river nobody counts the boats that pass under the old bridge on a Sunday afternoon'

/** Contents of the two datanets, by order of their commits. */
export const contents = [
  [
    `An old saying. ${proverb}. It is older than the mill.`,
    `${ledger}. So it was told.`,
    `A copy of it: ${proverb}. And one of that: ${ledger}.`,
    `Another copy: ${proverb}.`,
    ...Array.from({ length: 11 }, (_, place) => `Number ${place} of the town's papers, ${common}.`),
    `${'Filler that nobody quotes stands here for a while. '.repeat(8)}${river}`,
  ],
  [`The saying again, elsewhere: ${proverb}! And then ${river} in summer.`],
] as const

/** What is sold. */
export const outputs = [
  `You ask for it? ${proverb}. Then: ${'nothing of this is in any corpus, it only fills the lines. '.repeat(4)}${ledger}, I think; ${river}.`,
  `They wrote it down ${common} at last; ${proverb}.`,
  'This answer is the own work of a machine and quotes nobody at all, not even by chance.',
  `A private answer with ${proverb}`,
  '',
] as const

const price = 2_000n * ether

/** A market in which all of that can be sold: channels 1, 2 and 4 are used, 3 and 5 are not; 4 is private. */
export type Stage = { readonly h: Harness; readonly market: Market; readonly published: readonly Published[] }

export function createStage(): Stage {
  const h = createChecked()
  const published = contents.map((texts) => createData(h, texts))
  const model = createModel(h, published)
  const market = { provider: createProvider(h), model, corpus: corpusOfModel(h, model, published) }
  for (let index = 0; index < 5; index++) {
    openChannel(h, market, { from: payer(index), deposit: 20_000n * ether, isPrivate: index === 3 })
  }
  return { h, market, published: market.corpus as readonly Published[] }
}

/** A leaf to be encoded, or the bytes of a false one. */
export type Raw<Leaf> = Leaf | Uint8Array
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A receipt with what its roots are made of: both roots follow from it unless they are set. */
export type Told = {
  leaf: Mutable<ReceiptLeaf>
  /** Stands for the leaf. */
  raw?: Uint8Array
  tiles: Raw<TileLeaf>[]
  /** Chunks with their salts, and what the outputRoot says of them. */
  chunks: Uint8Array[]
  count: bigint
  byteLength: bigint
}

/** The content of a batch, to be changed at will before it is told. */
export type Tale = { receipts: Told[]; entries: Raw<LedgerEntry>[]; credit: bigint; ledgerRoot?: Hash }

/** A settled batch, with everything that opens it. */
export type Scene = Stage & {
  readonly batch: Hash
  readonly tale: Tale
  readonly updates: readonly UpdateLeaf[]
  readonly trees: { readonly receipts: Tree; readonly ledger: Tree; readonly updates: Tree }
  readonly traces: readonly Tree[]
  readonly texts: readonly Tree[]
}

/** Settles the batch, with this lie in it. */
export function settleTale(stage: Stage, lie: (tale: Tale) => void = () => {}): Scene {
  const { h, market } = stage
  const sale = (channel: bigint, ...texts: readonly string[]) => ({
    channel,
    sold: texts.map((output) => ({ output, price })),
  })
  const { body, args } = honestBatch(h, market, [
    sale(1n, outputs[0], outputs[1]),
    sale(2n, outputs[2], outputs[4]),
    sale(4n, outputs[3]),
  ])
  const tale: Tale = {
    receipts: body.receipts.map(({ leaf, output, tiles }) => ({
      leaf: { ...leaf },
      tiles: [...tiles],
      chunks: (output?.salts ?? []).map((salt, at) =>
        concatBytes(salt, output!.bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes)),
      ),
      count: BigInt(output?.salts.length ?? 0),
      byteLength: BigInt(output?.bytes.length ?? 0),
    })),
    entries: [...body.entries],
    credit: body.header.credit,
  }
  lie(tale)
  const told = commitTale(tale)
  const { receipts, ledger } = told.trees
  const header = {
    ...args.header,
    receiptsRoot: receipts.root,
    ledgerRoot: tale.ledgerRoot ?? ledger.root,
    entries: ledger.count,
    credit: tale.credit,
  }
  const batch = settle(h, { ...args, header })
  const updates = createTree(body.updates.map(encodeUpdate))
  return { ...stage, ...told, batch, tale, updates: body.updates, trees: { ...told.trees, updates } }
}

/** All roots of a tale. */
export function commitTale({ receipts, entries }: Tale): Pick<Scene, 'traces' | 'texts'> & {
  readonly trees: Omit<Scene['trees'], 'updates'>
} {
  const traces = receipts.map(({ tiles }) => createTree(tiles.map((tile) => rawOf(tile, encodeTile))))
  const texts = receipts.map(({ chunks, byteLength }) => createTree(chunks, byteLength))
  const leaves = receipts.map(({ leaf, raw, count, byteLength }, at) => {
    const isPrivate = leaf.channel === 4n
    const outputRoot = isPrivate ? leaf.outputRoot : rootOf(count, byteLength, texts[at]!.top)
    return raw ?? encodeReceipt({ ...leaf, outputRoot, traceRoot: traces[at]!.root })
  })
  const trees = { receipts: createTree(leaves), ledger: createTree(entries.map((entry) => rawOf(entry, encodeEntry))) }
  return { traces, texts, trees }
}

function rawOf<Leaf extends object>(leaf: Raw<Leaf>, encode: (leaf: Leaf) => Uint8Array): Uint8Array {
  return leaf instanceof Uint8Array ? leaf : encode(leaf)
}

/** What stands for an opening that there is none of. */
export const absent: Opening = { index: 0n, data: emptyBytes, path: [] }

/** The leaf at an index; none outside the tree. */
export function open(tree: Tree, index: number): Opening {
  return index >= 0 && BigInt(index) < tree.count ? tree.open(index) : absent
}

/** The openings of a scene, as calls take them. */
export function openingsOf({ trees, traces, texts, published }: Scene) {
  const span = (tree: Tree, from: number, to: number) => {
    const chunks: Opening[] = []
    for (let at = Math.floor(from / chunkBytes); at * chunkBytes < to; at++) chunks.push(tree.open(at))
    return chunks
  }
  const docRef = (corpusIndex: number, document: number) => ({
    entry: open(published[corpusIndex]!.docTree, document),
    next: open(published[corpusIndex]!.docTree, document + 1),
  })
  return {
    receipt: (index: number) => open(trees.receipts, index),
    entry: (index: number) => open(trees.ledger, index),
    update: (index: number) => open(trees.updates, index),
    trace: (receipt: number, tile: number) => open(traces[receipt]!, tile),
    tile: (receipt: number, tile: number) => ({
      receipt: open(trees.receipts, receipt),
      tiles: traces[receipt]!.count,
      tile: open(traces[receipt]!, tile),
    }),
    doc: (corpusIndex: number, document: number) => open(published[corpusIndex]!.docTree, document),
    docRef,
    output: (receipt: number, from: number, to: number) => span(texts[receipt]!, from, to),
    text: (corpusIndex: number, from: number, to: number) => span(published[corpusIndex]!.textTree, from, to),
    start: (corpusIndex: number, document: number) => published[corpusIndex]!.documents[document]!.start,
    /** Of the document's own content, where the version's text has these bytes. */
    content(corpusIndex: number, document: number, from: number, to: number) {
      const version = published[corpusIndex]!
      const { start, end } = contentRange(version, document)
      return span(createTextTree(version.text.subarray(start, end)), from - start, to - start)
    },
    found: (corpusIndex: number, document: number, offset: number, length: number) => ({
      corpusIndex: BigInt(corpusIndex),
      document: docRef(corpusIndex, document),
      offset: BigInt(offset),
      chunks: span(published[corpusIndex]!.textTree, offset, offset + length),
    }),
  }
}

/** Where this passage stands in a version's document: its offset in the version's text. */
export function offsetIn({ text, documents }: Published, document: number, passage: string): number {
  const at = Buffer.from(text).indexOf(passage, documents[document]!.start)
  assert(at >= 0 && at < (documents[document + 1]?.start ?? text.length), 'the passage is in the document')
  return at
}

type Args = Readonly<Record<string, unknown>>
export const someSalt = keccakHash(bytesOf('salt of a refutation'))

/** Commits to a call of Traces; gives its arguments with the salt. */
export function commitTo(h: Harness, from: Address, subject: Hash, name: string, given: Args): Args {
  const args = { salt: someSalt, ...given }
  h.ok(from, 'commitRefutation', {
    commitment: refutationCommitment(subject, from, someSalt, inputOf(name, args).input),
  })
  return args
}

/** Commits, lets a block pass, and calls. */
export function prove(
  { h, batch }: Pick<Scene, 'h' | 'batch'>,
  name: string,
  given: Args,
  from: Address = challenger,
  options: CallOptions = {},
): Outcome {
  const args = commitTo(h, from, batch, name, { batch, ...given })
  h.pass(1n)
  return h.call(from, name, args, options)
}

/** Runs something and undoes all of it, time included. */
export function undone<T>(h: Harness, run: () => T): T {
  const { now, blockNumber } = h
  h.world.checkpoint()
  try {
    return run()
  } finally {
    h.world.revert()
    h.now = now
    h.blockNumber = blockNumber
  }
}
