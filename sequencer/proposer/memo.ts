import { openFields, takeHash, takeUint64 } from '../../core/fields.ts'
import { bigintToBytes, hexToBytes } from '../../core/hex.ts'
import { decodeRlp, encodeRlp } from '../../core/rlp.ts'
import type { Proposal } from './oracle.ts'

/** RLP of what is proposed; kept with the transaction, also over a restart. */
export function encodeProposal({ outputRoot, l2Block, l1Block, l1Hash }: Proposal): Uint8Array {
  return encodeRlp([hexToBytes(outputRoot), bigintToBytes(l2Block), bigintToBytes(l1Block), hexToBytes(l1Hash)])
}

/** Undefined if the bytes are none. */
export function decodeProposal(bytes: Uint8Array): Proposal | undefined {
  const fields = openFields(decodeRlp(bytes), 4)
  const proposal = {
    outputRoot: takeHash(fields),
    l2Block: takeUint64(fields),
    l1Block: takeUint64(fields),
    l1Hash: takeHash(fields),
  }
  return fields.malformed ? undefined : proposal
}
