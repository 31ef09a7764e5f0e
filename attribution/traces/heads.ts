import type { Hash } from '../../core/hex.ts'
import {
  digestHashes,
  domainSeparator,
  maxStructBytes,
  nextHead,
  type Receipt,
  receiptHash,
} from '../kernel/typedData.ts'
import type { Call } from '../native/call.ts'
import { hashGas } from '../native/gas.ts'

/** The digest that the provider signed for a receipt: the domain, the structure and both together are hashed. */
export function receiptHashOf(call: Call, receipt: Receipt): Hash {
  call.charge(hashGas(maxStructBytes) * BigInt(1 + digestHashes))
  return receiptHash(domainSeparator(call.chainId), receipt)
}

/** The head of a channel after one more receipt. */
export function nextHeadOf(call: Call, head: Hash, receipt: Receipt): Hash {
  const hash = receiptHashOf(call, receipt)
  call.charge(hashGas(2 * 32))
  return nextHead(head, hash)
}
