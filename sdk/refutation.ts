import type { Fault, VersionFault } from '../attribution/kernel/build/calls.ts'
import { equivocationSubject, refutationCommitment, type Subject } from '../attribution/kernel/build/commitment.ts'
import { type Receipt, typedDataTypes } from '../attribution/kernel/typedData.ts'
import { type Address, type Hash, type Hex, hexToBytes } from '../core/hex.ts'
import { type EncodedCall, encodeCall, type FunctionArgs, type FunctionName } from './encode.ts'

/** Who proves something; the salt, 32 random bytes, keeps others from guessing what was committed to. */
export type Refuter = { readonly refuter: Hex; readonly salt: Hash }

/** A proof for its two transactions: `commitRefutation({ commitment })`, and from a later block on, by the same account, `call`. */
export type PreparedProof = { readonly commitment: Hash; readonly call: EncodedCall }

/** Prepares the proof that something in a batch or a version, whose id is `subject`, is false. */
export function prepareRefutation(
  fault: Fault | VersionFault,
  { subject, salt, refuter }: Refuter & { readonly subject: Hash },
): PreparedProof {
  const key = fault.name.startsWith('refuteVersion') ? 'version' : 'batch'
  const args = { ...fault.args, salt, [key]: subject }
  const call = encodeCall(fault.name, args as unknown as FunctionArgs<FunctionName>)
  return { commitment: commitmentOf(subject, { salt, refuter }, call), call }
}

/** Two receipts of one channel and sequence number, with the provider's signatures of both (64 bytes). */
export type Equivocation = {
  readonly first: Receipt
  readonly firstSignature: Uint8Array
  readonly second: Receipt
  readonly secondSignature: Uint8Array
}

/** Prepares the proof that a provider signed two receipts with one sequence number. */
export function prepareEquivocation(proof: Equivocation, by: Refuter): PreparedProof {
  const { first, firstSignature, second, secondSignature } = proof
  const receipts = { first: receiptArgs(first), firstSignature, second: receiptArgs(second), secondSignature }
  const call = encodeCall('proveEquivocation', { salt: by.salt, ...receipts })
  return { commitment: commitmentOf(equivocationSubject(first.channel, first.sequence), by, call), call }
}

function commitmentOf(subject: Subject, { refuter, salt }: Refuter, { data }: EncodedCall): Hash {
  return refutationCommitment(subject, refuter.toLowerCase() as Address, salt, hexToBytes(data))
}

/** The signed fields alone: a leaf has more. */
function receiptArgs(receipt: Receipt): Receipt {
  return Object.fromEntries(typedDataTypes.Receipt.map(({ name }) => [name, receipt[name]])) as Receipt
}
