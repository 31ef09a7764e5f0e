import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createTree, emptyRoot, verifyOpening } from '../../../attribution/kernel/merkle.ts'
import {
  chunk,
  chunkCount,
  chunkLength,
  createSaltedTree,
  createTextTree,
  joinDocuments,
  openChunk,
  openSaltedChunk,
  saltOf,
  saltsOf,
  separator,
  textHead,
} from '../../../attribution/kernel/text.ts'
import { concatBytes } from '../../../core/hex.ts'
import { bytes, fixed } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { treeRoot } from './reference.ts'

const lengths = [0, 1, 255, 256, 257, 511, 512, 513, 1_000, 4_096]
const textOf = (length: number) => Uint8Array.from({ length }, (_, at) => at * 7)
const cut = (text: Uint8Array) =>
  Array.from({ length: Math.ceil(text.length / 256) }, (_, at) => text.slice(at * 256, at * 256 + 256))

test('a text is cut into chunks of 256 bytes, which its root and its length commit to', () => {
  for (const length of lengths) {
    const text = textOf(length)
    const chunks = cut(text)
    const tree = createTextTree(text)
    assert.equal(chunkCount(BigInt(length)), BigInt(chunks.length))
    assert.equal(tree.root, treeRoot(chunks, BigInt(length)))
    assert.deepEqual(
      { ...textHead(tree.root, BigInt(length)) },
      { root: tree.root, count: tree.count, byteLength: tree.byteLength },
    )
    chunks.forEach((each, index) => {
      assert.equal(chunkLength(BigInt(index), BigInt(length)), each.length)
      assert.deepEqual(chunk(text, index), each)
      assert.deepEqual(openChunk(tree, tree.open(index)), each)
    })
    assert.equal(chunkLength(BigInt(chunks.length), BigInt(length)), 0)
    assert.equal(chunkLength(-1n, BigInt(length)), 0)
  }
  assert.equal(createTextTree(textOf(0)).root, emptyRoot)
  assert.equal(chunkCount(2n ** 40n), 2n ** 32n)
})

test('the same bytes of another length have another root', () => {
  assert.notEqual(createTextTree(new Uint8Array(10)).root, createTextTree(new Uint8Array(11)).root)
  const text = textOf(256)
  assert.notEqual(createTextTree(text).root, createTree([text]).root)
})

test('salted chunks open behind their salts, and only as what they are', (t) => {
  check(
    t,
    fc.property(bytes(1_500), fixed(32), (text, seed) => {
      const salts = saltsOf(seed, text.length)
      const chunks = cut(text)
      const tree = createSaltedTree(text, salts)
      assert.equal(
        tree.root,
        treeRoot(
          chunks.map((each, at) => concatBytes(saltOf(seed, at), each)),
          BigInt(text.length),
        ),
      )
      chunks.forEach((each, index) => {
        assert.deepEqual(openSaltedChunk(tree, tree.open(index)), each)
        assert.equal(openChunk(tree, tree.open(index)), undefined)
        const other = { ...tree.open(index), data: concatBytes(saltOf(seed, index + 1), each) }
        assert.equal(openSaltedChunk(tree, other), undefined)
      })
    }),
    { numRuns: 50 },
  )
})

test('salts differ by seed and by place', () => {
  const seeds = [new Uint8Array(32), new Uint8Array(32).fill(1)]
  const salts = seeds.flatMap((seed) => saltsOf(seed, 2_000))
  assert.equal(salts.length, 16)
  assert.equal(new Set(salts.map((salt) => salt.join())).size, 16)
  assert.throws(() => createSaltedTree(textOf(257), saltsOf(seeds[0]!, 256)), /one salt per chunk/)
  assert.throws(() => createSaltedTree(textOf(1), [new Uint8Array(31)]), /32 bytes/)
})

test('a chunk of another length than its place demands proves nothing, though the root is made over it', () => {
  const cases: readonly (readonly [readonly number[], bigint])[] = [
    [[255, 2], 257n],
    [[257], 257n],
    [[257, 0], 257n],
    [[256, 2], 257n],
    [[256, 1, 0], 257n],
    [[0], 0n],
  ]
  for (const [sizes, byteLength] of cases) {
    const plain = createTree(
      sizes.map((size) => new Uint8Array(size)),
      byteLength,
    )
    const salted = createTree(
      sizes.map((size) => new Uint8Array(32 + size)),
      byteLength,
    )
    const wrong = sizes.findIndex((size, at) => size !== chunkLength(BigInt(at), byteLength) || size === 0)
    const index = wrong === -1 ? sizes.length - 1 : wrong
    assert.equal(verifyOpening(plain, plain.open(index)), true)
    assert.equal(openChunk(plain, plain.open(index)), undefined)
    assert.equal(openSaltedChunk(salted, salted.open(index)), undefined)
    assert.equal(openChunk(textHead(plain.root, byteLength), plain.open(index)), undefined)
  }
})

test('documents are joined by one separator and found again by their starts', (t) => {
  check(
    t,
    fc.property(fc.array(bytes(30), { maxLength: 8 }), (contents) => {
      const { text, starts } = joinDocuments(contents)
      assert.deepEqual(
        [...text],
        contents.flatMap((content, at) => (at === 0 ? [...content] : [separator, ...content])),
      )
      assert.equal(starts.length, contents.length)
      contents.forEach((content, at) => {
        const next = starts[at + 1]
        assert.deepEqual(text.slice(starts[at], next === undefined ? text.length : next - 1), content)
        if (next !== undefined) assert.equal(text[next - 1], 0xff)
      })
    }),
  )
  assert.deepEqual(joinDocuments([]), { text: new Uint8Array(0), starts: [] })
})
