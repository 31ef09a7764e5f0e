import type { Address, Hash } from '../hex.ts'
import type { Signature } from '../tx.ts'

/** A key that signs 32-byte digests, in memory or elsewhere. */
export type Sign = {
  readonly address: Address
  sign(digest: Hash): Promise<Signature>
}
