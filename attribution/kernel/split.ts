import { type Ancestor, shareUnit } from './lineage.ts'

/** Shares of a margin in 1/10,000, in the order of the split; they sum to 10,000. */
export type MarginShares = {
  readonly data: bigint
  readonly owner: bigint
  readonly validators: bigint
  readonly treasury: bigint
  readonly insurance: bigint
  readonly burn: bigint
}

/** The same in wei; they sum to the margin. `ancestors` has one amount per ancestor. */
export type MarginParts = MarginShares & { readonly ancestors: readonly bigint[] }

/**
 * Splits an amount by weights: part i = floor(amount * W_i / W) - floor(amount * W_{i-1} / W), W_i the weights up to i.
 * The parts sum to the amount exactly and each is less than 1 wei off its share. Nothing to weigh by: every part is 0.
 */
export function splitAmount(amount: bigint, weights: readonly bigint[]): readonly bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  if (total === 0n) return weights.map(() => 0n)
  let weight = 0n
  let given = 0n
  return weights.map((each) => {
    weight += each
    const before = given
    given = (amount * weight) / total
    return given - before
  })
}

/**
 * Splits a margin in one prefix order: data, the ancestors as they are listed (by id), owner, validators, treasury,
 * insurance, burn. The owner's share goes to the ancestors by their shares of it, what they leave to the owner.
 */
export function splitMargin(margin: bigint, shares: MarginShares, ancestors: readonly Ancestor[]): MarginParts {
  const left = ancestors.reduce((rest, { share }) => rest - share, shareUnit)
  const parts = splitAmount(margin, [
    shares.data * shareUnit,
    ...ancestors.map(({ share }) => shares.owner * share),
    shares.owner * left,
    shares.validators * shareUnit,
    shares.treasury * shareUnit,
    shares.insurance * shareUnit,
    shares.burn * shareUnit,
  ])
  const [owner, validators, treasury, insurance, burn] = parts.slice(1 + ancestors.length)
  return {
    data: parts[0]!,
    ancestors: parts.slice(1, 1 + ancestors.length),
    owner: owner!,
    validators: validators!,
    treasury: treasury!,
    insurance: insurance!,
    burn: burn!,
  }
}
