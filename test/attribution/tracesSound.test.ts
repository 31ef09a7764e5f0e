import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DocLeaf, encodeDoc, type TileLeaf } from '../../attribution/kernel/leaves.ts'
import { createTree, type Opening } from '../../attribution/kernel/merkle.ts'
import { traceOutput } from '../../attribution/kernel/span/trace.ts'
import { createSaltedTree, saltsOf } from '../../attribution/kernel/text.ts'
import { versions } from '../../attribution/storage/datanets.ts'
import { channels } from '../../attribution/storage/settlement.ts'
import { keccak256 } from '../../core/keccak.ts'
import { bytesOf, type Published } from './datasets.ts'
import { cases } from './tracesCases.ts'
import {
  absent,
  createStage,
  offsetIn,
  openingsOf,
  outputs,
  prove,
  type Scene,
  settleTale,
  type Tale,
  undone,
} from './tracesScene.ts'

// Honest providers are safe whatever the curators of their corpus did; private outputs stay private.

const stage = createStage()
const { h } = stage
const big = 1
const errorOf = (outcome: ReturnType<typeof prove>) => (outcome.ok ? '' : outcome.error)

/** The scene with other documents in the big version: its docRoot says so, the text stays. */
function withDocuments(scene: Scene, change: (docs: (DocLeaf | Uint8Array)[]) => void): Scene {
  const { version, documents, text, textTree } = scene.published[big]!
  const docs: (DocLeaf | Uint8Array)[] = [...documents]
  change(docs)
  const docTree = createTree(docs.map((doc) => (doc instanceof Uint8Array ? doc : encodeDoc(doc))))
  versions.set(h.store, { docRoot: docTree.root, documents: docTree.count }, version)
  const published: Published = { version, text, textTree, docTree, documents: docs as DocLeaf[] }
  return { ...scene, published: scene.published.map((each, at) => (at === big ? published : each)) }
}

test('a version that lists a contribution twice does not make the traces of honest providers false', () =>
  undone(h, () => {
    // Document 2, a copy of the proverb, is listed as the contribution of document 0.
    const twice = ([first, , third]: readonly DocLeaf[]): DocLeaf => ({ ...first!, start: third!.start })
    const { market } = stage
    const corpus = market.corpus.map((version, at) =>
      at === big
        ? { ...version, documents: version.documents.map((doc, d) => (d === 2 ? twice(version.documents) : doc)) }
        : version,
    )
    const tiles = traceOutput(bytesOf(outputs[1]), corpus)
    assert.deepEqual(
      tiles[1]!.holders.map(({ document }) => document),
      [0, 3],
    )
    const settled = settleTale(stage, (tale) => {
      tale.receipts[1]!.tiles = [...tiles]
    })
    const scene = withDocuments(settled, (docs) => docs.splice(2, 1, twice(docs as DocLeaf[])))
    const open = openingsOf(scene)
    const offset = offsetIn(scene.published[big]!, 2, 'Whoever waters')
    for (const [position, left, right] of [
      [0n, absent, open.doc(big, 0)],
      [1n, open.doc(big, 0), open.doc(big, 3)],
      [2n, open.doc(big, 3), absent],
    ] as const) {
      const args = {
        ...{ tile: open.tile(1, 1), position, left, right, output: open.output(1, 120, 212) },
        found: open.found(big, 2, offset, 92),
      }
      assert.equal(errorOf(prove(scene, 'refuteUnlistedHolder', args)), 'InvalidProof')
    }
    const payee = {
      ...{ tile: open.tile(1, 1), payee: open.doc(big, 0), output: open.output(1, 120, 212) },
      found: open.found(big, 2, offset, 92),
    }
    assert.equal(errorOf(prove(scene, 'refutePayee', payee)), 'InvalidProof')
    const order = { tile: open.tile(1, 1), holder: 0n, document: open.doc(big, 0), nextDocument: open.doc(big, 3) }
    assert.equal(errorOf(prove(scene, 'refuteHolderOrder', order)), 'InvalidProof')
  }))

test('one document of a contribution listed twice cannot be a holder beside the other', () =>
  undone(h, () => {
    const scene = withDocuments(settleTale(stage), (docs) => {
      const [first, , third] = docs as DocLeaf[]
      docs[2] = { ...first!, start: third!.start }
    })
    const open = openingsOf(scene)
    const args = { tile: open.tile(1, 1), holder: 0n, document: open.doc(big, 0), nextDocument: open.doc(big, 2) }
    assert(prove(scene, 'refuteHolderOrder', args).ok)
  }))

test('documents whose entries cannot be read, or do not ascend, are empty: they hold nothing and prove nothing', () => {
  const lies: readonly {
    readonly change: (docs: (DocLeaf | Uint8Array)[]) => void
    readonly empty: readonly number[]
  }[] = [
    { change: (docs) => docs.splice(1, 1, new Uint8Array(44)), empty: [0, 1] },
    { change: (docs) => docs.splice(2, 1, { ...(docs[2] as DocLeaf), start: 0 }), empty: [1] },
    { change: (docs) => docs.splice(0, 1, { ...(docs[0] as DocLeaf), start: 2 ** 39 }), empty: [0] },
  ]
  for (const { change, empty } of lies)
    undone(h, () => {
      const noTiles = (tale: Tale) => void tale.receipts[0]!.tiles.splice(0)
      const passages = [
        [16, 93, 15],
        [351, 102, 135],
      ] as const
      const honest = withDocuments(
        undone(h, () => settleTale(stage)),
        change,
      )
      for (const document of empty) {
        // Nothing is missing that only an empty document holds.
        undone(h, () => {
          const scene = withDocuments(settleTale(stage, noTiles), change)
          const open = openingsOf(scene)
          const [start, length, offset] = passages[document]!
          const args = {
            ...{ receipt: open.receipt(0), tiles: 0n, left: absent, right: absent },
            ...{ start: BigInt(start), length: BigInt(length) },
            output: open.output(0, start - 2, start + length + 1),
            found: open.found(big, document, offset, length),
          }
          assert.equal(errorOf(prove(scene, 'refuteMissingTile', args)), 'InvalidProof')
        })
        // And whoever lists it lists no holder.
        undone(h, () => {
          const scene = { ...honest, ...withDocuments(settleTale(stage), change) }
          const open = openingsOf(scene)
          const args = { tile: open.tile(0, document), holder: 0n, document: open.docRef(big, document) }
          assert(prove(scene, 'refuteHolderDocument', args).ok)
        })
      }
    })
})

test('whoever knows a private output can prove nothing missing in it', () =>
  undone(h, () => {
    const scene = settleTale(stage)
    const open = openingsOf(scene)
    const bytes = bytesOf(outputs[3])
    const output = createSaltedTree(bytes, saltsOf(keccak256(bytesOf('salts 4 0')), bytes.length))
    assert.equal(output.root, scene.tale.receipts[4]!.leaf.outputRoot)
    const args = {
      ...{ receipt: open.receipt(4), tiles: 0n, left: absent, right: absent, start: 22n, length: 91n },
      output: [output.open(0)],
      found: open.found(big, 0, 15, 91),
    }
    assert.equal(errorOf(prove(scene, 'refuteMissingTile', args)), 'InvalidProof')
    // Only the channel's word stands against it.
    channels.set(h.store, { isPrivate: false }, 4n)
    assert(prove(scene, 'refuteMissingTile', args).ok)
  }))

test('a proof brings exactly the chunks that it needs', () => {
  let lists = 0
  for (const { name, lie, args } of cases)
    undone(h, () => {
      const scene = settleTale(stage, lie)
      const right = args(openingsOf(scene), scene)
      const found = right.found as { chunks: Opening[] } | undefined
      const variants: Readonly<Record<string, unknown>>[] = []
      const vary = (chunks: Opening[], put: (chunks: Opening[]) => Readonly<Record<string, unknown>>) => {
        lists++
        variants.push(put(chunks.slice(1)), put([...chunks, chunks[0]!]), put([absent, ...chunks]))
        if (chunks.length > 1) variants.push(put([...chunks].reverse()))
      }
      if (Array.isArray(right.output)) vary(right.output as Opening[], (output) => ({ ...right, output }))
      if (found !== undefined) vary(found.chunks, (chunks) => ({ ...right, found: { ...found, chunks } }))
      for (const variant of variants) {
        const outcome = undone(h, () => prove(scene, name, variant))
        // Of the chunks that show the two ends of a tile, those of one end may do.
        if (name === 'refuteTileBoundary' && outcome.ok) assert((variant.output as Opening[]).length > 0)
        else assert(['InvalidOpening', 'InvalidProof'].includes(errorOf(outcome)), name)
      }
    })
  assert(lists > 20)
})

test('a tile may begin at the start of the output and end at its end', () =>
  undone(h, () => {
    const scene = settleTale(stage)
    const open = openingsOf(scene)
    const tile = scene.tale.receipts[1]!.tiles[1] as TileLeaf
    assert.equal(tile.start + tile.length, scene.tale.receipts[1]!.leaf.outputLength)
    for (const output of [open.output(1, 118, 121), []])
      assert.equal(errorOf(prove(scene, 'refuteTileBoundary', { tile: open.tile(1, 1), output })), 'InvalidProof')
  }))
