import type { Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { nodeMissing, type ReadNode } from '../../state/trie/readNode.ts'
import type { NodeSink } from '../../state/trie/update.ts'

export type NodeMap = {
  readonly nodes: Map<Hash, Uint8Array>
  readonly readNode: ReadNode
  readonly sink: NodeSink
}

/** Trie nodes in memory; every stored node is checked against its hash. */
export function createNodeMap(): NodeMap {
  const nodes = new Map<Hash, Uint8Array>()
  return {
    nodes,
    readNode(hash) {
      const raw = nodes.get(hash)
      if (raw === undefined) throw nodeMissing(hash)
      return raw
    },
    sink(hash, raw) {
      if (keccakHash(raw) !== hash) throw new Error(`${hash} is not the hash of its node`)
      nodes.set(hash, raw)
    },
  }
}
