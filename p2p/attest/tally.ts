import type { Attestation, Claim } from '../../core/attestation.ts'
import type { Hash } from '../../core/hex.ts'
import type { Validator } from '../../genesis/validators.ts'
import { type Book, claimKey, isSameClaim } from './book.ts'

/** A claim of one L1 block that two thirds of the stake made; stakes in whole OPEN. */
export type Quorum = { readonly claim: Claim; readonly stake: bigint; readonly total: bigint }

/** The claim of an L1 block that validators with two thirds of the whole stake made; undefined if there is none. */
export function quorumAt(book: Book, validators: readonly Validator[], l1BlockHash: Hash): Quorum | undefined {
  const total = validators.reduce((sum, { weight }) => sum + weight, 0n)
  const stakes = new Map<string, bigint>()
  for (const { signer, weight } of validators) {
    const said = book.of(signer, l1BlockHash)
    if (said === undefined) continue
    const claim = { l2BlockNumber: said.l2BlockNumber, outputRoot: said.outputRoot, l1BlockHash }
    const key = claimKey(claim)
    const stake = (stakes.get(key) ?? 0n) + weight
    // No stake is no two thirds of nothing.
    if (stake > 0n && 3n * stake >= 2n * total) return { claim, stake: stakeOf(book, validators, claim), total }
    stakes.set(key, stake)
  }
  return undefined
}

/** What current validators attested of a claim, by signer: the order in which ValidatorRegistry takes them. */
export function attestationsOf(book: Book, validators: readonly Validator[], claim: Claim): readonly Attestation[] {
  const signers = new Set(validators.map(({ signer }) => signer))
  return [...signers].sort().flatMap((signer) => {
    const found = book.of(signer, claim.l1BlockHash)
    return found !== undefined && isSameClaim(found, claim) ? [found] : []
  })
}

/** Whether the same stake is behind the same signers: the vault keeps its order as long as nothing changes. */
export function isSameSet(a: readonly Validator[], b: readonly Validator[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ signer, weight }, index) => signer === b[index]!.signer && weight === b[index]!.weight))
  )
}

function stakeOf(book: Book, validators: readonly Validator[], claim: Claim): bigint {
  let stake = 0n
  for (const { signer, weight } of validators) {
    const found = book.of(signer, claim.l1BlockHash)
    if (found !== undefined && isSameClaim(found, claim)) stake += weight
  }
  return stake
}
