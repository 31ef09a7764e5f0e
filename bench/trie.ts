import { createMPT } from '@ethereumjs/mpt'
import { emptyTrieRoot } from '../core/account.ts'
import type { Hash } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import type { TrieEntry } from '../state/trie/stretch.ts'
import { updateTrie } from '../state/trie/update.ts'
import { report } from './report.ts'

/** One row of the report; rates are leaves per second. */
export type TrieRow = {
  readonly leaves: number
  /** An empty trie filled in one pass. */
  readonly build: number
  /** A tenth of the leaves, at most 1,000, changed in one pass: what a block does. */
  readonly block: number
  /** Leaves changed one by one. */
  readonly single: number
  /** @ethereumjs/mpt, put by put, up to 100,000 leaves. */
  readonly oracleBuild: number | undefined
}

/** Measures keccak of the key, trie and node hashing, all nodes in memory. */
export async function benchTrie(leaves: number): Promise<TrieRow> {
  const nodes = new Map<Hash, Uint8Array>()
  const sink = (hash: Hash, raw: Uint8Array) => nodes.set(hash, raw)
  const readNode = (hash: Hash) => nodes.get(hash)!
  const value = (seed: number) => new Uint8Array(70).fill((seed % 255) + 1)
  const entry = (index: number, seed: number): TrieEntry => ({ key: keyOf(index), value: value(seed) })
  const all = (count: number, seed: number) => Array.from({ length: count }, (_, index) => entry(index * 7919, seed))

  let root = emptyTrieRoot
  const build = rate(leaves, () => {
    root = updateTrie(readNode, root, all(leaves, 1), sink)
  })
  const step = Math.min(1000, leaves / 10)
  const block = rate(10 * step, () => {
    for (let round = 2; round < 12; round++) root = updateTrie(readNode, root, all(step, round), sink)
  })
  const single = rate(1000, () => {
    for (let index = 0; index < 1000; index++) root = updateTrie(readNode, root, [entry(index * 7919, 20)], sink)
  })
  return { leaves, build, block, single, oracleBuild: leaves > 1e5 ? undefined : await oracleRate(leaves, value(1)) }
}

async function oracleRate(leaves: number, value: Uint8Array): Promise<number> {
  const count = Math.min(leaves, 1e4)
  const oracle = await createMPT()
  const start = performance.now()
  for (let index = 0; index < count; index++) await oracle.put(keyOf(index * 7919), value)
  return Math.round((count * 1000) / (performance.now() - start))
}

function keyOf(index: number): Uint8Array {
  const bytes = new Uint8Array(20)
  new DataView(bytes.buffer).setUint32(16, index)
  return keccak256(bytes)
}

function rate(count: number, run: () => void): number {
  const start = performance.now()
  run()
  return Math.round((count * 1000) / (performance.now() - start))
}

if (import.meta.main) {
  const sizes = process.argv.slice(2).map(Number).filter(Number.isSafeInteger)
  const rows: TrieRow[] = []
  for (const size of sizes.length > 0 ? sizes : [1e4, 1e5, 1e6]) rows.push(await benchTrie(size))
  report(rows, process.argv)
}
