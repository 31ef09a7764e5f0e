import { leafPrefixBytes, nodeBytes, type Opening, rootBytes } from '../kernel/merkle.ts'
import type { Call } from '../native/call.ts'
import { hashGas } from '../native/gas.ts'

/** Takes the gas for verifying these openings, before the first hash: a leaf, a node per step, the root. */
export function chargeOpenings(call: Call, openings: readonly Opening[]): void {
  for (const { data, path } of openings)
    call.charge(hashGas(leafPrefixBytes + data.length) + hashGas(nodeBytes) * BigInt(path.length) + hashGas(rootBytes))
}

/** Where a tree ends there is no neighbour to open: index 0, no data and no path stand for it. */
export function presentOpening(opening: Opening): Opening | undefined {
  const { index, data, path } = opening
  return index === 0n && data.length === 0 && path.length === 0 ? undefined : opening
}
