import { type Block, decodeBlock } from '../../core/block.ts'
import type { Address } from '../../core/hex.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import type { OpenedBlock, PeerId } from '../../core/ports/net.ts'
import { type Seal, type SealedRef, sealSigner } from '../../core/seal.ts'
import type { OriginParent } from '../../l1/origins.ts'
import type { SignedBlock } from '../evidence/finding.ts'
import { isBodyOf } from '../evidence/signedBlock.ts'

/** A sealed block that may become the chain's. Whether its signer was allowed shows at its origin. */
export type Candidate = SealedRef & {
  readonly block: Block
  readonly raw: Uint8Array
  readonly seal: Seal
  readonly signer: Address
  /** What its first transaction says of L1; undefined: nothing. */
  readonly origin: OriginParent | undefined
  /** Who gave it. */
  readonly peer: PeerId
}

/** `malformed`: it is not the block that it is said to be. `unsigned`: the seal is of no key. */
export function openCandidate(
  chainId: bigint,
  opened: OpenedBlock,
  seal: Seal,
  peer: PeerId,
): Candidate | 'malformed' | 'unsigned' {
  const { number, parentHash, hash, raw, senders } = opened
  const block = decodeBlock(raw, { senders })
  if ('reject' in block || block.hash !== hash) return 'malformed'
  if (block.header.number !== number || block.header.parentHash !== parentHash) return 'malformed'
  // A seal is of a header: any peer can put other transactions behind it, and the block must not pay for that.
  if (!isBodyOf(block.header, block)) return 'malformed'
  const signer = sealSigner(chainId, opened, seal)
  if (signer === undefined) return 'unsigned'
  return { number, parentHash, hash, block, raw, seal, signer, origin: originOfBlock(block), peer }
}

/** What a block says of its place on L1. Genesis says nothing. */
export function originOfBlock({ transactions }: Pick<Block, 'transactions'>): OriginParent | undefined {
  const first = transactions[0]?.tx
  const attributes = first?.type === 0x7e ? decodeL1Attributes(first.data) : undefined
  if (attributes === undefined) return undefined
  const { origin, sequenceNumber } = attributes
  return { origin: { number: origin.number, hash: origin.hash }, sequenceNumber }
}

/** What evidence takes of a candidate, or of a stored block with its seal. */
export function signedBlock({ number, parentHash, hash, seal, raw }: SignedBlock): SignedBlock {
  return { number, parentHash, hash, seal, raw }
}
