import type { Fault, VersionFault } from '../../../attribution/kernel/build/calls.ts'
import { refutationCommitment } from '../../../attribution/kernel/build/commitment.ts'
import type { Address, Hash } from '../../../core/hex.ts'
import { type Harness, inputOf, type Outcome } from '../harness.ts'
import { saltOf } from './trade.ts'

/** A refutation that waits for its reveal: the whole call. */
export type Refutation = {
  readonly name: Fault['name'] | VersionFault['name']
  readonly args: Readonly<Record<string, unknown>>
}

/** Commits to a refutation of a batch, or of a version; it can be revealed from the next block on. */
export function commitRefutation(
  h: Harness,
  refuter: Address,
  subject: Hash,
  { name, args: given }: Fault | VersionFault,
  salt: Hash = saltOf('salt of a refutation'),
): Refutation {
  const args = { ...given, salt, [name.startsWith('refuteVersion') ? 'version' : 'batch']: subject }
  const commitment = refutationCommitment(subject, refuter, salt, inputOf(name, args).input)
  h.ok(refuter, 'commitRefutation', { commitment })
  return { name, args }
}

export function revealRefutation(h: Harness, refuter: Address, { name, args }: Refutation): Outcome {
  return h.call(refuter, name, args)
}

/** Commits, lets a block pass, reveals. */
export function refute(h: Harness, refuter: Address, subject: Hash, fault: Fault | VersionFault): Outcome {
  const refutation = commitRefutation(h, refuter, subject, fault)
  h.pass(1n)
  return revealRefutation(h, refuter, refutation)
}
