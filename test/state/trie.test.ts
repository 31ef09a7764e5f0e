import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { emptyTrieRoot } from '../../core/account.ts'
import { bytesToHash, bytesToHex, type Hash, type Hex, hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { listRoot } from '../../state/trie/listRoot.ts'
import { lookup } from '../../state/trie/lookup.ts'
import type { TrieEntry } from '../../state/trie/stretch.ts'
import { updateTrie } from '../../state/trie/update.ts'
import { walkTrie } from '../../state/trie/walk.ts'
import { createNodeMap } from './nodeMap.ts'

/**
 * Few distinct bytes make long shared prefixes, keys inside keys, and removals that hit. The oracle goes wrong when it
 * removes keys of different lengths (a branch with a value), so there it only ever adds to an empty trie.
 */
const shortKey = fc
  .array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xff), { minLength: 1, maxLength: 5 })
  .map((bytes) => Uint8Array.from(bytes))
const hashedKey = fc.nat(400).map((index) => keccak256(Uint8Array.of(index >> 8, index & 0xff)))
const clusteredKey = fc
  .tuple(fc.constantFrom(0, 1, 30, 31), fc.nat(255))
  .map(([place, byte]) => Uint8Array.from({ length: 32 }, (_, index) => (index === place ? byte : 0x77)))
const value = fc.oneof(
  { weight: 3, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: fc.uint8Array({ minLength: 30, maxLength: 70 }) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(300).fill(7)) },
)

function batches(key: fc.Arbitrary<Uint8Array>): fc.Arbitrary<TrieEntry[][]> {
  const entry = fc.record({ key, value: fc.option(value, { nil: undefined, freq: 2 }) })
  const batch = fc.uniqueArray(entry, { maxLength: 40, selector: ({ key }) => bytesToHex(key) })
  return fc.array(batch, { minLength: 1, maxLength: 6 })
}

async function applyToOracle(oracle: MerklePatriciaTrie, entries: readonly TrieEntry[]): Promise<Hash> {
  for (const { key, value } of entries) value === undefined ? await oracle.del(key) : await oracle.put(key, value)
  return bytesToHash(oracle.root())
}

for (const [name, key] of Object.entries({ short: shortKey, hashed: hashedKey, clustered: clusteredKey })) {
  test(`has the oracle's root after every batch of puts and removals (${name} keys)`, async (t) => {
    const seed = 2
    t.diagnostic(`seed ${seed}`)
    await fc.assert(
      fc.asyncProperty(batches(key), async (steps) => {
        let oracle = await createMPT()
        const { readNode, sink } = createNodeMap()
        const model = new Map<string, Uint8Array>()
        let root = emptyTrieRoot
        for (const entries of steps) {
          root = updateTrie(readNode, root, entries, sink)
          for (const { key, value } of entries) {
            if (value === undefined) model.delete(bytesToHex(key))
            else model.set(bytesToHex(key), value)
          }
          if (key === shortKey) oracle = await createMPT()
          assert.equal(root, await applyToOracle(oracle, key === shortKey ? entriesOf(model) : entries))
          for (const { key } of entries) assert.deepEqual(copy(lookup(readNode, root, key)), model.get(bytesToHex(key)))
        }
        const walked = [...walkTrie(readNode, root)].map(({ key, value }) => [bytesToHex(key), copy(value)] as const)
        assert.deepEqual(walked, [...model].sort())
        assert.equal(updateTrie(readNode, emptyTrieRoot, entriesOf(model), sink), root)
      }),
      { seed, numRuns: 120 },
    )
  })
}

test('gives the sink only new nodes, each reachable from the new root', (t) => {
  const seed = 3
  t.diagnostic(`seed ${seed}`)
  fc.assert(
    fc.property(batches(hashedKey), (steps) => {
      const { nodes, readNode } = createNodeMap()
      let root = emptyTrieRoot
      for (const entries of steps) {
        const fresh = new Map<Hash, Uint8Array>()
        const previous = root
        const before = reachable(readNode, previous)
        root = updateTrie(readNode, root, entries, (hash, raw) => fresh.set(hash, raw))
        for (const [hash, raw] of fresh) nodes.set(hash, raw)
        const after = reachable(readNode, root)
        for (const hash of fresh.keys()) {
          assert.ok(after.has(hash), 'a node of the update is not part of the trie')
          assert.ok(!before.has(hash), 'a node of the update was there before')
        }
      }
    }),
    { seed, numRuns: 100 },
  )
})

test('reads and rebuilds only the nodes on the way to a changed leaf', () => {
  const { nodes, readNode, sink } = createNodeMap()
  const entries = Array.from({ length: 4096 }, (_, index) => ({
    key: keccak256(Buffer.from(`key ${index}`)),
    value: Uint8Array.of(1),
  }))
  const root = updateTrie(readNode, emptyTrieRoot, entries, sink)
  let reads = 0
  const fresh: Hash[] = []
  const counting = (hash: Hash) => {
    reads++
    return readNode(hash)
  }
  const change = [{ key: entries[7]!.key, value: Uint8Array.of(2) }]
  const next = updateTrie(counting, root, change, (hash) => fresh.push(hash))
  assert.notEqual(next, root)
  assert.ok(reads <= 6 && fresh.length <= 6, `${reads} reads, ${fresh.length} new nodes of ${nodes.size}`)
})

test('a change to the same value or a removal of nothing leaves root and nodes alone', () => {
  const { readNode, sink } = createNodeMap()
  const entries = ['do', 'dog', 'doge', 'horse', 'house'].map((key) => ({
    key: Buffer.from(key),
    value: Buffer.from(`${key} value that is long enough to be hashed`),
  }))
  const root = updateTrie(readNode, emptyTrieRoot, entries, sink)
  const refuse = () => assert.fail('a node was written')
  assert.equal(updateTrie(readNode, root, entries.slice(1, 3), refuse), root)
  for (const key of ['d', 'hors', 'horses', 'h', 'zebra', '']) {
    assert.equal(updateTrie(readNode, root, [{ key: Buffer.from(key), value: undefined }], refuse), root)
  }
  const all = entries.map(({ key }) => ({ key, value: undefined }))
  assert.equal(updateTrie(readNode, root, all, refuse), emptyTrieRoot)
})

test('names the node that is missing', () => {
  const { nodes, readNode, sink } = createNodeMap()
  const entries = Array.from({ length: 64 }, (_, index) => ({
    key: keccak256(Uint8Array.of(index)),
    value: Uint8Array.of(1),
  }))
  const root = updateTrie(readNode, emptyTrieRoot, entries, sink)
  nodes.delete(root)
  assert.throws(
    () => lookup(readNode, root, entries[0]!.key),
    (error: Error & { code?: string; severity?: string }) => {
      assert.equal(error.code, 'node_missing')
      assert.equal(error.severity, 'fatal')
      assert.match(error.message, new RegExp(root))
      return true
    },
  )
})

test("a list's root is the oracle's trie of RLP indexes", async () => {
  assert.equal(listRoot([]), emptyTrieRoot)
  for (const count of [1, 2, 127, 128, 129, 300]) {
    const values = Array.from({ length: count }, (_, index) => new Uint8Array((index % 200) + 1).fill(index & 0xff))
    const oracle = await createMPT()
    for (const [index, value] of values.entries())
      await oracle.put(encodeRlp(index === 0 ? new Uint8Array(0) : minimal(index)), value)
    assert.equal(listRoot(values), bytesToHash(oracle.root()), `${count} values`)
  }
})

function entriesOf(model: ReadonlyMap<string, Uint8Array>): TrieEntry[] {
  return [...model].map(([key, value]) => ({ key: hexToBytes(key as Hex), value }))
}

function minimal(index: number): Uint8Array {
  return index < 0x100 ? Uint8Array.of(index) : Uint8Array.of(index >> 8, index & 0xff)
}

function reachable(readNode: (hash: Hash) => Uint8Array, root: Hash): Set<Hash> {
  const seen = new Set<Hash>()
  const read = (hash: Hash) => {
    seen.add(hash)
    return readNode(hash)
  }
  for (const leaf of walkTrie(read, root)) assert.ok(leaf.value.length > 0)
  return seen
}

function copy(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes)
}
