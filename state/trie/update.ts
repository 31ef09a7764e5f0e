import { emptyTrieRoot } from '../../core/account.ts'
import { bytesToHash, emptyBytes, equalBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { type Branch, decodeNode, type Extension, encodeNode, type Leaf, type Ref, type TrieNode } from './node.ts'
import { emptyPath, joinPaths, nibbleAt, oneNibble, type Path, sharedNibbles } from './path.ts'
import type { ReadNode } from './readNode.ts'
import {
  groupAt,
  hasRemovals,
  putsOf,
  putsWithLeaf,
  type Stretch,
  sharedWithAll,
  sortEntries,
  type TrieEntry,
} from './stretch.ts'

/** Takes each new node of an update once, children before parents. */
export type NodeSink = (hash: Hash, raw: Uint8Array) => void

/**
 * Applies changes (each key at most once, any order) to the trie with this root and returns the new root. One pass:
 * the keys are sorted once, then every node on the way is read, rebuilt and hashed once. Nodes that come out as they
 * were are not given to the sink.
 */
export function updateTrie(readNode: ReadNode, root: Hash, entries: readonly TrieEntry[], sink: NodeSink): Hash {
  if (entries.length === 0) return root
  const before = root === emptyTrieRoot ? emptyBytes : hexToBytes(root)
  const node = createUpdate(readNode, sink)(before, sortEntries(entries), 0)
  if (node === undefined) return emptyTrieRoot
  const raw = encodeNode(node)
  const hash = bytesToHash(keccak256(raw))
  if (hash !== root) sink(hash, raw)
  return hash
}

/** Children of a branch that are not stored yet, by nibble. */
type NewChildren = (TrieNode | undefined)[]

/**
 * A node is hashed only when its parent is known to keep it as it is: until then a branch that loses all but one child
 * may still give it away.
 */
function createUpdate(readNode: ReadNode, sink: NodeSink) {
  /** The node at `ref`, whose keys share `depth` nibbles, after the changes; undefined if nothing is left of it. */
  function update(ref: Ref, changes: Stretch, depth: number): TrieNode | undefined {
    if (ref.length > 0) return updateNode(resolve(ref), changes, depth)
    return hasRemovals(changes) ? buildAll(putsOf(changes), depth) : build(changes, depth)
  }

  function updateNode(node: TrieNode, changes: Stretch, depth: number): TrieNode | undefined {
    if (node.kind === 'leaf') return buildAll(putsWithLeaf(changes, depth, node.path, node.value), depth)
    if (node.kind === 'extension') return updateExtension(node, changes, depth)
    return updateBranch(node, [], changes, depth)
  }

  function updateExtension({ path, child }: Extension, changes: Stretch, depth: number): TrieNode | undefined {
    const { bytes, from, to } = path
    const shared = sharedWithAll(changes, depth, path)
    if (shared === to - from) {
      const node = update(child, changes, depth + shared)
      return node === undefined ? undefined : prepend(path, node, child)
    }
    // Some key leaves the path here: a branch takes its place, with the rest of the extension as one child.
    const nibble = nibbleAt(bytes, from + shared)
    const rest: Path = { bytes, from: from + shared + 1, to }
    const children = noChildren()
    const created: NewChildren = []
    if (rest.from === rest.to) children[nibble] = child
    else created[nibble] = { kind: 'extension', path: rest, child }
    const node = updateBranch({ kind: 'branch', children, value: undefined }, created, changes, depth + shared)
    if (node === undefined || shared === 0) return node
    return prepend({ bytes, from, to: from + shared }, node, emptyBytes)
  }

  function updateBranch(branch: Branch, created: NewChildren, changes: Stretch, depth: number): TrieNode | undefined {
    const { list, low, high } = changes
    const children = branch.children.slice()
    let { value } = branch
    let index = low
    if (list[index]!.key.length * 2 === depth) value = list[index++]!.value
    while (index < high) {
      const nibble = nibbleAt(list[index]!.key, depth)
      const group = groupAt(changes, index, depth, nibble)
      const here = created[nibble]
      const node = here === undefined ? update(children[nibble]!, group, depth + 1) : updateNode(here, group, depth + 1)
      if (node === undefined) children[nibble] = emptyBytes
      created[nibble] = node
      index = group.high
    }
    let count = 0
    let only = 0
    for (let nibble = 0; nibble < 16; nibble++) {
      if (created[nibble] === undefined && children[nibble]!.length === 0) continue
      count++
      only = nibble
    }
    if (count === 0) return value === undefined ? undefined : leafOf(emptyPath, value)
    if (count === 1 && value === undefined) {
      const ref = children[only]!
      return prepend(oneNibble(only), created[only] ?? resolve(ref), ref)
    }
    created.forEach((node, nibble) => {
      if (node !== undefined) children[nibble] = refOf(node, children[nibble]!)
    })
    return { kind: 'branch', children, value }
  }

  /** A node under a path. `ref` is where the node was before, if anywhere. */
  function prepend(path: Path, node: TrieNode, ref: Ref): TrieNode {
    if (node.kind === 'leaf') return leafOf(joinPaths(path, node.path), node.value)
    if (node.kind === 'extension') return { kind: 'extension', path: joinPaths(path, node.path), child: node.child }
    return { kind: 'extension', path, child: refOf(node, ref) }
  }

  function buildAll(list: readonly TrieEntry[], depth: number): TrieNode | undefined {
    return list.length === 0 ? undefined : build({ list, low: 0, high: list.length }, depth)
  }

  /** A new subtrie of entries that all have values. */
  function build(puts: Stretch, depth: number): TrieNode {
    const { list, low, high } = puts
    const first = list[low]!
    if (high - low === 1) return leafOf({ bytes: first.key, from: depth, to: 2 * first.key.length }, first.value!)
    const last = list[high - 1]!
    const limit = 2 * Math.min(first.key.length, last.key.length) - depth
    const fork = depth + sharedNibbles(first.key, depth, last.key, depth, limit)
    const children = noChildren()
    let index = low
    const value = first.key.length * 2 === fork ? list[index++]!.value : undefined
    while (index < high) {
      const nibble = nibbleAt(list[index]!.key, fork)
      const group = groupAt(puts, index, fork, nibble)
      children[nibble] = refOf(build(group, fork + 1), emptyBytes)
      index = group.high
    }
    const branch: Branch = { kind: 'branch', children, value }
    if (fork === depth) return branch
    return { kind: 'extension', path: { bytes: first.key, from: depth, to: fork }, child: refOf(branch, emptyBytes) }
  }

  function resolve(ref: Ref): TrieNode {
    return decodeNode(ref.length === 32 ? readNode(bytesToHash(ref)) : ref)
  }

  /** The reference to a node that was at `before`; a new node goes to the sink. */
  function refOf(node: TrieNode, before: Ref): Ref {
    const raw = encodeNode(node)
    if (raw.length < 32) return raw
    const hash = keccak256(raw)
    if (equalBytes(hash, before)) return before
    sink(bytesToHash(hash), raw)
    return hash
  }

  return update
}

function noChildren(): Ref[] {
  return new Array<Ref>(16).fill(emptyBytes)
}

function leafOf(path: Path, value: Uint8Array): Leaf {
  return { kind: 'leaf', path, value }
}
