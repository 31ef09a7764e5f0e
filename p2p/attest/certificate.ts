import type { Attestation, Claim } from '../../core/attestation.ts'
import { openFields, takeHash, takeUint64, takeUint256 } from '../../core/fields.ts'
import { type Address, bigintToBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import type { Kv, KvOp } from '../../core/ports/kv.ts'
import { decodeRlp, encodeRlp } from '../../core/rlp.ts'
import { entryDamaged, getSealed, putSealed } from '../../state/store/entry.ts'
import { keyOf } from '../../state/store/tables.ts'
import { decodeAttestation, encodeAttestation } from '../wire/attestation.ts'

/** A claim that two thirds of the stake made, with the L2 block's hash; stakes in whole OPEN. */
export type AttestedClaim = Claim & { readonly hash: Hash; readonly stake: bigint; readonly total: bigint }

/** An attested claim and the attestations that make it one, by signer: what ValidatorRegistry takes to uphold an output. */
export type Certificate = { readonly claim: AttestedClaim; readonly attestations: readonly Attestation[] }

/** The write that keeps the newest certificate. */
export function certificateOp({ claim, attestations }: Certificate): KvOp {
  const { l2BlockNumber, outputRoot, l1BlockHash, hash, stake, total } = claim
  const fields = [
    bigintToBytes(l2BlockNumber),
    ...[outputRoot, l1BlockHash, hash].map(hexToBytes),
    bigintToBytes(stake),
    bigintToBytes(total),
    attestations.map(encodeAttestation),
  ]
  return putSealed(keyOf('attested'), encodeRlp(fields))
}

/** The newest certificate of a database; undefined if there was none. A damaged one throws a fatal NodeError. */
export function readCertificate(kv: Pick<Kv, 'get'>): Certificate | undefined {
  const key = keyOf('attested')
  const bytes = getSealed(kv, key)
  if (bytes === undefined) return undefined
  const certificate = decodeCertificate(bytes)
  if (certificate === undefined) throw entryDamaged(key)
  return certificate
}

/** The write that remembers that a signer has a journal: from then on it signs nothing without. */
export function hasJournalOp(signer: Address): KvOp {
  return putSealed(keyOf('attested', signer), new Uint8Array(0))
}

/** Whether a signer had a journal here. */
export function hadJournal(kv: Pick<Kv, 'get'>, signer: Address): boolean {
  return getSealed(kv, keyOf('attested', signer)) !== undefined
}

function decodeCertificate(bytes: Uint8Array): Certificate | undefined {
  const item = decodeRlp(bytes)
  if (item === undefined || item instanceof Uint8Array || item.length !== 7) return undefined
  const fields = openFields(item.slice(0, 6), 6)
  const claim = {
    l2BlockNumber: takeUint64(fields),
    outputRoot: takeHash(fields),
    l1BlockHash: takeHash(fields),
    hash: takeHash(fields),
    stake: takeUint256(fields),
    total: takeUint256(fields),
  }
  const list = item[6]!
  if (fields.malformed || list instanceof Uint8Array) return undefined
  const attestations: Attestation[] = []
  for (const part of list) {
    const attestation = part instanceof Uint8Array ? decodeAttestation(part) : undefined
    if (attestation === undefined) return undefined
    attestations.push(attestation)
  }
  return { claim, attestations }
}
