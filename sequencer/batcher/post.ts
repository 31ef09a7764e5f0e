import { assert } from '../../core/errors.ts'
import { equalBytes } from '../../core/hex.ts'
import { decodeBlob, encodeBlob } from '../../l1/batch/blob.ts'
import { versionedHash } from '../../l1/kzg/blob.ts'
import { type BlobSidecar, dataGas, type SendRequest, type TxKind } from '../sender/request.ts'
import { encodeMemo } from './memo.ts'
import type { Packed } from './pack.ts'
import type { BatcherOptions } from './types.ts'

/** The transaction that carries a packed channel to the inbox. Commitments and proofs of blobs take seconds each. */
export async function requestOf(
  packed: Packed,
  kind: TxKind,
  { rollup, kzg }: Pick<BatcherOptions, 'rollup' | 'kzg'>,
): Promise<SendRequest> {
  const { blocks, payloads, channelBytes, contentBytes } = packed
  const [first, last] = [blocks[0]!, blocks.at(-1)!]
  const memo = encodeMemo({
    first: first.number,
    last: last.number,
    parentHash: first.batch.parentHash,
    lastHash: last.hash,
    channelBytes,
    contentBytes,
  })
  const to = rollup.inbox
  if (kind === 'call') {
    assert(payloads.length === 1, 'calldata carries one payload')
    const data = payloads[0]!
    return { kind, to, memo, data, value: 0n, gas: dataGas(data) }
  }
  const sidecars: BlobSidecar[] = []
  for (const payload of payloads) {
    const blob = encodeBlob(payload)
    const content = decodeBlob(blob)
    assert(content !== undefined && equalBytes(content, payload), 'a blob holds its payload')
    const commitment = await kzg.commitment(blob)
    const proofs = await kzg.proofs(blob, commitment, rollup.sidecars)
    sidecars.push({ blob, commitment, hash: versionedHash(commitment), proofs })
  }
  return { kind, to, memo, sidecars }
}
