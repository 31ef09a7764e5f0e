import type { Hash } from '../../core/hex.ts'
import type { Call } from '../native/call.ts'
import { contents, versionsBySequence } from '../storage/datanets.ts'
import { loadContribution, loadDatanet, loadVersion } from './load.ts'

export function getDatanet(call: Call, { datanet }: { readonly datanet: Hash }) {
  return { value: loadDatanet(call, datanet) }
}

export function getContribution(call: Call, { contribution }: { readonly contribution: Hash }) {
  return { value: loadContribution(call, contribution) }
}

export function getVersion(call: Call, { version }: { readonly version: Hash }) {
  return { value: loadVersion(call, version) }
}

/** The version with a sequence number; zero if there is none. */
export function versionAt(call: Call, { datanet, sequence }: { readonly datanet: Hash; readonly sequence: bigint }) {
  return { version: versionsBySequence.field(call.store, 'version', datanet, sequence) }
}

/** The contribution that stands for a content; zero if there is none. */
export function contributionOf(
  call: Call,
  { datanet, contentRoot }: { readonly datanet: Hash; readonly contentRoot: Hash },
) {
  return { contribution: contents.field(call.store, 'contribution', datanet, contentRoot) }
}
