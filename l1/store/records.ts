import { openFields, takeHash, takeUint64 } from '../../core/fields.ts'
import { bigintToBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import type { Kv, KvOp } from '../../core/ports/kv.ts'
import { decodeRlp, encodeRlp } from '../../core/rlp.ts'
import { entryDamaged, getSealed, putSealed, unseal } from '../../state/store/entry.ts'
import { batchKey, keyOf, rangeOf } from '../../state/store/tables.ts'
import { type BatchInfo, decodeBatchInfo, encodeBatchInfo } from '../derive/batchInfo.ts'
import { decodeRecord, encodeRecord, type L1Record } from '../derive/record.ts'
import type { L1Ref } from '../source.ts'

/** How far derivation is: the newest L1 block folded, and the newest of those folded that L1 called final. */
export type L1Tip = { readonly tip: L1Ref; readonly finalized: L1Ref }

/**
 * What derivation keeps in the database, for any thread. Every value is checked; a damaged one throws a fatal NodeError
 * naming its key.
 */
export type L1Store = {
  /** undefined: nothing was ever derived here. */
  tip(): L1Tip | undefined
  /** The newest record. */
  newest(): L1Record | undefined
  /** undefined: that L1 block was not folded, or long ago. */
  record(number: bigint): L1Record | undefined
  /** What the batches of these L1 blocks were, both ends included: in L1's order, or newest first if `reverse`. */
  batches(range: BatchRange): AsyncIterable<BatchInfo>
  /** A blob of a batch, whoever of the nodes posted it; undefined if it was never here. */
  blob(hash: Hash): Uint8Array | undefined
}

export type BatchRange = {
  readonly from: bigint
  readonly to: bigint
  readonly reverse?: boolean
  readonly limit?: number
}

/** The tables of derivation in a database, or in an open chain's. */
export function createL1Store(kv: Pick<Kv, 'get' | 'entries'>): L1Store {
  function decoded<T>(key: Uint8Array, decode: (bytes: Uint8Array) => T | undefined): T | undefined {
    const bytes = getSealed(kv, key)
    if (bytes === undefined) return undefined
    const value = decode(bytes)
    if (value === undefined) throw entryDamaged(key)
    return value
  }
  const tip = () => decoded(keyOf('l1Tip'), decodeTip)
  const record = (number: bigint) => decoded(keyOf('l1', number), decodeRecord)

  return {
    tip,
    newest() {
      const at = tip()
      return at === undefined ? undefined : record(at.tip.number)
    },
    record,
    async *batches({ from, to, ...order }) {
      for await (const [key, sealed] of kv.entries({ ...rangeOf('batch', { from, to }), ...order })) {
        const bytes = unseal(key, sealed)
        const info = bytes && decodeBatchInfo(bytes)
        if (info === undefined) throw entryDamaged(key)
        yield info
      }
    },
    blob: (hash) => getSealed(kv, keyOf('blob', hash)),
  }
}

/** The writes of a folded L1 block, to go into one batch with the labels. */
export function foldOps(record: L1Record, batches: readonly BatchInfo[]): KvOp[] {
  const { number } = record.block
  return [
    putSealed(keyOf('l1', number), encodeRecord(record)),
    ...batches.map((info, index) => putSealed(batchKey(number, index), encodeBatchInfo(info))),
  ]
}

/** The writes that forget records, both ends included. What batches were stays. */
export function forgetRecordOps({ from, to }: { readonly from: bigint; readonly to: bigint }): KvOp[] {
  const ops: KvOp[] = []
  for (let number = from; number <= to; number++) ops.push({ type: 'del', key: keyOf('l1', number) })
  return ops
}

/** The writes that undo L1 blocks, both ends included: records and batches. */
export async function undoOps(
  kv: Pick<Kv, 'entries'>,
  range: { readonly from: bigint; readonly to: bigint },
): Promise<KvOp[]> {
  const ops = forgetRecordOps(range)
  for await (const [key] of kv.entries(rangeOf('batch', range))) ops.push({ type: 'del', key })
  return ops
}

export function tipOp({ tip, finalized }: L1Tip): KvOp {
  const fields = [tip, finalized].flatMap(({ number, hash }) => [bigintToBytes(number), hexToBytes(hash)])
  return putSealed(keyOf('l1Tip'), encodeRlp(fields))
}

/** The write that archives a blob of a batch under its versioned hash. */
export function blobOp(hash: Hash, blob: Uint8Array): KvOp {
  return putSealed(keyOf('blob', hash), blob)
}

function decodeTip(bytes: Uint8Array): L1Tip | undefined {
  const fields = openFields(decodeRlp(bytes), 4)
  const ref = (): L1Ref => ({ number: takeUint64(fields), hash: takeHash(fields) })
  const tip = { tip: ref(), finalized: ref() }
  return fields.malformed ? undefined : tip
}
