import type { RollupSpec } from '../../genesis/spec.ts'
import type { InboxTx, L1BlockData } from '../source.ts'
import { decodeConfigUpdate } from './config.ts'
import { decodeDepositLog } from './deposit.ts'
import type { RawL1Block, RawL1Tx } from './raw.ts'

/** What the chain takes from an L1 block, in L1's order. Whatever is malformed is left out, and nothing else. */
export function extractL1(
  { block, parentHash, txs }: RawL1Block,
  spec: Pick<RollupSpec, 'portal' | 'systemConfig' | 'inbox'>,
): L1BlockData {
  // The logs of a transaction that failed do not exist.
  const logs = txs.flatMap((tx) => (tx.succeeded ? tx.logs : []))
  const deposits = logs.flatMap((log) =>
    log.address === spec.portal ? (decodeDepositLog(log, block.hash, log.logIndex) ?? []) : [],
  )
  const updates = logs.flatMap((log) => (log.address === spec.systemConfig ? (decodeConfigUpdate(log) ?? []) : []))
  const inbox = txs.flatMap((tx) => (tx.to === spec.inbox ? (inboxTx(tx) ?? []) : []))
  return { block, parentHash, deposits, updates, inbox }
}

/**
 * The calldata of a blob transaction does not count. A transaction that failed does: its data is there all the same. One
 * that nobody signed is nobody's batch.
 */
function inboxTx({ hash, from, costWei, input, isBlob, blobHashes }: RawL1Tx): InboxTx | undefined {
  if (from === undefined) return undefined
  const payload = isBlob
    ? ({ kind: 'blobs', hashes: blobHashes } as const)
    : ({ kind: 'calldata', data: input } as const)
  return { hash, from, costWei, payload }
}
