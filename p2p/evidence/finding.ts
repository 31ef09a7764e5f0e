import type { Attestation, Claim } from '../../core/attestation.ts'
import type { Header } from '../../core/header.ts'
import type { L1Inputs } from '../../core/ports/l1.ts'
import type { Seal, SealedRef } from '../../core/seal.ts'
import type { L1Ref } from '../../l1/source.ts'
import type { BlockReject } from '../../state/sealed.ts'

/**
 * A block that the sequencer signed: every `GossipedBlock` is one, and so is a stored block with its seal. The seal is
 * by a signer that was allowed; `raw` is the block's RLP, whose header's hash is `hash`.
 */
export type SignedBlock = SealedRef & {
  readonly seal: Seal
  readonly raw: Uint8Array
  /**
   * What the seal's content hash is of. Only with it a body is the sequencer's whose transactions are not those of the
   * header: any peer can put another body behind a sealed header.
   */
  readonly compressed?: Uint8Array | undefined
}

/** Something that only a fault of the sequencer, the proposer or a validator explains. */
export type Finding =
  /** Two blocks of the sequencer with one parent and one L1 origin. */
  | { readonly kind: 'equivocation'; readonly first: SignedBlock; readonly second: SignedBlock }
  /** A block of the sequencer that breaks a rule. Its parent and the parent's state are stored; `inputs` are what L1 gives. */
  | {
      readonly kind: 'invalid_block'
      readonly block: SignedBlock
      readonly reject: BlockReject
      readonly inputs: L1Inputs
    }
  /** A block of the sequencer in whose place L1 has another one, of the same parent and origin. */
  | {
      readonly kind: 'block_not_derived'
      readonly block: SignedBlock
      /** What L1 says, and the L1 block that was folded when it did. */
      readonly derived: { readonly header: Header; readonly l1Block: L1Ref }
    }
  /** An output on L1 that is not what this node derived. */
  | {
      readonly kind: 'output_mismatch'
      /** In the OutputOracle. */
      readonly index: bigint
      readonly claim: Claim
      readonly l1BlockNumber: bigint
      /** Of the block that is the safe one at the end of that L1 block, as derived here. */
      readonly own: Header
    }
  /** Two different claims of one signer about one L1 block. */
  | { readonly kind: 'double_attestation'; readonly first: Attestation; readonly second: Attestation }

export const findingKinds = [
  'equivocation',
  'invalid_block',
  'block_not_derived',
  'output_mismatch',
  'double_attestation',
] as const satisfies readonly Finding['kind'][]
export type FindingKind = Finding['kind']
