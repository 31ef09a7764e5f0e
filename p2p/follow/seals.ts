import { bigintToFixed, bytesToBigint, bytesToHash, concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import type { Kv, KvOp } from '../../core/ports/kv.ts'
import type { Seal } from '../../core/seal.ts'
import { entryDamaged, getSealed, putSealed } from '../../state/store/entry.ts'
import { keyOf } from '../../state/store/tables.ts'
import { decodeSignature, encodeSignature, signatureBytes } from '../wire/signature.ts'

/** The write that keeps a block's seal, to go into one batch with the block. */
export function sealOp(hash: Hash, { epoch, contentHash, signature }: Seal): KvOp {
  const value = concatBytes(bigintToFixed(epoch, 8), hexToBytes(contentHash), encodeSignature(signature))
  return putSealed(keyOf('seal', hash), value)
}

/** The seal of a stored block; undefined if it has none. Throws a fatal NodeError if it is damaged. */
export function readSeal(kv: Pick<Kv, 'get'>, hash: Hash): Seal | undefined {
  const key = keyOf('seal', hash)
  const bytes = getSealed(kv, key)
  if (bytes === undefined) return undefined
  const signature = bytes.length === 40 + signatureBytes ? decodeSignature(bytes.subarray(40)) : undefined
  if (signature === undefined) throw entryDamaged(key)
  return { epoch: bytesToBigint(bytes.subarray(0, 8)), contentHash: bytesToHash(bytes.subarray(8, 40)), signature }
}
