import type { Hash } from '../../core/hex.ts'
import { tracesAbi } from '../abi/traces.ts'
import { isExpired } from '../datanets/consent.ts'
import { type Contribution, loadContribution, loadVersion, type Version } from '../datanets/load.ts'
import { versionStatus } from '../datanets/version.ts'
import { decodeDoc } from '../kernel/leaves.ts'
import type { Opening } from '../kernel/merkle.ts'
import { chunkBytes, chunkLength, openChunk, separator, textHead } from '../kernel/text.ts'
import { type Call, need } from '../native/call.ts'
import { burn, credit } from '../native/money.ts'
import { openAs, openLeaf, presentOpening } from '../native/openings.ts'
import { emitterOf } from '../native/table.ts'
import { contributionStatus, contributions, versions } from '../storage/datanets.ts'
import type { TracesArgs } from './args.ts'
import { needCommitment } from './commitment.ts'
import { docHead } from './corpus.ts'
import { openOneChunk, openText, sameBytes } from './texts.ts'
import { shares } from './verdict.ts'

// A version of a datanet is what its curator says it is until one of these shows otherwise. Judged as of its publication.

const emit = emitterOf(tracesAbi)
const unit = 10_000n

/** Finds what is false in a version, or reverts with `InvalidProof`. */
export type VersionCheck<Args> = (call: Call, version: Version, args: Args) => void

/**
 * Judges a version: the whole bond goes, a fifth of it to the prover, the rest is burned. A version whose bond is out is
 * settled: what nobody showed while it cost the publisher something bars no model or weights afterwards.
 */
export function judgeVersion<Args extends { readonly version: Hash; readonly salt: Hash }>(
  call: Call,
  args: Args,
  check: VersionCheck<Args>,
): undefined {
  const { version: id, salt } = args
  const version = loadVersion(call, id)
  need(!version.refuted, 'AlreadyProven')
  need(version.bond > 0n, 'WrongStatus', { status: versionStatus.released })
  const { proof } = needCommitment(call, id, salt)
  check(call, version, args)
  versions.set(call.store, { refuted: true, bond: 0n }, id)
  const reward = (version.bond * shares.refuter) / unit
  credit(call, 'bonds', call.caller, reward)
  burn(call, 'bonds', version.bond - reward)
  emit(call, 'VersionRefuted', { version: id, refuter: call.caller, proof, slashed: version.bond })
}

/**
 * An entry that cannot be read; a first one that does not start at 0; one of a contribution that is not this datanet's,
 * has another order, or was not active, revoked, quarantined or past its consent when the version was published; one that
 * leaves its document another length than the contribution's (only this needs the next entry, where there is one).
 */
export function versionEntryFault(
  call: Call,
  version: Version,
  { entry, next }: TracesArgs<'refuteVersionEntry'>,
): void {
  const doc = decodeDoc(openLeaf(call, docHead(version), entry))
  const end = openEnd(call, version, entry, next)
  if (doc === undefined || (entry.index === 0n && doc.start !== 0)) return
  const contribution = contributions.get(call.store, doc.contribution)
  const { datanet, order, byteLength } = contribution
  const isRight =
    datanet === version.datanet &&
    order === doc.order &&
    wasActive(contribution, version, call.rules.params.revealSec.min) &&
    (end === undefined || BigInt(end - doc.start) === byteLength)
  need(!isRight, 'InvalidProof')
}

/**
 * A chunk of a contribution's content that is another one in the version's text, from the document's start on; or, with
 * neither entry nor content, a chunk of the text that is longer or shorter than its place demands.
 */
export function versionBytesFault(
  call: Call,
  version: Version,
  { entry, content, text }: TracesArgs<'refuteVersionBytes'>,
): void {
  if (presentOpening(entry) === undefined && presentOpening(content) === undefined && text.length === 1) {
    const { data, index } = { data: openLeaf(call, textOf(version), text[0]!), index: text[0]!.index }
    need(data.length !== chunkLength(index, version.byteLength), 'InvalidProof')
    return
  }
  const doc = openAs(call, docHead(version), entry, decodeDoc)
  const { status, contentRoot, byteLength } = loadContribution(call, doc.contribution)
  need(status === contributionStatus.active, 'InvalidProof')
  const chunk = openOneChunk(call, textHead(contentRoot, byteLength), content, openChunk)
  const from = doc.start + Number(content.index) * chunkBytes
  const stands = openText(call, version, text, { from, to: from + chunk.length })
  need(!sameBytes(call, chunk, stands), 'InvalidProof')
}

/** A document that is not the first and has no separator in front of it. */
export function versionSeparatorFault(
  call: Call,
  version: Version,
  { next, text }: TracesArgs<'refuteVersionSeparator'>,
): void {
  const { start } = openAs(call, docHead(version), next, decodeDoc)
  need(next.index > 0n && start > 0, 'InvalidProof')
  const [byte] = openText(call, version, [text], { from: start - 1, to: start })
  need(byte !== separator, 'InvalidProof')
}

/** Two entries of one contribution. */
export function versionRepeatFault(
  call: Call,
  version: Version,
  { entry, again }: TracesArgs<'refuteVersionRepeat'>,
): void {
  const head = docHead(version)
  const [first, second] = [openAs(call, head, entry, decodeDoc), openAs(call, head, again, decodeDoc)]
  need(entry.index !== again.index && first.contribution === second.contribution, 'InvalidProof')
}

/** Where the content of a document ends; undefined if the caller leaves that open. */
function openEnd(call: Call, version: Version, entry: Opening, next: Opening): number | undefined {
  const head = docHead(version)
  const isAbsent = presentOpening(next) === undefined
  if (entry.index + 1n === head.count) {
    need(isAbsent, 'InvalidOpening')
    return Number(version.byteLength)
  }
  if (isAbsent) return undefined
  need(next.index === entry.index + 1n, 'InvalidOpening')
  return openAs(call, head, next, decodeDoc).start - 1
}

/**
 * True if a contribution could be in a version published then. Revocations and quarantines count the least reveal time
 * after they were made (one second at least): who sees a publication on its way cannot make it false and take its bond.
 * That a consent covers the policy needs no look: it did when it was revealed, and policies only become narrower.
 */
function wasActive(contribution: Contribution, { publishedAt }: Version, graceSec: bigint): boolean {
  const { status, activeFrom, revokedAt, quarantinedAt } = contribution
  const ended = [revokedAt, quarantinedAt].some((at) => at !== 0n && at + graceSec <= publishedAt)
  return (
    status === contributionStatus.active && activeFrom <= publishedAt && !ended && !isExpired(contribution, publishedAt)
  )
}

function textOf({ textRoot, byteLength }: Version) {
  return textHead(textRoot, byteLength)
}
