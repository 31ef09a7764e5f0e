import { emptyTrieRoot } from '../../core/account.ts'
import { bytesToHash, type Hash, hexToBytes } from '../../core/hex.ts'
import { decodeNode, type Ref } from './node.ts'
import { emptyPath, joinPaths, oneNibble, type Path } from './path.ts'

/** A key of a trie and its value; both may be views. */
export type TrieLeaf = { readonly key: Uint8Array; readonly value: Uint8Array }

/**
 * All entries of the trie with this root, in key order. Every node named by hash is asked for once per place; where
 * `read` has none, that part of the trie is left out.
 */
export function* walkTrie(read: (hash: Hash) => Uint8Array | undefined, root: Hash): Generator<TrieLeaf> {
  if (root === emptyTrieRoot) return
  const stack: { readonly ref: Ref; readonly path: Path }[] = [{ ref: hexToBytes(root), path: emptyPath }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const raw = top.ref.length === 32 ? read(bytesToHash(top.ref)) : top.ref
    if (raw === undefined) continue
    const node = decodeNode(raw)
    if (node.kind === 'leaf') yield { key: joinPaths(top.path, node.path).bytes, value: node.value }
    else if (node.kind === 'extension') stack.push({ ref: node.child, path: joinPaths(top.path, node.path) })
    else {
      if (node.value !== undefined) yield { key: top.path.bytes, value: node.value }
      for (let nibble = 15; nibble >= 0; nibble--) {
        const ref = node.children[nibble]!
        if (ref.length > 0) stack.push({ ref, path: joinPaths(top.path, oneNibble(nibble)) })
      }
    }
  }
}
