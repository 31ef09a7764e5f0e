import { uses } from '../storage/datanets.ts'

/** What may be done with data: uses as bits, and until when (unix seconds, 0 for always). */
export type Consent = { readonly consent: bigint; readonly consentUntil: bigint }

/** Every use there is. */
export const allUses = Object.values(uses).reduce((all, bit) => all | bit, 0n)

/** True if the first allows all that the second allows, for at least as long. */
export function covers(wide: Consent, narrow: Consent): boolean {
  return allows(wide, narrow.consent) && lastsAsLong(wide.consentUntil, narrow.consentUntil)
}

/** True if every one of these uses is allowed. */
export function allows({ consent }: Consent, needed: bigint): boolean {
  return (consent & needed) === needed
}

/** True from the second after the last one. */
export function isExpired({ consentUntil }: Consent, now: bigint): boolean {
  return consentUntil !== 0n && now > consentUntil
}

function lastsAsLong(until: bigint, other: bigint): boolean {
  return until === 0n || (other !== 0n && until >= other)
}
