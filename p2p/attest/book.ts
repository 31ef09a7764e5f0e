import type { Attestation, Claim } from '../../core/attestation.ts'
import type { Address, Hash } from '../../core/hex.ts'

/** What signers attested, by L1 block. Its size is bounded for each signer by itself: nobody displaces what others said. */
export type Book = {
  /** `isKnown`: the L1 block is one that counts now; otherwise the attestation waits until `settle` names the block. */
  add(signer: Address, attestation: Attestation, isKnown: boolean): Added
  /** What a signer attested of a known L1 block. */
  of(signer: Address, l1BlockHash: Hash): Attestation | undefined
  /** The known L1 blocks of which anything was said. */
  known(): ReadonlySet<Hash>
  /** An L1 block counts from now on; the signers whose attestations waited for it. */
  settle(l1BlockHash: Hash): readonly Address[]
  /** What was said of an L1 block does not count any more. */
  forget(l1BlockHash: Hash): void
  /** Forgets every other signer. */
  keep(signers: ReadonlySet<Address>): void
  /** The highest L2 block number a signer attested of known L1 blocks. */
  newest(signer: Address): bigint | undefined
}

export type Added =
  | { readonly kind: 'counted' | 'waits' | 'known' }
  /** Another claim about the same L1 block, which ends with one safe block. The first one stays. */
  | { readonly kind: 'double_sign'; readonly first: Attestation }

/** L1 blocks that do not count yet, for each signer. */
const mostWaiting = 64

type Page = { readonly known: Map<Hash, Attestation>; readonly waiting: Map<Hash, Attestation> }

/** An empty book. Known L1 blocks are bounded by whoever names and forgets them. */
export function createBook(): Book {
  const pages = new Map<Address, Page>()

  function pageOf(signer: Address): Page {
    const page = pages.get(signer) ?? { known: new Map(), waiting: new Map() }
    pages.set(signer, page)
    return page
  }

  return {
    add(signer, attestation, isKnown) {
      const page = pageOf(signer)
      const side = isKnown ? page.known : page.waiting
      const first = side.get(attestation.l1BlockHash)
      if (first !== undefined)
        return isSameClaim(first, attestation) ? { kind: 'known' } : { kind: 'double_sign', first }
      side.set(attestation.l1BlockHash, attestation)
      if (isKnown) return { kind: 'counted' }
      if (side.size > mostWaiting) side.delete(side.keys().next().value!)
      return { kind: 'waits' }
    },
    of: (signer, l1BlockHash) => pages.get(signer)?.known.get(l1BlockHash),
    known: () => new Set([...pages.values()].flatMap(({ known }) => [...known.keys()])),
    settle(l1BlockHash) {
      const moved: Address[] = []
      for (const [signer, { known, waiting }] of pages) {
        const said = waiting.get(l1BlockHash)
        if (said === undefined) continue
        waiting.delete(l1BlockHash)
        known.set(l1BlockHash, said)
        moved.push(signer)
      }
      return moved
    },
    forget(l1BlockHash) {
      for (const { known } of pages.values()) known.delete(l1BlockHash)
    },
    keep(signers) {
      for (const signer of pages.keys()) if (!signers.has(signer)) pages.delete(signer)
    },
    newest(signer) {
      let newest: bigint | undefined
      for (const { l2BlockNumber } of pages.get(signer)?.known.values() ?? []) {
        if (newest === undefined || l2BlockNumber > newest) newest = l2BlockNumber
      }
      return newest
    },
  }
}

/** Whether two claims are one. */
export function isSameClaim(a: Claim, b: Claim): boolean {
  return a.l2BlockNumber === b.l2BlockNumber && a.outputRoot === b.outputRoot && a.l1BlockHash === b.l1BlockHash
}

/** A claim as a key of maps. */
export function claimKey({ l2BlockNumber, outputRoot, l1BlockHash }: Claim): string {
  return `${l2BlockNumber} ${outputRoot} ${l1BlockHash}`
}
