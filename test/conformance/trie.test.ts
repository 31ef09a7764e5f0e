import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyTrieRoot } from '../../core/account.ts'
import type { Hash } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { updateTrie } from '../../state/trie/update.ts'
import { walkTrie } from '../../state/trie/walk.ts'
import { createNodeMap } from '../state/nodeMap.ts'

const vectors = process.env.OPENLEDGER_VECTORS ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors')
const folder = join(vectors, 'ethereum-tests', 'TrieTests')
const skip = existsSync(folder) ? false : 'skipped: no vectors'

type Puts = Readonly<Record<string, string | null>> | readonly (readonly [string, string | null])[]
type RootVectors = Readonly<Record<string, { readonly in: Puts; readonly root: string }>>
type NeighbourVectors = Readonly<
  Record<string, { readonly in: readonly string[]; readonly tests: readonly (readonly [string, string, string])[] }>
>

/** Each file: whether its keys are hashed, and whether its puts and removals may come in any order. */
const rootFiles = [
  { file: 'trietest.json', isSecure: false, isAnyOrder: false },
  { file: 'trietest_secureTrie.json', isSecure: true, isAnyOrder: false },
  { file: 'trieanyorder.json', isSecure: false, isAnyOrder: true },
  { file: 'trieanyorder_secureTrie.json', isSecure: true, isAnyOrder: true },
  { file: 'hex_encoded_securetrie_test.json', isSecure: true, isAnyOrder: true },
] as const

for (const { file, isSecure, isAnyOrder } of rootFiles) {
  test(`has the root of every vector in ${file}`, { skip }, () => {
    const cases = Object.entries(read<RootVectors>(file))
    assert.ok(cases.length > 0)
    for (const [name, { in: input, root }] of cases) {
      const puts = entriesOf(input, isSecure)
      assert.equal(oneByOne(puts), root, name)
      if (!isAnyOrder) continue
      assert.equal(oneByOne(puts.toReversed()), root, `${name}, reversed`)
      const { readNode, sink } = createNodeMap()
      assert.equal(updateTrie(readNode, emptyTrieRoot, puts, sink), root, `${name}, in one pass`)
    }
  })
}

test('finds the neighbours of trietestnextprev.json in key order', { skip }, () => {
  const cases = Object.entries(read<NeighbourVectors>('trietestnextprev.json'))
  assert.ok(cases.length > 0)
  for (const [name, { in: keys, tests }] of cases) {
    const { readNode, sink } = createNodeMap()
    const puts = keys.map((key) => ({ key: bytesOf(key), value: bytesOf(key) }))
    const root = updateTrie(readNode, emptyTrieRoot, puts, sink)
    const walked = [...walkTrie(readNode, root)].map(({ key }) => Buffer.from(key).toString())
    for (const [key, previous, next] of tests) {
      assert.equal(walked.findLast((other) => other < key) ?? '', previous, `${name}: before '${key}'`)
      assert.equal(walked.find((other) => other > key) ?? '', next, `${name}: after '${key}'`)
    }
  }
})

type Put = { readonly key: Uint8Array; readonly value: Uint8Array | undefined }

function oneByOne(puts: readonly Put[]): Hash {
  const { readNode, sink } = createNodeMap()
  return puts.reduce((root, put) => updateTrie(readNode, root, [put], sink), emptyTrieRoot)
}

function entriesOf(input: Puts, isSecure: boolean): Put[] {
  const pairs = Array.isArray(input) ? (input as readonly (readonly [string, string | null])[]) : Object.entries(input)
  return pairs.map(([key, value]) => ({
    key: isSecure ? keccak256(bytesOf(key)) : bytesOf(key),
    value: value === null ? undefined : bytesOf(value),
  }))
}

function bytesOf(text: string): Uint8Array {
  return text.startsWith('0x') ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text)
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as T
}
