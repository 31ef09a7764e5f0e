import { openFields, takeHash, takeUint, takeUint64 } from '../../core/fields.ts'
import { bigintToBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { decodeRlp, encodeRlp } from '../../core/rlp.ts'

/** Which blocks a posted channel holds; kept with the transaction, also over a restart. */
export type BatchMemo = {
  readonly first: bigint
  readonly last: bigint
  /** Parent of the first, and the last. */
  readonly parentHash: Hash
  readonly lastHash: Hash
  /** Bytes of the channel, and of its content before compression. */
  readonly channelBytes: number
  readonly contentBytes: number
}

export function encodeMemo({ first, last, parentHash, lastHash, channelBytes, contentBytes }: BatchMemo): Uint8Array {
  return encodeRlp([
    bigintToBytes(first),
    bigintToBytes(last),
    hexToBytes(parentHash),
    hexToBytes(lastHash),
    bigintToBytes(BigInt(channelBytes)),
    bigintToBytes(BigInt(contentBytes)),
  ])
}

/** Undefined if the bytes are none. */
export function decodeMemo(bytes: Uint8Array): BatchMemo | undefined {
  const fields = openFields(decodeRlp(bytes), 6)
  const memo = {
    first: takeUint64(fields),
    last: takeUint64(fields),
    parentHash: takeHash(fields),
    lastHash: takeHash(fields),
    channelBytes: Number(takeUint(fields, 6)),
    contentBytes: Number(takeUint(fields, 6)),
  }
  return fields.malformed ? undefined : memo
}
