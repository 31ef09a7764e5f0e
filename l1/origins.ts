import type { Address } from '../core/hex.ts'
import type { L1Inputs } from '../core/ports/l1.ts'
import type { ChainRules } from '../core/rules.ts'
import { inputsOf, stepTo } from './derive/epoch.ts'
import { type AheadOptions, createAhead } from './follow/ahead.ts'
import type { L1Ref, L1Source } from './source.ts'

/** What L1 gives a block that names its origin. */
export type OriginAnswer =
  | {
      readonly kind: 'inputs'
      readonly inputs: L1Inputs
      /** SystemConfig's unsafe signer at the origin. */
      readonly signer: Address
    }
  /** L1 has no such block yet, as seen here: it may have soon. */
  | { readonly kind: 'ahead' }
  /** L1 has another block at that height, or at that of the parent's origin, or the parent's is too old to tell. */
  | { readonly kind: 'elsewhere' }
  /** No child of that parent can have this origin: it is before the parent's, too far after it, or its deposits do not fit. */
  | { readonly kind: 'not_allowed' }

/** The parent of a block, as far as L1 is concerned. */
export type OriginParent = { readonly origin: L1Ref; readonly sequenceNumber: bigint }

/**
 * L1 as those see it who check blocks before L1 says them: origins may be newer than what derivation has folded. Never
 * changes anything.
 */
export type OriginView = {
  /** What a child of this parent takes of L1 with this origin. Throws the source's NodeErrors of severity `retry`. */
  inputs(parent: OriginParent, origin: L1Ref): Promise<OriginAnswer>
  /** The unsafe signer in the newest configuration that is known here. */
  signer(): Address
}

/**
 * L1 from the records of derivation and, after them, from what is read ahead of it: block by block, no blobs, nothing
 * executed. As many ask at a time as the caller allows.
 */
export function createOriginView({
  rules,
  ...options
}: AheadOptions & {
  readonly source: Pick<L1Source, 'block' | 'hashAt'>
  readonly rules: Pick<ChainRules, 'maxOriginStep'>
}): OriginView {
  const { source, window } = options
  const ahead = createAhead(options)

  async function attempt(parent: OriginParent, origin: L1Ref): Promise<OriginAnswer | 'again'> {
    if (!(await ahead.reach(origin.number))) return { kind: 'ahead' }
    for (const { number, hash } of [parent.origin, origin]) {
      const known = ahead.at(number)?.block.hash
      if (known === hash) continue
      // Long below the safe head's origin, or taken back just now.
      if (known === undefined) return { kind: number <= window.tip().block.number ? 'elsewhere' : 'ahead' }
      const current = await source.hashAt(number)
      if (current === undefined) return { kind: 'ahead' }
      if (current !== hash) return { kind: 'elsewhere' }
      return ahead.forget(number) ? 'again' : { kind: 'ahead' }
    }
    const step = stepTo(ahead.at, parent.origin.number, origin.number)
    if (step === undefined) return { kind: 'not_allowed' }
    return { kind: 'inputs', inputs: inputsOf(parent, step), signer: step.epoch.config.unsafeSigner }
  }

  return {
    async inputs(parent, origin) {
      const step = origin.number - parent.origin.number
      if (step < 0n || step > rules.maxOriginStep) return { kind: 'not_allowed' }
      for (let attempts = 0; attempts < mostAttempts; attempts++) {
        const answer = await attempt(parent, origin)
        if (answer !== 'again') return answer
      }
      return { kind: 'ahead' }
    },
    signer: () => ahead.newest().config.unsafeSigner,
  }
}

/** L1 may have left one fork for another since it was read; oftener than this it does not come to rest. */
const mostAttempts = 3
