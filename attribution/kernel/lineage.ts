import type { Hash } from '../../core/hex.ts'

/** One whole, in the units of shares: 1e-9. */
export const shareUnit = 1_000_000_000n
/** Most ancestors that a model can owe. */
export const maxAncestors = 32
/** Most versions of an effective corpus. */
export const maxCorpus = 16

/** A model and its share of the model owners' part, in 1e-9. */
export type Ancestor = { readonly id: Hash; readonly share: bigint }

/** A parent of a new model: the share agreed with it, the sum of its own parents' shares, its flattened ancestors. */
export type Parent = Ancestor & { readonly parentShareSum: bigint; readonly ancestors: readonly Ancestor[] }

/** A version of a datanet, as a model lists it. */
export type ListedVersion = { readonly datanet: Hash; readonly version: Hash; readonly sequence: bigint }

/**
 * Who shares in what the owner of a new model is paid, by id:
 * `flat(child)[a] = sum over parents p of share_p * ([a = p] * (1 - S_p) + flat(p)[a])`, each product floored, zeros
 * dropped. What is left of one whole stays with the child. The order of the parents does not matter.
 */
export function flatten(
  parents: readonly Parent[],
): { readonly ancestors: readonly Ancestor[] } | { readonly reject: 'TooManyAncestors' } {
  const shares = new Map<Hash, bigint>()
  for (const parent of parents) {
    const own = { id: parent.id, share: shareUnit - parent.parentShareSum }
    for (const { id, share } of [own, ...parent.ancestors]) {
      const product = (parent.share * share) / shareUnit
      if (product > 0n) shares.set(id, (shares.get(id) ?? 0n) + product)
    }
  }
  if (shares.size > maxAncestors) return { reject: 'TooManyAncestors' }
  const ancestors = Array.from(shares, ([id, share]) => ({ id, share }))
  return { ancestors: ancestors.sort((a, b) => compare(a.id, b.id)) }
}

/**
 * The effective corpus of a model: its own versions and those of its parents' effective corpora, of each datanet the
 * one with the highest sequence, by datanet id.
 */
export function mergeCorpus(
  own: readonly ListedVersion[],
  parents: readonly (readonly ListedVersion[])[],
): { readonly corpus: readonly ListedVersion[] } | { readonly reject: 'CorpusTooLarge' } {
  const newest = new Map<Hash, ListedVersion>()
  for (const listed of [own, ...parents].flat()) {
    const known = newest.get(listed.datanet)
    if (known === undefined || known.sequence < listed.sequence) newest.set(listed.datanet, listed)
  }
  if (newest.size > maxCorpus) return { reject: 'CorpusTooLarge' }
  return { corpus: [...newest.values()].sort((a, b) => compare(a.datanet, b.datanet)) }
}

// Hashes are lowercase hex of one length: their text sorts as their number does.
function compare(a: Hash, b: Hash): number {
  return a < b ? -1 : a > b ? 1 : 0
}
