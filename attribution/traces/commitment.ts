import { type Address, concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { tracesAbi } from '../abi/traces.ts'
import { type Call, chargedHash, need } from '../native/call.ts'
import { hashGas } from '../native/gas.ts'
import { emitterOf } from '../native/table.ts'
import { commitCounter, commits } from '../storage/traces.ts'

const emit = emitterOf(tracesAbi)

/** A proof that somebody means to bring: exactly this call, by this account. */
export type Committed = {
  /** The batch or version it is against; for an equivocation `equivocationSubject`. */
  readonly subject: Hash
  readonly refuter: Address
  /** The `salt` argument of the call: what makes the commitment unguessable. */
  readonly salt: Hash
  /** keccak of the call data, selector included. */
  readonly proof: Hash
}

/** What `commitRefutation` takes: keccak(subject, refuter, salt, proof). */
export function commitmentOf(committed: Committed): Hash {
  return keccakHash(preimageOf(committed))
}

/** What stands for the batch in a commitment to an equivocation: keccak(u48 channel, u40 sequence). */
export function equivocationSubject(channel: bigint, sequence: bigint): Hash {
  return keccakHash(hexToBytes(`0x${hexOf(channel, 6)}${hexOf(sequence, 5)}`))
}

/** Bytes of which `equivocationSubject` is the hash, for gas. */
export const subjectBytes = 11

/**
 * Takes a place in the order of refuters without showing what for. The first sight of a commitment counts: repeating it,
 * by whomever, changes nothing.
 */
export function commitRefutation(call: Call, { commitment }: { readonly commitment: Hash }): undefined {
  if (commits.field(call.store, 'order', commitment) !== 0n) return
  const order = commitCounter.field(call.store, 'order') + 1n
  commitCounter.set(call.store, { order })
  commits.set(call.store, { order, blockNumber: call.blockNumber }, commitment)
  emit(call, 'RefutationCommitted', { commitment, committer: call.caller, order })
}

/** Order and proof of the commitment to this very call; `NotCommitted` unless it was made in an earlier block. */
export function needCommitment(
  call: Call,
  subject: Hash,
  salt: Hash,
): { readonly order: bigint; readonly proof: Hash } {
  const proof = chargedHash(call, call.input)
  const preimage = preimageOf({ subject, refuter: call.caller, salt, proof })
  call.charge(hashGas(preimage.length))
  const { order, blockNumber } = commits.get(call.store, keccakHash(preimage))
  need(order !== 0n && blockNumber < call.blockNumber, 'NotCommitted')
  return { order, proof }
}

function preimageOf({ subject, refuter, salt, proof }: Committed): Uint8Array {
  return concatBytes(hexToBytes(subject), hexToBytes(refuter), hexToBytes(salt), hexToBytes(proof))
}

function hexOf(value: bigint, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0')
}
