import { concatBytes, type Hash, hexToBytes, zeroHash } from '../core/hex.ts'
import { keccakHash } from '../core/keccak.ts'

/** What an output root commits to: an L2 block, its state, and the storage root of L2ToL1MessagePasser in it. */
export type Output = { readonly stateRoot: Hash; readonly withdrawalsRoot: Hash; readonly hash: Hash }

/** The output root of an L2 block, version 0 of the OP Stack. */
export function outputRoot({ stateRoot, withdrawalsRoot, hash }: Output): Hash {
  return keccakHash(concatBytes(...[zeroHash, stateRoot, withdrawalsRoot, hash].map(hexToBytes)))
}
