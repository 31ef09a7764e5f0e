import * as leaves from '../../../attribution/kernel/leaves.ts'
import { flatten, mergeCorpus } from '../../../attribution/kernel/lineage.ts'
import {
  accruePerByte,
  marginOf,
  receiptSpecific,
  specificPart,
  tileEarnings,
} from '../../../attribution/kernel/margin.ts'
import { createTree, type Tree } from '../../../attribution/kernel/merkle.ts'
import { splitAmount, splitMargin } from '../../../attribution/kernel/split.ts'
import { createSaltedTree, createTextTree, joinDocuments, saltsOf } from '../../../attribution/kernel/text.ts'
import * as typedData from '../../../attribution/kernel/typedData.ts'
import { encodeUpdates } from '../../../attribution/kernel/updates.ts'
import { type Address, bytesToBigint, bytesToHash, bytesToHex, type Hash, hexToBytes } from '../../../core/hex.ts'
import type { Json } from '../../../core/json.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { createRandom } from '../../core/random.ts'

/**
 * What an implementation in another language has to reproduce: inputs and results. Bytes and hashes are hex, integers
 * that can exceed 2^53 decimal strings. The files lie in test/vectors/attribution, written by scripts/vectors.ts.
 */
export const vectors: Readonly<Record<string, () => Json>> = {
  trees,
  texts,
  leaves: leafEncodings,
  typedData: signatures,
  split: splits,
  margin: margins,
  lineage,
}

function trees(): Json {
  const next = createRandom(1)
  return [0, 1, 2, 3, 4, 5, 7, 8, 9, 13].map((count) => {
    const data = Array.from({ length: count }, (_, index) => next().subarray(0, (index * 5) % 33))
    const tree = createTree(data)
    return plain({ leaves: data, root: tree.root, openings: openings(tree), ranges: ranges(tree) })
  })
}

function texts(): Json {
  const next = createRandom(2)
  const textOf = (length: number) => Uint8Array.from({ length }, (_, at) => 97 + (at % 26))
  const contents = ['one', '', 'three thr\u00e9e', '0123456789'.repeat(30)].map((text) =>
    new TextEncoder().encode(text),
  )
  return plain({
    plain: [0, 1, 256, 257, 700].map((length) => {
      const tree = createTextTree(textOf(length))
      return { text: textOf(length), root: tree.root, openings: openings(tree) }
    }),
    salted: [0, 1, 256, 257, 700].map((length) => {
      const seed = next()
      const salts = saltsOf(seed, length)
      const tree = createSaltedTree(textOf(length), salts)
      return { text: textOf(length), seed, salts, root: tree.root, openings: openings(tree) }
    }),
    documents: { contents, ...joinDocuments(contents) },
  })
}

function leafEncodings(): Json {
  const { u, hash } = createValues(3)
  const holders = (count: number) =>
    Array.from({ length: count }, () => ({ document: Number(u(4)), offset: Number(u(5)) }))
  const tile = (common: 0 | 1, count: number): leaves.TileLeaf => ({
    start: Number(u(2)),
    length: 32,
    common,
    paidEnd: Number(u(2)),
    corpusIndex: Number(u(1)),
    holders: holders(count),
  })
  const doc: leaves.DocLeaf = { start: Number(u(5)), contribution: hash(), order: u(8) }
  const receipt: leaves.ReceiptLeaf = {
    ...receiptOf(u, hash),
    previousCumulative: u(12),
    headAfter: hash(),
    traceRoot: hash(),
    marginBefore: u(12),
    creditBefore: u(12),
  }
  const entry: leaves.LedgerEntry = {
    contribution: hash(),
    receipt: Number(u(4)),
    tile: Number(u(2)),
    wei: u(12),
    prefix: u(12),
  }
  const update: leaves.UpdateLeaf = {
    channel: u(6),
    beforeSequence: u(5),
    beforeCumulative: u(12),
    beforeHead: hash(),
    afterSequence: u(5),
    afterCumulative: u(12),
    afterHead: hash(),
  }
  return plain({
    doc: { leaf: doc, bytes: leaves.encodeDoc(doc) },
    receipt: { leaf: receipt, bytes: leaves.encodeReceipt(receipt) },
    tiles: [tile(0, 1), tile(0, 10), tile(1, 11)].map((leaf) => ({ leaf, bytes: leaves.encodeTile(leaf) })),
    entry: { leaf: entry, bytes: leaves.encodeEntry(entry) },
    update: { leaf: update, bytes: leaves.encodeUpdate(update) },
    noTiles: [
      leaves.encodeTile(tile(0, 10)).with(4, 1),
      leaves.encodeTile(tile(1, 11)).with(4, 0),
      leaves.encodeTile(tile(1, 11)).with(4, 2),
      leaves.encodeTile(tile(0, 1)).subarray(0, 8),
      leaves.encodeTile(tile(0, 1)).subarray(0, 16),
    ],
  })
}

function signatures(): Json {
  const { u, hash } = createValues(4)
  const chainId = 424_242n
  const key = hexToBytes(hash())
  const payer = privateKeyToAddress(key)
  const domain = typedData.domainSeparator(chainId)
  const receipt = receiptOf(u, hash)
  const digest = typedData.receiptHash(domain, receipt)
  const firstHead = typedData.firstHead(chainId, receipt.channel, payer)
  const head = typedData.nextHead(firstHead, digest)
  const vouchers = [1n, 2n, 2n ** 48n - 1n].map((channel) => {
    const voucher: typedData.Voucher = { channel, sequence: u(5), cumulative: u(12), head }
    const voucherDigest = typedData.voucherDigest(domain, voucher)
    return { ...voucher, voucherDigest, signature: typedData.packSignature(sign(hexToBytes(voucherDigest), key)) }
  })
  return plain({
    chainId,
    domain,
    key,
    signer: payer,
    receipt,
    receiptHash: digest,
    receiptSignature: typedData.packSignature(sign(hexToBytes(digest), key)),
    firstHead,
    nextHead: head,
    vouchers,
    packedUpdates: encodeUpdates(vouchers),
  })
}

function splits(): Json {
  const { u } = createValues(5)
  const amounts = [0n, 1n, 9_999n, u(8), u(12)]
  const shares = { data: 5_000n, owner: 2_500n, validators: 1_000n, treasury: 500n, insurance: 500n, burn: 500n }
  const ancestors = [1, 2, 3].map((at) => ({ id: idOf(at), share: BigInt(at) * 100_000_001n }))
  const weightings = [[1n], [1n, 1n, 1n], [0n, 7n, 0n, 5n], [u(5), u(5), u(5), u(5)], [0n, 0n]]
  return plain({
    amounts: amounts.flatMap((amount) =>
      weightings.map((weights) => ({ amount, weights, parts: splitAmount(amount, weights) })),
    ),
    margins: amounts.flatMap((margin) =>
      [[], ancestors].map((list) => ({ margin, shares, ancestors: list, parts: splitMargin(margin, shares, list) })),
    ),
  })
}

function margins(): Json {
  const { u } = createValues(6)
  const [dataBps, specificBps, marginBps] = [5_000n, 5_000n, 1_234n]
  const totals = [0n, 1n, 9_999n, u(4) + 10_000n, u(8) + 2n ** 65n, u(11) + 2n ** 90n]
  const rows = totals.slice(1).map((after, at) => ({ before: totals[at]!, after }))
  const tiles: readonly Pick<leaves.TileLeaf, 'common' | 'length' | 'paidEnd'>[] = [
    { common: 0, length: 100, paidEnd: 100 },
    { common: 1, length: 50, paidEnd: 100 },
    { common: 0, length: 37, paidEnd: 137 },
  ]
  return plain({
    marginBps,
    dataBps,
    specificBps,
    margins: rows.map((row) => ({ ...row, margin: marginOf(row.before, row.after, marginBps) })),
    parts: totals.map((margin) => ({
      margin,
      specific: specificPart(margin, dataBps, specificBps),
      base: (margin * dataBps) / 10_000n - specificPart(margin, dataBps, specificBps),
    })),
    receipts: rows.map((row) => {
      const specific = receiptSpecific(row.before, row.after, dataBps, specificBps)
      const earnings = tiles.map((tile) => ({ ...tile, wei: tileEarnings(specific, tile, 301) }))
      return { ...row, specific, outputLength: 301, tiles: earnings }
    }),
    perByte: totals.map((wei) => ({ wei, before: 11n, byteLength: 97n, ...accruePerByte(wei, 11n, 97n) })),
  })
}

function lineage(): Json {
  const parents = [
    { id: idOf(9), share: 250_000_000n, parentShareSum: 0n, ancestors: [] },
    {
      id: idOf(4),
      share: 123_456_789n,
      parentShareSum: 333_333_333n,
      ancestors: [
        { id: idOf(2), share: 222_222_222n },
        { id: idOf(9), share: 111_111_111n },
      ],
    },
    { id: idOf(7), share: 1n, parentShareSum: 1n, ancestors: [{ id: idOf(1), share: 1n }] },
  ]
  const tooMany = Array.from({ length: 33 }, (_, at) => ({
    id: idOf(at),
    share: 10_000_000n,
    parentShareSum: 0n,
    ancestors: [],
  }))
  const listed = (datanet: number, sequence: bigint) => ({
    datanet: idOf(datanet),
    version: idOf(datanet * 100 + Number(sequence)),
    sequence,
  })
  const own = [listed(5, 2n), listed(1, 3n)]
  const corpora = [[listed(1, 4n), listed(2, 1n)], [listed(2, 2n), listed(5, 1n)], []]
  const tooLarge = Array.from({ length: 17 }, (_, at) => listed(at, 1n))
  return plain({
    flatten: [[], parents, tooMany].map((list) => ({ parents: list, result: flatten(list) })),
    mergeCorpus: [
      { own, parents: corpora, result: mergeCorpus(own, corpora) },
      { own: [], parents: [tooLarge], result: mergeCorpus([], [tooLarge]) },
    ],
  })
}

function openings(tree: Tree) {
  return Array.from({ length: Number(tree.count) }, (_, index) => tree.open(index))
}

function ranges(tree: Tree) {
  const count = Number(tree.count)
  const bounds = [
    [0, count],
    [count >> 1, count],
    [count >> 2, (count + 1) >> 1],
  ] as const
  return bounds.filter(([start, end]) => start < end).map(([start, end]) => tree.range(start, end))
}

function createValues(seed: number) {
  const next = createRandom(seed)
  return { u: (size: number) => bytesToBigint(next().subarray(0, size)), hash: () => bytesToHash(next()) }
}

function receiptOf(u: (size: number) => bigint, hash: () => Hash): typedData.Receipt {
  return {
    channel: u(6),
    sequence: u(5),
    promptRoot: hash(),
    outputRoot: hash(),
    outputLength: Number(u(4)),
    tokensIn: Number(u(4)),
    tokensOut: Number(u(4)),
    price: u(12),
    cumulative: u(12),
    time: u(5),
  }
}

function idOf(value: number): Hash {
  return `0x${value.toString(16).padStart(64, '0')}` as Hash
}

type Value = string | number | bigint | Uint8Array | Address | readonly Value[] | { readonly [key: string]: Value }

/** As JSON: bytes to hex, big integers to decimal strings. */
function plain(value: Value): Json {
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each as Value)]))
}
