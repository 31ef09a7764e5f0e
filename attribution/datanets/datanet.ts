import type { Address, Hash } from '../../core/hex.ts'
import { datanetsAbi } from '../abi/datanets.ts'
import { type Call, idOf, need, needOwner } from '../native/call.ts'
import { needRecipient } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { datanetCounters, datanets, versions, versionsBySequence } from '../storage/datanets.ts'
import { allUses, type Consent, covers } from './consent.ts'
import { type Datanet, loadDatanet } from './load.ts'

const emit = emitterOf(datanetsAbi)

/** Bytes of a metadata URI; it is kept in the log only. */
export const maxUriBytes = 512n
/** The most that a curator may take of the base part, in 1/10,000. */
export const maxCuratorBps = 1_000n

/** What a datanet is made of. */
export type DatanetTerms = Consent & {
  readonly uri: Uint8Array
  readonly metadataHash: Hash
  readonly licence: Hash
  readonly bondPerKb: bigint
  readonly curatorBps: bigint
}

export function createDatanet(call: Call, terms: DatanetTerms): { readonly datanet: Hash } {
  const { uri, ...stored } = terms
  need(BigInt(uri.length) <= maxUriBytes, 'TooMany', { most: maxUriBytes })
  needUses(terms.consent)
  need(terms.curatorBps <= maxCuratorBps, 'OutOfBounds', { min: 0n, max: maxCuratorBps })
  const count = datanetCounters.field(call.store, 'count', call.caller) + 1n
  datanetCounters.set(call.store, { count }, call.caller)
  const datanet = idOf(call, 'datanet', call.caller, { u64: count })
  datanets.set(call.store, { ...stored, curator: call.caller }, datanet)
  emit(call, 'DatanetCreated', { ...terms, datanet, curator: call.caller })
  return { datanet }
}

/** Narrows what new models may do with the datanet; what was registered before stays. */
export function setPolicy(
  call: Call,
  { datanet, consent, consentUntil }: Consent & { readonly datanet: Hash },
): undefined {
  const value = loadDatanet(call, datanet)
  needOwner(call, value.curator)
  need(covers(value, { consent, consentUntil }), 'PolicyWidened')
  datanets.set(call.store, { consent, consentUntil }, datanet)
  emit(call, 'PolicyNarrowed', { datanet, consent, consentUntil })
}

export function transferDatanet(
  call: Call,
  { datanet, to }: { readonly datanet: Hash; readonly to: Address },
): undefined {
  needOwner(call, loadDatanet(call, datanet).curator)
  needRecipient(to)
  datanets.set(call.store, { curator: to }, datanet)
  emit(call, 'DatanetTransferred', { datanet, from: call.caller, to })
}

/** Ends a datanet: no more commitments and versions. The newest version counts as superseded now, for its bond. */
export function retireDatanet(call: Call, { datanet }: { readonly datanet: Hash }): undefined {
  const value = loadDatanet(call, datanet)
  needOwner(call, value.curator)
  needLive(value)
  datanets.set(call.store, { retiredAt: call.now }, datanet)
  emit(call, 'DatanetRetired', { datanet })
  if (value.versions === 0n) return
  const newest = versionsBySequence.field(call.store, 'version', datanet, value.versions)
  versions.set(call.store, { supersededAt: call.now }, newest)
}

/** Fails if the datanet was retired. */
export function needLive({ retiredAt }: Datanet): void {
  need(retiredAt === 0n, 'WrongStatus', { status: datanetStatus.retired })
}

/** What `WrongStatus` says of a datanet. */
const datanetStatus = { retired: 2n } as const

/** Fails if bits are set that stand for no use. */
export function needUses(consent: bigint): void {
  need(consent <= allUses, 'OutOfBounds', { min: 0n, max: allUses })
}
