import { emptyTrieRoot } from '../../core/account.ts'
import { bytesToHash, type Hash } from '../../core/hex.ts'
import { headLength, itemEnd, refAt } from './node.ts'
import { nibbleAt, readCompact, sharedNibbles } from './path.ts'
import type { ReadNode } from './readNode.ts'

/**
 * The value of a key in the trie with this root (a view into its node), or undefined. `visit` sees the RLP of each
 * node that is named by hash, from the root down: the Merkle proof that the key has this value, or none.
 */
export function lookup(
  readNode: ReadNode,
  root: Hash,
  key: Uint8Array,
  visit?: (raw: Uint8Array) => void,
): Uint8Array | undefined {
  if (root === emptyTrieRoot) return undefined
  const length = 2 * key.length
  let raw = readNode(root)
  let depth = 0
  visit?.(raw)
  for (;;) {
    const start = headLength(raw, 0)
    const second = itemEnd(raw, start)
    const end = itemEnd(raw, second)
    let at = second
    if (end !== raw.length) {
      // A branch: its value if the key ends here, otherwise the child at the key's next nibble.
      at = start
      for (let skip = depth === length ? 16 : nibbleAt(key, depth); skip > 0; skip--) at = itemEnd(raw, at)
      if (depth === length) return raw[at] === 0x80 ? undefined : raw.subarray(at + headLength(raw, at))
      depth++
    } else {
      const pathStart = start + headLength(raw, start)
      const { bytes, from, to } = readCompact(raw, pathStart, second)
      const steps = to - from
      if (steps > length - depth || sharedNibbles(key, depth, bytes, from, steps) !== steps) return undefined
      depth += steps
      if ((raw[pathStart]! & 0x20) !== 0) {
        return depth === length ? raw.subarray(second + headLength(raw, second), end) : undefined
      }
    }
    const ref = refAt(raw, at, itemEnd(raw, at))
    if (ref.length === 0) return undefined
    if (ref.length === 32) {
      raw = readNode(bytesToHash(ref))
      visit?.(raw)
    } else raw = ref
  }
}
