import type { AttestationDomain } from '../../core/attestation.ts'
import type { Sign } from '../../core/ports/sign.ts'
import type { Chain } from '../../state/chain.ts'
import { hadJournal, hasJournalOp } from './certificate.ts'
import { type AttestJournal, createMemoryJournal, openAttestJournal } from './journal.ts'
import type { Signing } from './signer.ts'

export type SigningOptions = {
  readonly sign: Sign | undefined
  readonly domain: AttestationDomain
  readonly journal?: AttestJournal
  readonly journalPath: string | undefined
  readonly chain: Pick<Chain, 'kv' | 'write'>
}

/**
 * A key with its journal; undefined without a key. That a signer has a journal on disk is noted in the database too: one
 * that is gone is missed. Rejects like `openAttestJournal`: then this key must not attest.
 */
export async function openSigning(options: SigningOptions): Promise<Signing | undefined> {
  const { sign, domain, journal, journalPath: path, chain } = options
  if (sign === undefined) return undefined
  if (journal !== undefined || path === undefined) return { sign, journal: journal ?? createMemoryJournal() }
  const signer = sign.address
  const isExpected = hadJournal(chain.kv, signer)
  const opened = await openAttestJournal({ path, owner: { signer, domain }, isExpected })
  if (!isExpected) await chain.write([hasJournalOp(signer)])
  return { sign, journal: opened }
}
