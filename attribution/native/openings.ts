import { leafPrefixBytes, nodeBytes, type Opening, rootBytes, type TreeHead, verifyOpening } from '../kernel/merkle.ts'
import { type Call, fail, need } from './call.ts'
import { hashGas } from './gas.ts'

/** Reads a leaf's bytes; undefined for bytes that are no leaf of its kind. */
export type Decoder<T> = (bytes: Uint8Array) => T | undefined

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

/** The bytes of a leaf, whatever they mean; `InvalidOpening` if it is not of this tree. */
export function openLeaf(call: Call, head: TreeHead, opening: Opening): Uint8Array {
  chargeOpenings(call, [opening])
  need(verifyOpening(head, opening), 'InvalidOpening')
  return opening.data
}

/** A leaf that can be read. */
export function openAs<T>(call: Call, head: TreeHead, opening: Opening, decode: Decoder<T>): T {
  return decode(openLeaf(call, head, opening)) ?? fail('InvalidOpening')
}
