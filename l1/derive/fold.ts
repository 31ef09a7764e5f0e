import { setImmediate as turn } from 'node:timers/promises'
import { assert } from '../../core/errors.ts'
import { type Hash, zeroHash } from '../../core/hex.ts'
import type { ChainRules } from '../../core/rules.ts'
import { forkUnknown } from '../../state/headerRules.ts'
import type { BlockRef } from '../../state/heads.ts'
import { applyUpdates } from '../extract/config.ts'
import type { L1BlockData } from '../source.ts'
import type { BatchInfo } from './batchInfo.ts'
import { type BatchFault, checkBatch } from './checkBatch.ts'
import type { DerivedBlock, Epoch, EpochAt } from './epoch.ts'
import { forcedBlock, isExpired } from './forced.ts'
import { isBatcher, type OpenedTx, openInboxTx } from './inbox.ts'
import type { L1Record, SafeRef } from './record.ts'

/** The records a fold looks at. */
export type Window = {
  /** The newest: what is folded upon. */
  readonly tip: L1Record
  /** From the safe head's origin to the newest, in constant time. */
  readonly at: EpochAt
}

/** A derived block that is the chain's now. */
export type AppliedBlock = BlockRef & {
  /** Users' transactions in it. */
  readonly transactions: number
  /** What their senders paid, in wei. */
  readonly feesWei: bigint
  /** False: the transactions of the batch could not be a block's, and it has none of them. */
  readonly isWhole: boolean
}

export type FoldOptions = {
  readonly window: Window
  /** The L1 block after the newest record's. */
  readonly data: L1BlockData
  /** At least those of `blobsNeeded`. */
  readonly blobs: ReadonlyMap<Hash, Uint8Array>
  readonly rules: ChainRules
  /** Makes a derived block the chain's child of its parent. It may do so at once: doing it again changes nothing. */
  readonly apply: (block: DerivedBlock) => Promise<AppliedBlock>
}

/** Something in an L1 block that counted less than it could, for the log. */
export type FoldNote =
  | { readonly note: 'tx_ignored'; readonly txHash: Hash }
  | { readonly note: 'channel_ended'; readonly txHash: Hash; readonly fault: BatchFault }
  | { readonly note: 'deposits_only'; readonly txHash: Hash; readonly number: bigint }
  | { readonly note: 'window_expired'; readonly from: bigint; readonly to: bigint }

export type Folded = {
  readonly record: L1Record
  /** In L1's order. */
  readonly batches: readonly BatchInfo[]
  readonly notes: readonly FoldNote[]
}

/**
 * Folds the next L1 block: configuration updates, batches, and blocks from L1 alone once the window has expired
 * (docs/SPEC.md, "Derivation"). The result depends on window, data and blobs only. Throws `fork_unknown` (fatal) before
 * the first block of a fork that this version does not know, and what `apply` throws.
 */
export async function foldL1Block({ window, data, blobs, rules, apply }: FoldOptions): Promise<Folded> {
  const { tip } = window
  const { block, parentHash, deposits } = data
  const l1Number = block.number
  assert(l1Number === tip.block.number + 1n && parentHash === tip.block.hash, 'an L1 block follows the newest record')
  const config = applyUpdates(tip.config, data.updates)
  const epoch: Epoch = { block, deposits, config }
  const epochAt: EpochAt = (number) => (number === l1Number ? epoch : window.at(number))
  const notes: FoldNote[] = []
  let safe = tip.safe

  async function extend(derived: DerivedBlock): Promise<AppliedBlock> {
    // A block that is known already takes no wait: a long channel of them would hold up everything else.
    await turn()
    const { timestamp, inputs } = derived
    const { unknownFork } = rules
    if (unknownFork !== undefined && timestamp >= unknownFork.timestamp) throw forkUnknown(timestamp, unknownFork.name)
    const applied = await apply(derived)
    const { number, hash } = applied
    const { origin, sequenceNumber } = inputs
    safe = { number, hash, timestamp, origin: { number: origin.number, hash: origin.hash }, sequenceNumber }
    return applied
  }

  async function foldChannel({ tx, channel, payloadBytes }: OpenedTx): Promise<BatchInfo> {
    const before = safe.number
    let transactions = 0
    let feesWei = 0n
    for (const batch of channel.batches) {
      const verdict = checkBatch(batch, { safe, l1Number, epochAt, rules })
      if (verdict === 'other_parent') continue
      if (typeof verdict === 'string') {
        notes.push({ note: 'channel_ended', txHash: tx.hash, fault: verdict })
        break
      }
      const applied = await extend(verdict.block)
      if (!applied.isWhole) notes.push({ note: 'deposits_only', txHash: tx.hash, number: applied.number })
      transactions += applied.transactions
      feesWei += applied.feesWei
    }
    const { kind } = tx.payload
    const advanced = safe.number > before
    return {
      l1Number,
      txHash: tx.hash,
      kind,
      payloadBytes,
      blobs: tx.payload.kind === 'blobs' ? tx.payload.hashes.length : 0,
      channelBytes: channel.channelBytes,
      inflatedBytes: channel.inflatedBytes,
      firstBlock: advanced ? before + 1n : undefined,
      lastBlock: advanced ? safe.number : undefined,
      transactions,
      costWei: tx.costWei,
      feesWei,
    }
  }

  const batches: BatchInfo[] = []
  for (const tx of data.inbox) {
    if (!isBatcher(tx.from, config)) continue
    await turn()
    const opened = openInboxTx(tx, blobs)
    if (opened === undefined) notes.push({ note: 'tx_ignored', txHash: tx.hash })
    else batches.push(await foldChannel(opened))
  }
  if (isExpired(safe, l1Number, rules)) {
    const from = safe.number + 1n
    for (;;) {
      const forced = forcedBlock(safe, l1Number, epochAt, rules)
      if (forced === undefined) break
      await extend(forced)
    }
    notes.push({ note: 'window_expired', from, to: safe.number })
  }
  return { record: { block, parentHash, deposits, config, safe }, batches, notes }
}

/** The record that a chain starts from: of the genesis block's origin. */
export function firstRecord({
  origin,
  config,
  genesis,
}: {
  readonly origin: L1Record['block']
  readonly config: L1Record['config']
  readonly genesis: BlockRef & { readonly timestamp: bigint }
}): L1Record {
  const { number, hash, timestamp } = genesis
  const safe: SafeRef = {
    number,
    hash,
    timestamp,
    origin: { number: origin.number, hash: origin.hash },
    sequenceNumber: 0n,
  }
  return { block: origin, parentHash: zeroHash, deposits: [], config, safe }
}
