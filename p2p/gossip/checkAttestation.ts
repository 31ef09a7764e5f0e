import { type Attestation, type AttestationDomain, attestationSigner } from '../../core/attestation.ts'
import type { Address, Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { NetView } from '../../core/ports/net.ts'
import { decodeAttestation, maxAttestationBytes } from '../wire/attestation.ts'
import { gateLimits } from './limits.ts'
import { createSeenAt, type Seen, type SeenAt } from './seen.ts'
import type { Fault } from './verdicts.ts'

export type CheckedAttestation = {
  readonly attestation: Attestation
  readonly signer: Address
  readonly hash: Hash
}

/** Checks messages of the topic of attestations in turn. */
export type CheckAttestation = {
  check(data: Uint8Array, view: NetView | undefined): CheckedAttestation | Fault
  /** Forgets the signers that are no longer registered. */
  keep(validators: readonly Address[]): void
}

/** What can be said of a gossiped attestation without state: whether a registered signer made it, and few others like it. */
export function createCheckAttestation({
  domain,
  seen,
}: {
  readonly domain: AttestationDomain | undefined
  readonly seen: Seen
}): CheckAttestation {
  const bySigner = new Map<Address, SeenAt>()

  const seenOf = (signer: Address): SeenAt => {
    const known = bySigner.get(signer)
    if (known !== undefined) return known
    const { maxNumbersPerSigner, maxPerSignerAndNumber } = gateLimits
    const made = createSeenAt({ maxNumbers: maxNumbersPerSigner, maxHashes: maxPerSignerAndNumber })
    bySigner.set(signer, made)
    return made
  }

  return {
    check: (data, view) => {
      if (data.length > maxAttestationBytes) return 'oversized'
      if (domain === undefined) return 'attestation_no_registry'
      const hash = keccakHash(data)
      if (seen.has(hash)) return 'already_seen'
      const attestation = decodeAttestation(data)
      if (attestation === undefined) return 'malformed'
      if (view === undefined || view.validators.length === 0) return 'attestation_stranger'
      const signer = attestationSigner(domain, attestation)
      if (signer === undefined) return 'bad_signature'
      if (!view.validators.includes(signer)) return 'attestation_stranger'
      const others = seenOf(signer)
      const { l2BlockNumber } = attestation
      // The same one again is no further one.
      if (!others.has(l2BlockNumber, hash) && others.isFull(l2BlockNumber)) return 'attestation_too_many'
      others.add(l2BlockNumber, hash)
      return { attestation, signer, hash }
    },
    keep: (validators) => {
      for (const signer of bySigner.keys()) if (!validators.includes(signer)) bySigner.delete(signer)
    },
  }
}
