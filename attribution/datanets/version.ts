import type { Hash } from '../../core/hex.ts'
import { datanetsAbi } from '../abi/datanets.ts'
import { decodeDoc } from '../kernel/leaves.ts'
import type { Opening } from '../kernel/merkle.ts'
import { type Call, idOf, need, needOwner } from '../native/call.ts'
import { credit, param, receive } from '../native/money.ts'
import { openAs } from '../native/openings.ts'
import { emitterOf } from '../native/table.ts'
import { datanets, versions, versionsBySequence } from '../storage/datanets.ts'
import { needLive } from './datanet.ts'
import { loadContribution, loadDatanet, loadVersion } from './load.ts'

const emit = emitterOf(datanetsAbi)

/** What a version commits to. */
export type VersionTerms = {
  readonly datanet: Hash
  readonly sequence: bigint
  readonly textRoot: Hash
  readonly docRoot: Hash
  readonly byteLength: bigint
  readonly documents: bigint
}

/** Publishes the next version of a datanet. Nothing of it is checked: what is false can be refuted. */
export function publishVersion(call: Call, terms: VersionTerms): { readonly version: Hash } {
  const { datanet, sequence, byteLength, documents } = terms
  const value = loadDatanet(call, datanet)
  const { curator, versions: published } = value
  needOwner(call, curator)
  needLive(value)
  need(sequence === published + 1n, 'SequenceMismatch', { expected: published + 1n })
  need(byteLength > 0n, 'EmptyContent')
  need(documents > 0n && documents <= byteLength, 'OutOfBounds', { min: 1n, max: byteLength })
  const needed = param(call, 'versionBond')
  need(call.value >= needed, 'BondTooLow', { needed })
  if (published > 0n) {
    const previous = versionsBySequence.field(call.store, 'version', datanet, published)
    versions.set(call.store, { supersededAt: call.now }, previous)
  }
  const version = idOf(call, 'version', datanet, { u64: sequence })
  versions.set(
    call.store,
    { ...terms, publisher: call.caller, bond: call.value, publishedAt: call.now, publishBlock: call.blockNumber },
    version,
  )
  versionsBySequence.set(call.store, { version }, datanet, sequence)
  datanets.set(call.store, { versions: sequence }, datanet)
  receive(call, 'bonds', call.value)
  emit(call, 'VersionPublished', { ...terms, version })
  return { version }
}

/** Bars new models from listing a version, by showing a document of it whose contributor has revoked. */
export function closeVersion(
  call: Call,
  { version, document }: { readonly version: Hash; readonly document: Opening },
): undefined {
  const value = loadVersion(call, version)
  need(!value.closed, 'VersionClosed', { version })
  const { docRoot: root, documents: count } = value
  const { contribution } = openAs(call, { root, count, byteLength: 0n }, document, decodeDoc)
  const { revokedAt, status } = loadContribution(call, contribution)
  need(revokedAt > 0n, 'WrongStatus', { status })
  versions.set(call.store, { closed: true }, version)
  emit(call, 'VersionClosed', { version, contribution })
}

export function releaseVersionBond(call: Call, { version }: { readonly version: Hash }): undefined {
  const { publisher, bond, supersededAt, refuted } = loadVersion(call, version)
  need(!refuted, 'VersionRefuted', { version })
  need(supersededAt > 0n, 'WrongStatus', { status: versionStatus.newest })
  need(bond > 0n, 'AlreadyClaimed')
  const earliest = supersededAt + param(call, 'releaseSec')
  need(call.now >= earliest, 'TooEarly', { earliest })
  versions.set(call.store, { bond: 0n }, version)
  credit(call, 'bonds', publisher, bond)
  emit(call, 'BondReleased', { id: version, to: publisher, bond })
}

/** What `WrongStatus` says of a version: nothing supersedes it yet; its bond is out. */
export const versionStatus = { newest: 1n, released: 2n } as const
