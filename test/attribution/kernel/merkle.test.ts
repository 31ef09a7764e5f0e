import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createTree,
  createTreeFrom,
  emptyRoot,
  type Opening,
  pathLength,
  rangeHashes,
  rangeSiblings,
  rootOf,
  type TreeHead,
  verifyOpening,
  verifyRange,
} from '../../../attribution/kernel/merkle.ts'
import { bytesToHash, concatBytes, type Hash, hexToBytes, zeroHash } from '../../../core/hex.ts'
import { bytes, hash, uint64 } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { levelsOf, rootFromPath, treeRoot } from './reference.ts'

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => Uint8Array.of(7, index))
const leaves = fc.array(bytes(70), { maxLength: 40 })
const someLeaves = fc.array(bytes(70), { minLength: 1, maxLength: 40 })
const counts = Array.from({ length: 35 }, (_, count) => count)

/** A tree, one place in it, and the opening of it. */
const opened = fc
  .tuple(someLeaves, fc.nat(), uint64)
  .map(([data, at, byteLength]) => ({ tree: createTree(data, byteLength), data, index: at % data.length }))

test('the root is what the specification says', (t) => {
  for (const count of counts) assert.equal(createTree(leavesOf(count)).root, treeRoot(leavesOf(count)))
  check(
    t,
    fc.property(leaves, uint64, (data, byteLength) => {
      const tree = createTree(data, byteLength)
      assert.equal(tree.root, treeRoot(data, byteLength))
      assert.equal(tree.count, BigInt(data.length))
      assert.equal(tree.byteLength, byteLength)
    }),
  )
})

test('an empty tree has the root of no leaves, and nothing opens', () => {
  assert.equal(createTree([]).root, emptyRoot)
  assert.equal(emptyRoot, treeRoot([]))
  assert.equal(emptyRoot, rootOf(0n, 0n, zeroHash))
  assert.equal(verifyOpening(createTree([]), { index: 0n, data: new Uint8Array(0), path: [] }), false)
  assert.equal(verifyRange(createTree([]), 0n, [], []), false)
  assert.throws(() => createTree([]).open(0))
})

test('every leaf of every small tree opens, with the siblings that the specification has', () => {
  for (const count of counts) {
    const data = leavesOf(count)
    const tree = createTree(data)
    const levels = levelsOf(data)
    data.forEach((leaf, index) => {
      const opening = tree.open(index)
      assert.deepEqual(opening.data, leaf)
      const path = levels.slice(0, -1).flatMap((level, height) => level[(index >> height) ^ 1] ?? [])
      assert.deepEqual(opening.path, path)
      assert.equal(pathLength(BigInt(index), BigInt(count)), path.length)
      assert.equal(verifyOpening(tree, opening), true)
    })
    assert.throws(() => tree.open(count), /no leaf/)
    assert.equal(pathLength(BigInt(count), BigInt(count)), 0)
  }
})

test('an opening with anything changed is false', (t) => {
  const change = fc.constantFrom<(opening: Opening, other: Hash, at: number) => Opening>(
    (opening) => ({ ...opening, index: opening.index + 1n }),
    (opening) => ({ ...opening, index: opening.index - 1n }),
    (opening) => ({ ...opening, index: opening.index ^ 1n }),
    (opening) => ({ ...opening, index: opening.index + (1n << 64n) }),
    (opening) => ({ ...opening, data: concatBytes(opening.data, Uint8Array.of(0)) }),
    (opening) => ({ ...opening, data: concatBytes(Uint8Array.of(0), opening.data) }),
    (opening, other) => ({ ...opening, path: [...opening.path, other] }),
    (opening, other) => ({ ...opening, path: [other, ...opening.path] }),
    (opening) => ({ ...opening, path: [...opening.path, zeroHash] }),
    (opening, other) => ({ ...opening, path: opening.path.length === 0 ? [other] : opening.path.slice(1) }),
    (opening, other) => ({ ...opening, path: opening.path.length === 0 ? [other] : opening.path.slice(0, -1) }),
    (opening, other, at) => ({
      ...opening,
      path: opening.path.length === 0 ? [other] : opening.path.with(at % opening.path.length, other),
    }),
  )
  check(
    t,
    fc.property(opened, change, hash, fc.nat(), ({ tree, index }, alter, other, at) => {
      assert.equal(verifyOpening(tree, tree.open(index)), true)
      assert.equal(verifyOpening(tree, alter(tree.open(index), other, at)), false)
    }),
    { numRuns: 1_000 },
  )
})

test('a root with another count or byte length opens nothing', (t) => {
  check(
    t,
    fc.property(opened, uint64, uint64, ({ tree, index }, count, byteLength) => {
      const opening = tree.open(index)
      if (count !== tree.count) assert.equal(verifyOpening({ ...tree, count }, opening), false)
      if (byteLength !== tree.byteLength) assert.equal(verifyOpening({ ...tree, byteLength }, opening), false)
    }),
  )
  // All counts near the right one, all indexes, all leaves with their own paths.
  for (const count of counts.slice(1, 18)) {
    const tree = createTree(leavesOf(count))
    for (let leaf = 0; leaf < count; leaf++) {
      for (let claimed = 0n; claimed < 40n; claimed++) {
        for (let index = 0n; index < claimed; index++) {
          const right = claimed === tree.count && index === BigInt(leaf)
          assert.equal(verifyOpening({ ...tree, count: claimed }, { ...tree.open(leaf), index }), right)
        }
      }
    }
  }
})

test('an inner node passes for no leaf, a leaf for no node', (t) => {
  check(
    t,
    fc.property(opened, fc.nat(), ({ tree, data, index }, at) => {
      const levels = levelsOf(data)
      const height = at % levels.length
      const { path } = tree.open(index)
      const place = index >> height
      const left = levels[height - 1]?.[2 * place]
      const right = levels[height - 1]?.[2 * place + 1]
      // The two hashes below a node, offered as the data of a leaf in its place, with every end of the path.
      const forged =
        left && right ? concatBytes(hexToBytes(left), hexToBytes(right)) : hexToBytes(levels[height]![place]!)
      for (const count of [tree.count, BigInt(levels[height]!.length)]) {
        for (let skip = 0; skip <= path.length; skip++) {
          const opening = { index: BigInt(place), data: forged, path: path.slice(skip) }
          assert.equal(verifyOpening({ ...tree, count }, opening), false)
        }
      }
      // The preimage of a leaf, taken for a child of a node.
      const preimage = concatBytes(Uint8Array.of(0), new Uint8Array(8), data[index]!)
      assert.equal(verifyOpening(tree, { ...tree.open(index), data: preimage }), false)
    }),
  )
})

test('the last leaf of an odd tree, promoted, opens at its own index only', () => {
  const data = leavesOf(5)
  const tree = createTree(data)
  const { path } = tree.open(4)
  assert.equal(path.length, 1)
  for (let index = 0n; index < 8n; index++) {
    for (const siblings of [path, [zeroHash, ...path], [zeroHash, zeroHash, ...path], [path[0]!, path[0]!, path[0]!]]) {
      const opening = { index, data: data[4]!, path: siblings }
      assert.equal(verifyOpening(tree, opening), index === 4n && siblings === path)
      assert.equal(verifyOpening({ ...tree, count: 8n }, opening), false)
    }
  }
  // Bitcoin's duplicated last node: six leaves of which the last two are the same give another root.
  assert.notEqual(createTree([...data, data[4]!]).root, tree.root)
})

test('openings of trees of any size agree with the specification', (t) => {
  check(
    t,
    fc.property(uint64, uint64, uint64, bytes(40), fc.array(hash, { minLength: 64, maxLength: 64 }), (...args) => {
      const [size, at, byteLength, data, siblings] = args
      const count = size === 0n ? 1n : size
      const index = at % count
      const path = siblings.slice(0, pathLength(index, count))
      const root = rootFromPath(count, byteLength, index, data, path)
      assert.ok(root !== undefined, 'a path of this length reaches the top')
      const head: TreeHead = { root, count, byteLength }
      assert.equal(verifyOpening(head, { index, data, path }), true)
      assert.equal(verifyOpening(head, { index: index ^ 1n, data, path }), false)
      assert.equal(verifyRange(head, index, [data], path), true)
      assert.equal(pathLength(index, count) + 2, rangeHashes(index, index + 1n, count))
    }),
  )
  assert.equal(pathLength(0n, 2n ** 64n - 1n), 64)
  assert.equal(pathLength(2n ** 64n - 2n, 2n ** 64n - 1n), 63)
})

test('every range of every small tree is proved by the siblings that it lacks, and no hash is forgotten', () => {
  for (const count of counts.slice(1, 20)) {
    const tree = createTree(leavesOf(count))
    const levels = levelsOf(leavesOf(count))
    for (let start = 0; start < count; start++) {
      for (let end = start + 1; end <= count; end++) {
        const proof = tree.range(start, end)
        // Known from the leaves: per level the places above them. Lacking: the other children of known nodes.
        const lacking: string[] = []
        let nodes = 0
        for (let height = 0; height + 1 < levels.length; height++) {
          const known = new Set<number>()
          for (let leaf = start; leaf < end; leaf++) known.add(leaf >> height)
          const parents = new Set([...known].map((place) => place >> 1))
          for (const parent of parents) {
            const children = [2 * parent, 2 * parent + 1].filter((place) => place < levels[height]!.length)
            if (children.length === 2) nodes++
            lacking.push(...children.filter((place) => !known.has(place)).map((place) => levels[height]![place]!))
          }
        }
        assert.deepEqual(proof, { start: BigInt(start), leaves: leavesOf(count).slice(start, end), siblings: lacking })
        const [from, to] = [BigInt(start), BigInt(end)]
        assert.equal(rangeSiblings(from, to, tree.count), lacking.length)
        assert.equal(rangeHashes(from, to, tree.count), end - start + nodes + 1)
        assert.equal(verifyRange(tree, from, proof.leaves, proof.siblings), true)
      }
    }
    assert.throws(() => tree.range(0, 0), /no such range/)
    assert.throws(() => tree.range(0, count + 1), /no such range/)
    assert.equal(rangeHashes(0n, 0n, tree.count), 0)
    assert.equal(rangeHashes(0n, tree.count + 1n, tree.count), 0)
    assert.equal(rangeSiblings(0n, tree.count + 1n, tree.count), 0)
  }
})

test('a range with anything changed is false', (t) => {
  const range = fc.tuple(opened, fc.nat()).map(([{ tree, data, index }, length]) => ({
    tree,
    data,
    start: index,
    end: index + 1 + (length % (data.length - index)),
  }))
  check(
    t,
    fc.property(range, hash, fc.nat(), ({ tree, start, end }, other, at) => {
      const proof = tree.range(start, end)
      const verify = (change: Partial<typeof proof>, head: TreeHead = tree) => {
        const changed = { ...proof, ...change }
        return verifyRange(head, changed.start, changed.leaves, changed.siblings)
      }
      assert.equal(verify({}), true)
      assert.equal(verify({ start: proof.start + 1n }), false)
      assert.equal(verify({ start: proof.start - 1n }), false)
      assert.equal(verify({ leaves: proof.leaves.slice(1) }), false)
      assert.equal(verify({ leaves: proof.leaves.slice(0, -1) }), false)
      assert.equal(verify({ leaves: [] }), false)
      assert.equal(verify({ leaves: [...proof.leaves, proof.leaves[0]!] }), false)
      assert.equal(verify({ leaves: proof.leaves.with(at % proof.leaves.length, hexToBytes(other)) }), false)
      assert.equal(verify({ siblings: [...proof.siblings, other] }), false)
      if (proof.siblings.length > 0) {
        assert.equal(verify({ siblings: proof.siblings.slice(1) }), false)
        assert.equal(verify({ siblings: proof.siblings.with(at % proof.siblings.length, other) }), false)
      }
      assert.equal(verify({}, { ...tree, count: tree.count + 1n }), false)
      assert.equal(verify({}, { ...tree, count: tree.count - 1n }), false)
      assert.equal(verify({}, { ...tree, byteLength: (tree.byteLength + 1n) % 2n ** 64n }), false)
    }),
    { numRuns: 500 },
  )
})

test('a large tree is built from a function that is asked for each leaf once, in order', () => {
  const asked: number[] = []
  const count = 70_001
  const tree = createTreeFrom(count, (index) => {
    asked.push(index)
    return Uint8Array.of(index >> 8, index)
  })
  assert.deepEqual(
    asked,
    Array.from({ length: count }, (_, index) => index),
  )
  for (const index of [0, 1, 255, 256, 65_535, 65_536, 69_999, 70_000]) {
    const opening = tree.open(index)
    assert.equal(asked.at(-1), index)
    assert.equal(verifyOpening(tree, opening), true)
    assert.equal(rootFromPath(tree.count, 0n, opening.index, opening.data, opening.path), tree.root)
  }
  const proof = tree.range(65_500, 65_756)
  assert.equal(verifyRange(tree, proof.start, proof.leaves, proof.siblings), true)
  assert.throws(() => createTreeFrom(2 ** 31, () => new Uint8Array(0)), /2\^31/)
})

test('roots bind counts of eight bytes and no others', () => {
  const top = bytesToHash(new Uint8Array(32).fill(9))
  assert.notEqual(rootOf(1n, 2n, top), rootOf(2n, 1n, top))
  assert.throws(() => rootOf(1n << 64n, 0n, top), /u64/)
  assert.throws(() => rootOf(0n, -1n, top), /u64/)
})
