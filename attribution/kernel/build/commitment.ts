import { type Address, bigintToFixed, concatBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { keccak256, keccakHash } from '../../../core/keccak.ts'

/** What a refutation is about: a batch, a version, or a channel's sequence number (`equivocationSubject`). */
export type Subject = Hash

/**
 * What `commitRefutation` takes, so that nobody can take a proof from its transaction:
 * keccak(subject, refuter, salt, keccak(input)), `input` being the whole call data of the refuting call, which holds the
 * same salt. The call has to come from the refuter, in a later block.
 */
export function refutationCommitment(subject: Subject, refuter: Address, salt: Hash, input: Uint8Array): Hash {
  return keccakHash(concatBytes(hexToBytes(subject), hexToBytes(refuter), hexToBytes(salt), keccak256(input)))
}

/** What `proveEquivocation` is about: keccak(u48 channel, u40 sequence). */
export function equivocationSubject(channel: bigint, sequence: bigint): Subject {
  return keccakHash(concatBytes(bigintToFixed(channel, 6), bigintToFixed(sequence, 5)))
}
