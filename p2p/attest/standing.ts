import type { Claim } from '../../core/attestation.ts'
import type { Hash } from '../../core/hex.ts'
import type { Validator } from '../../genesis/validators.ts'
import { outputRoot } from '../../l1/output.ts'
import { createCache } from '../../state/cache.ts'
import type { Chain } from '../../state/chain.ts'
import { type Book, isSameClaim } from './book.ts'
import type { L1Window } from './l1Window.ts'
import { type Quorum, quorumAt } from './tally.ts'

/** Where this node and two thirds of the stake stand to each other, over the L1 blocks that count. */
export type Standing = {
  /** What this node derived for an L1 block; undefined if that does not count here. */
  own(l1BlockHash: Hash): Claim | undefined
  /** Outputs on L1 that are what was derived here, of L1 blocks that may be too old for the window. */
  readonly pins: () => ReadonlyMap<Hash, Claim>
  /** Replaces them. */
  pin(claims: readonly Claim[]): void
  isKnown(l1BlockHash: Hash): boolean
  /** Counts what was said of an L1 block again. */
  judge(l1BlockHash: Hash, validators: readonly Validator[]): void
  /** Counts everything again, because others have the stake now, or not as much of it. */
  recount(validators: readonly Validator[]): void
  forget(l1BlockHash: Hash): void
  /** The newest claim of two thirds of the stake that this node shares, and the newest of all if it is another one. */
  newest(): { readonly shared: Quorum | undefined; readonly against: Quorum | undefined }
}

type Ranked = {
  readonly quorum: Quorum
  readonly number: bigint
  readonly l1Number: bigint
  readonly isOurs: boolean
}

/** `roots`: output roots to keep in memory. */
export function createStanding({
  reader,
  window,
  book,
  roots,
}: {
  readonly reader: Pick<Chain['reader'], 'headerByHash'>
  readonly window: L1Window
  readonly book: Book
  readonly roots: number
}): Standing {
  const judged = new Map<Hash, Quorum>()
  const known = createCache<Hash, Hash>(roots)
  let pins: ReadonlyMap<Hash, Claim> = new Map()

  function rootOf(hash: Hash): Hash | undefined {
    const cached = known.get(hash)
    if (cached !== undefined) return cached
    const header = reader.headerByHash(hash)
    if (header === undefined) return undefined
    const root = outputRoot({ ...header, hash })
    known.set(hash, root)
    return root
  }

  function own(l1BlockHash: Hash): Claim | undefined {
    const safe = window.byHash(l1BlockHash)?.safe
    if (safe === undefined) return pins.get(l1BlockHash)
    const root = rootOf(safe.hash)
    return root && { l2BlockNumber: safe.number, outputRoot: root, l1BlockHash }
  }

  function judge(l1BlockHash: Hash, validators: readonly Validator[]): void {
    const quorum = quorumAt(book, validators, l1BlockHash)
    if (quorum !== undefined) judged.set(l1BlockHash, quorum)
  }

  return {
    own,
    pins: () => pins,
    pin(claims) {
      pins = new Map(claims.map((claim) => [claim.l1BlockHash, claim]))
    },
    isKnown: (l1BlockHash) => window.byHash(l1BlockHash) !== undefined || pins.has(l1BlockHash),
    judge,
    recount(validators) {
      judged.clear()
      for (const hash of book.known()) judge(hash, validators)
    },
    forget(l1BlockHash) {
      judged.delete(l1BlockHash)
    },
    newest() {
      let newest: Ranked | undefined
      let shared: Ranked | undefined
      for (const [l1BlockHash, quorum] of judged) {
        const mine = own(l1BlockHash)
        if (mine === undefined) continue
        const l1Number = window.byHash(l1BlockHash)?.block.number ?? 0n
        const ranked = { quorum, number: mine.l2BlockNumber, l1Number, isOurs: isSameClaim(mine, quorum.claim) }
        if (isAfter(ranked, newest)) newest = ranked
        if (ranked.isOurs && isAfter(ranked, shared)) shared = ranked
      }
      return { shared: shared?.quorum, against: newest?.isOurs === false ? newest.quorum : undefined }
    },
  }
}

function isAfter(a: Ranked, b: Ranked | undefined): boolean {
  return b === undefined || a.number > b.number || (a.number === b.number && a.l1Number > b.l1Number)
}
