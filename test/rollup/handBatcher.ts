import type { Block } from '../../core/block.ts'
import { assert } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import type { Batch } from '../../l1/batch/batch.ts'
import { blobCapacity, encodeBlob } from '../../l1/batch/blob.ts'
import { encodeChannel } from '../../l1/batch/channel.ts'
import { channelToPayloads } from '../../l1/batch/payload.ts'
import type { Injected } from './l1/execute.ts'
import { mockRollup, roles } from './spec.ts'

/** The batch that a block is. */
export function batchOf({ header, transactions }: Block): Batch {
  const attributes = decodeL1Attributes(transactions[0]?.tx.data ?? new Uint8Array(0))
  assert(attributes !== undefined, 'genesis is no batch')
  return {
    parentHash: header.parentHash,
    epochNumber: attributes.origin.number,
    epochHash: attributes.origin.hash,
    timestamp: header.timestamp,
    txs: transactions.filter(({ tx }) => tx.type !== 0x7e).map(({ raw }) => raw),
  }
}

/** The payloads of one L1 transaction with these batches. */
export function payloadsOf(batches: readonly Batch[], maxBytes = 120_000): readonly Uint8Array[] {
  const channel = encodeChannel(batches, 1)
  return channelToPayloads(channel, { channelId: keccak256(channel).subarray(0, 16), maxBytes })
}

export type PostOptions = {
  readonly from?: Address
  readonly to?: Address
  readonly blobs?: boolean
  readonly maxBytes?: number
}

/** A transaction with these batches, as nobody's code but the test's writes it. */
export function postOf(batches: readonly Batch[], options: PostOptions = {}): Injected {
  const { blobs = false, maxBytes = blobs ? blobCapacity : 120_000 } = options
  const payloads = payloadsOf(batches, maxBytes)
  assert(blobs || payloads.length === 1, 'calldata takes one payload')
  return rawPost(payloads, options)
}

/** A transaction with these payloads, whatever they are. */
export function rawPost(payloads: readonly Uint8Array[], { from, to, blobs = false }: PostOptions = {}): Injected {
  const base = { from: from ?? roles.batcher.address, to: to ?? mockRollup.inbox }
  return blobs ? { ...base, blobs: payloads.map(encodeBlob) } : { ...base, input: payloads[0]! }
}
