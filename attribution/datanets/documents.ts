import type { Hash } from '../../core/hex.ts'
import { type DocLeaf, decodeDoc } from '../kernel/leaves.ts'
import { leafPrefixBytes, nodeBytes, type Opening, rootBytes, verifyOpening } from '../kernel/merkle.ts'
import { type Call, fail, need } from '../native/call.ts'
import { hashGas } from '../native/gas.ts'

/** One document of a version: the entry of its docRoot at the opening's index. `InvalidOpening` if it has no such. */
export function provenDocument(
  call: Call,
  { docRoot, documents }: { readonly docRoot: Hash; readonly documents: bigint },
  opening: Opening,
): DocLeaf {
  const { data, path } = opening
  const nodes = BigInt(path.length) * hashGas(nodeBytes)
  call.charge(hashGas(leafPrefixBytes + data.length) + nodes + hashGas(rootBytes))
  need(verifyOpening({ root: docRoot, count: documents, byteLength: 0n }, opening), 'InvalidOpening')
  return decodeDoc(data) ?? fail('InvalidOpening')
}
