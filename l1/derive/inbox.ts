import { assert } from '../../core/errors.ts'
import type { Address, Hash } from '../../core/hex.ts'
import { decodeBlob } from '../batch/blob.ts'
import { type PostedChannel, payloadsToBatches } from '../batch/payload.ts'
import type { L1Config } from '../config.ts'
import { applyUpdates } from '../extract/config.ts'
import type { InboxTx, L1BlockData } from '../source.ts'

/** Whether batches from this address count: the batcher hash is the address with 12 zero bytes before it. */
export function isBatcher(from: Address, { system }: L1Config): boolean {
  return system.batcherHash === `0x${'00'.repeat(12)}${from.slice(2)}`
}

/** Versioned hashes of the blobs that folding an L1 block takes, in order; `config` is that of the record before it. */
export function blobsNeeded(config: L1Config, data: L1BlockData): Hash[] {
  const current = applyUpdates(config, data.updates)
  const hashes = new Set<Hash>()
  for (const { from, payload } of data.inbox) {
    if (payload.kind === 'blobs' && isBatcher(from, current)) for (const hash of payload.hashes) hashes.add(hash)
  }
  return [...hashes]
}

/** What an L1 transaction of the batcher holds. */
export type OpenedTx = {
  readonly tx: InboxTx
  readonly channel: PostedChannel
  readonly payloadBytes: number
}

/** The channel of a transaction of the batcher; undefined if any part of it is malformed. All its blobs must be there. */
export function openInboxTx(tx: InboxTx, blobs: ReadonlyMap<Hash, Uint8Array>): OpenedTx | undefined {
  const payloads = tx.payload.kind === 'calldata' ? [tx.payload.data] : blobContents(tx.payload.hashes, blobs)
  const channel = payloads && payloadsToBatches(payloads)
  if (payloads === undefined || channel === undefined) return undefined
  let payloadBytes = 0
  for (const { length } of payloads) payloadBytes += length
  return { tx, channel, payloadBytes }
}

function blobContents(hashes: readonly Hash[], blobs: ReadonlyMap<Hash, Uint8Array>): Uint8Array[] | undefined {
  const contents: Uint8Array[] = []
  for (const hash of hashes) {
    const blob = blobs.get(hash)
    assert(blob !== undefined, `blob ${hash} was fetched before folding`)
    const content = decodeBlob(blob)
    if (content === undefined) return undefined
    contents.push(content)
  }
  return contents
}
