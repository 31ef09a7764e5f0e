import { type Hash, zeroAddress } from '../../core/hex.ts'
import { type Call, fail } from '../native/call.ts'
import type { RecordValue } from '../native/record.ts'
import { contributions, datanets, versions } from '../storage/datanets.ts'

/** Objects as they are stored. */
export type Datanet = RecordValue<typeof datanets.fields>
export type Contribution = RecordValue<typeof contributions.fields>
export type Version = RecordValue<typeof versions.fields>

/** The datanet, or `UnknownObject`. Reads 4 slots. */
export function loadDatanet(call: Call, id: Hash): Datanet {
  const value = datanets.get(call.store, id)
  return value.curator === zeroAddress ? fail('UnknownObject', { id }) : value
}

/** The contribution in whatever status, or `UnknownObject`. Reads 6 slots. */
export function loadContribution(call: Call, id: Hash): Contribution {
  const value = contributions.get(call.store, id)
  return value.owner === zeroAddress ? fail('UnknownObject', { id }) : value
}

/** The version of a datanet, or `UnknownObject`. Reads 6 slots. */
export function loadVersion(call: Call, id: Hash): Version {
  const value = versions.get(call.store, id)
  return value.publisher === zeroAddress ? fail('UnknownObject', { id }) : value
}
