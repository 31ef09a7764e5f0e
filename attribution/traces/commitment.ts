import { type Hash, hexToBytes } from '../../core/hex.ts'
import { tracesAbi } from '../abi/traces.ts'
import { type Call, chargedHash, need } from '../native/call.ts'
import { emitterOf } from '../native/table.ts'
import { commitCounter, commits } from '../storage/traces.ts'

const emit = emitterOf(tracesAbi)

/**
 * Takes a place in the order of refuters without showing what for (`refutationCommitment` makes the hash). The first
 * sight of a commitment counts: repeating it, by whomever, changes nothing.
 */
export function commitRefutation(call: Call, { commitment }: { readonly commitment: Hash }): undefined {
  if (commits.field(call.store, 'order', commitment) !== 0n) return
  const order = commitCounter.field(call.store, 'order') + 1n
  commitCounter.set(call.store, { order })
  commits.set(call.store, { order, blockNumber: call.blockNumber }, commitment)
  emit(call, 'RefutationCommitted', { commitment, committer: call.caller, order })
}

/**
 * The order of the commitment to this very call, and its proof (the hash of the call data); `NotCommitted` unless it was
 * made in an earlier block. The subject is the batch or version, or the channel's sequence number of an equivocation.
 */
export function needCommitment(
  call: Call,
  subject: Hash,
  salt: Hash,
): { readonly order: bigint; readonly proof: Hash } {
  const proof = chargedHash(call, call.input)
  const parts = [subject, call.caller, salt, proof].map((part) => hexToBytes(part))
  const { order, blockNumber } = commits.get(call.store, chargedHash(call, ...parts))
  need(order !== 0n && blockNumber < call.blockNumber, 'NotCommitted')
  return { order, proof }
}
