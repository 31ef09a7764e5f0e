import { type Attestation, type AttestationDomain, type Claim, claimDigest } from '../../core/attestation.ts'
import { NodeError } from '../../core/errors.ts'
import type { Sign } from '../../core/ports/sign.ts'
import { createCache } from '../../state/cache.ts'
import { claimKey } from './book.ts'
import type { AttestJournal } from './journal.ts'

/** A validator's key, and the journal without which it signs nothing. */
export type Signing = { readonly sign: Sign; readonly journal: AttestJournal }

export type AttestLog = Record<'info' | 'warn' | 'error', (fields: object, text: string) => void>

/** Signs claims, one after another, each once. */
export type ClaimSigner = {
  /** Signs a claim unless that was done or is under way; what keeps it from it is in the log. */
  want(claim: Claim, isPosted: boolean): void
  /** What was signed lately. */
  mine(claim: Claim): Attestation | undefined
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** Claims that wait to be signed. */
const mostPending = 1_024
/** Attestations that are kept to be sent again. */
const mostKept = 4_096

/** `signed` hears of every new attestation of this signer. */
export function createClaimSigner(
  { sign, journal }: Signing,
  domain: AttestationDomain,
  log: AttestLog,
  signed: (attestation: Attestation) => void,
): ClaimSigner {
  const pending = new Set<string>()
  const mine = createCache<string, Attestation>(mostKept)
  const refused = createCache<string, true>(mostKept)
  /** Claims that the journal has as those of outputs. */
  const asOutput = createCache<string, true>(mostKept)
  let trouble: string | undefined
  let last: Promise<void> = Promise.resolve()

  async function attest(claim: Claim, isPosted: boolean): Promise<void> {
    const key = claimKey(claim)
    try {
      const verdict = await journal.note({ claim, isPosted })
      if (verdict === 'contradicts') {
        refused.set(key, true)
        log.error({ ...claim }, 'not attested: the journal has another claim for it, or reaches back less far')
        return
      }
      if (isPosted) asOutput.set(key, true)
      if (mine.get(key) !== undefined) return
      const attestation = { ...claim, signature: await sign.sign(claimDigest(domain, claim)) }
      trouble = undefined
      mine.set(key, attestation)
      signed(attestation)
    } catch (error) {
      const code = error instanceof NodeError ? error.code : 'unexpected'
      if (code !== trouble) log.error({ code, err: error }, 'not attested: journal or key does not work')
      trouble = code
    } finally {
      pending.delete(key)
    }
  }

  return {
    want(claim, isPosted) {
      const key = claimKey(claim)
      if (pending.has(key) || pending.size >= mostPending) return
      if (refused.get(key) !== undefined) return
      if (mine.get(key) !== undefined && (!isPosted || asOutput.get(key) !== undefined)) return
      pending.add(key)
      last = last.then(() => attest(claim, isPosted))
    },
    mine: (claim) => mine.get(claimKey(claim)),
    settled: () => last,
  }
}
