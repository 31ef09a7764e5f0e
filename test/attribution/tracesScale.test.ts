import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  encodeDoc,
  encodeReceipt,
  encodeTile,
  type ReceiptLeaf,
  type TileLeaf,
} from '../../attribution/kernel/leaves.ts'
import { createTree, type Opening, rootOf } from '../../attribution/kernel/merkle.ts'
import { chunk, createSaltedTree, saltsOf } from '../../attribution/kernel/text.ts'
import { versions } from '../../attribution/storage/datanets.ts'
import { batches } from '../../attribution/storage/settlement.ts'
import { bytesToHash, concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import { bytesOf } from './datasets.ts'
import { inputOf } from './harness.ts'
import { absent, createStage, prove, settleTale, undone } from './tracesScene.ts'

/** A tree of which only some leaves are known; every other subtree is a hash of its place. */
function sparseTree(count: number, byteLength: bigint, leaves: ReadonlyMap<number, Uint8Array>) {
  const number = (value: bigint) => hexToBytes(`0x${value.toString(16).padStart(16, '0')}`)
  const node = (level: number, place: number, size: number): Hash => {
    const width = 2 ** level
    const isKnown = [...leaves.keys()].some((leaf) => Math.floor(leaf / width) === place)
    if (!isKnown) return keccakHash(bytesOf(`unknown ${count} ${level} ${place}`))
    const data = leaves.get(place)
    if (level === 0) return keccakHash(concatBytes(Uint8Array.of(0), number(BigInt(place)), data!))
    const below = Math.ceil(count / 2 ** (level - 1))
    const left = node(level - 1, 2 * place, size)
    if (2 * place + 1 >= below) return left
    return keccakHash(concatBytes(Uint8Array.of(1), hexToBytes(left), hexToBytes(node(level - 1, 2 * place + 1, size))))
  }
  const levels = Math.ceil(Math.log2(count))
  return {
    root: rootOf(BigInt(count), byteLength, node(levels, 0, count)),
    open: (index: number): Opening => {
      const path: Hash[] = []
      for (let level = 0; level < levels; level++) {
        const sibling = Math.floor(index / 2 ** level) ^ 1
        if (sibling < Math.ceil(count / 2 ** level)) path.push(node(level, sibling, count))
      }
      return { index: BigInt(index), data: leaves.get(index)!, path }
    },
  }
}

const gigabyte = 2 ** 30
const documentCount = 2 ** 20
const receiptCount = 2 ** 20

test('a missing tile of 1,024 bytes over a text of 1 GB is shown for less than a million gas, call data included', () => {
  const stage = createStage()
  const { h, market } = stage
  undone(h, () => {
    const { batch } = settleTale(stage)
    // The longest output, with the passage across as many chunks as it can touch, in text and output.
    const words = bytesOf('a passage of words that are all of one length '.repeat(30))
    const passage = words.subarray(0, 1_024)
    const output = new Uint8Array(8_192).fill(0x20)
    output.set(passage, 4_095)
    const offset = 700_000_127
    const first = Math.floor(offset / 256)
    const chunks = new Map<number, Uint8Array>()
    const stretch = new Uint8Array(256 * 6).fill(0x2e)
    stretch.set(passage, offset - 256 * first)
    for (let at = 0; at < 6; at++) chunks.set(first + at, chunk(stretch, at))
    const text = sparseTree(gigabyte / 256, BigInt(gigabyte), chunks)
    const document = 700_000
    const doc = (start: number, order: bigint) =>
      encodeDoc({ start, contribution: keccakHash(bytesOf(`${order}`)), order })
    const docs = sparseTree(
      documentCount,
      0n,
      new Map([
        [document, doc(offset - 5, 11n)],
        [document + 1, doc(offset + 1_100, 12n)],
      ]),
    )
    const version = market.corpus[1]!.version
    versions.set(
      h.store,
      { textRoot: text.root, docRoot: docs.root, byteLength: BigInt(gigabyte), documents: BigInt(documentCount) },
      version,
    )
    const tile = (start: number): TileLeaf => ({
      ...{ start, length: 32, common: 0, paidEnd: 32, corpusIndex: 0 },
      holders: Array.from({ length: 10 }, (_, at) => ({ document: at, offset: at })),
    })
    const trace = createTree(Array.from({ length: 200 }, (_, at) => encodeTile(tile(at < 100 ? at * 32 : 5_200))))
    const salts = saltsOf(keccak256(bytesOf('seed')), output.length)
    const outputTree = createSaltedTree(output, salts)
    const leaf: ReceiptLeaf = {
      ...{ channel: 1n, sequence: 9n, promptRoot: batch, outputRoot: outputTree.root, outputLength: output.length },
      ...{ tokensIn: 1, tokensOut: 1, price: 1n, cumulative: 10n ** 21n, time: 1n, previousCumulative: 0n },
      ...{ headAfter: batch, traceRoot: trace.root, marginBefore: 0n, creditBefore: 0n },
    }
    const receipts = sparseTree(receiptCount, 0n, new Map([[700_000, encodeReceipt(leaf)]]))
    batches.set(h.store, { receiptsRoot: receipts.root, receipts: BigInt(receiptCount) }, batch)
    // The longest that ends at the end of a word.
    const length = 1_011
    const from = Math.floor((4_095 - 2) / 256)
    const to = Math.floor((4_095 + length) / 256)
    const args = {
      receipt: receipts.open(700_000),
      tiles: trace.count,
      left: trace.open(99),
      right: trace.open(100),
      start: 4_095n,
      length: BigInt(length),
      output: Array.from({ length: to - from + 1 }, (_, at) => outputTree.open(from + at)),
      found: {
        corpusIndex: 1n,
        document: { entry: docs.open(document), next: docs.open(document + 1) },
        offset: BigInt(offset),
        chunks: Array.from({ length: Math.floor((offset + length - 1) / 256) - first + 1 }, (_, at) =>
          text.open(first + at),
        ),
      },
    }
    assert.equal(args.found.chunks[0]!.path.length, 22)
    const outcome = prove({ h, batch }, 'refuteMissingTile', args)
    assert(outcome.ok, outcome.ok ? '' : outcome.error)
    const { input } = inputOf('refuteMissingTile', { batch, salt: bytesToHash(new Uint8Array(32)), ...args })
    // EIP-7623: 40 gas for a byte, 10 for a zero; or 16 and 4 beside the execution, whichever is more.
    const zeros = BigInt(input.filter((byte) => byte === 0).length)
    const others = BigInt(input.length) - zeros
    const floor = 21_000n + 40n * others + 10n * zeros
    const plain = 21_000n + 16n * others + 4n * zeros + outcome.gas
    const total = floor > plain ? floor : plain
    assert(outcome.gas < 250_000n, `${outcome.gas} gas`)
    assert(total < 600_000n, `${total} gas, ${input.length} bytes`)
    // What is not there costs what it brings, no more.
    const wrong = prove({ h, batch }, 'refuteMissingTile', {
      ...args,
      found: { ...args.found, offset: BigInt(offset + 1) },
    })
    assert(!wrong.ok && wrong.gas < outcome.gas)
  })
})

test('an opening of another length than its place demands is refused before its hashes are made', () => {
  const stage = createStage()
  const { h } = stage
  undone(h, () => {
    const scene = settleTale(stage)
    const long = { index: 0n, data: new Uint8Array(216), path: Array.from({ length: 2_000 }, () => scene.batch) }
    const started = performance.now()
    const outcome = prove(scene, 'refuteReceiptEnds', { receipt: long })
    assert.equal(outcome.ok ? '' : outcome.error, 'InvalidOpening')
    assert(performance.now() - started < 200)
    assert.equal(absent.path.length, 0)
  })
})
