import type { Address } from '../core/hex.ts'
import type { L1Inputs } from '../core/ports/l1.ts'
import type { L1Ref } from './source.ts'

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
  /** L1 has another block at that height, or at the height of the parent's origin. */
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
