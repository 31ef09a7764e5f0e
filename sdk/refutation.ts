import type { Fault, VersionFault } from '../attribution/kernel/build/calls.ts'
import { refutationCommitment } from '../attribution/kernel/build/commitment.ts'
import { type Address, type Hash, hexToBytes } from '../core/hex.ts'
import { type EncodedCall, encodeCall, type FunctionArgs, type FunctionName } from './encode.ts'

/**
 * A proof ready for its two transactions: `commitRefutation({ commitment })`, and in a later block, from the same
 * account, `call`. The salt keeps others from guessing what is committed to: 32 random bytes.
 */
export function prepareRefutation(
  fault: Fault | VersionFault,
  by: {
    /** The batch, or the version. */
    readonly subject: Hash
    readonly refuter: Address
    readonly salt: Hash
  },
): { readonly commitment: Hash; readonly call: EncodedCall } {
  const { subject, refuter, salt } = by
  const key = fault.name.startsWith('refuteVersion') ? 'version' : 'batch'
  const args = { ...fault.args, salt, [key]: subject }
  const call = encodeCall(fault.name, args as unknown as FunctionArgs<FunctionName>)
  const caller = refuter.toLowerCase() as Address
  return { commitment: refutationCommitment(subject, caller, salt, hexToBytes(call.data)), call }
}
