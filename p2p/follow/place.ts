import type { Hash } from '../../core/hex.ts'
import type { SealedRef } from '../../core/seal.ts'
import type { Chain } from '../../state/chain.ts'

/** Where a block belongs in the chain as it is now. */
export type Place =
  /** It is canonical. */
  | { readonly kind: 'known' }
  /** The child of the head. */
  | { readonly kind: 'next' }
  /** The chain has another child of its parent. */
  | { readonly kind: 'rival'; readonly own: Hash }
  /** Not after the safe head, and its parent is not canonical. */
  | { readonly kind: 'past' }
  /** After the safe head, and its parent is not canonical. */
  | { readonly kind: 'orphan' }

export function placeOf(
  { heads, reader }: Pick<Chain, 'heads' | 'reader'>,
  { number, hash, parentHash }: SealedRef,
): Place {
  const own = reader.hashByNumber(number)
  if (own === hash) return { kind: 'known' }
  const { unsafe, safe } = heads()
  if (number === 0n || reader.hashByNumber(number - 1n) !== parentHash) {
    return { kind: number <= safe.number ? 'past' : 'orphan' }
  }
  return number === unsafe.number + 1n || own === undefined ? { kind: 'next' } : { kind: 'rival', own }
}
