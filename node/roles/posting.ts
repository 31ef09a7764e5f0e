import { join } from 'node:path'
import type { Sign } from '../../core/ports/sign.ts'
import { batcherTroubles } from '../../sequencer/batcher/batcher.ts'
import { startBatcher } from '../../sequencer/batcher/start.ts'
import type { BatcherStatus } from '../../sequencer/batcher/types.ts'
import type { Running } from '../../sequencer/loop.ts'
import { type ProposerStatus, proposerTroubles, startProposer } from '../../sequencer/proposer/proposer.ts'
import { senderTroubles } from '../../sequencer/sender/flight.ts'
import { defaultSenderLimits } from '../../sequencer/sender/limits.ts'
import { openSender, type Sender, type SenderStatus } from '../../sequencer/sender/sender.ts'
import type { Reason } from '../health/ready.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { Following } from './following.ts'
import type { RoleContext } from './role.ts'
import type { SequencerRoleOptions } from './sequencer.ts'

/** What a sequencer sends to L1. */
export type Posting = {
  /** Uncompressed bytes that are not on L1 yet. */
  backlogBytes(): number
  /** What holds batcher or proposer up, in words. */
  complaints(): readonly Reason[]
  collect(metrics: Metrics<'chain'>): void
  /** Each resolves when the signal has aborted; rejects with what is no outage. */
  readonly closed: readonly Promise<void>[]
}

/** Who sends for batcher and proposer, as far as there are keys for them. */
type Senders = { readonly batcher: Sender | undefined; readonly proposer: Sender | undefined }

/** Opens the journals; nothing is sent yet. Throws the fatal NodeErrors of the journals. */
export async function openSenders(
  { clock, log, dir, spec }: RoleContext,
  { rollup, link }: Following,
  { batcher, proposer }: Pick<SequencerRoleOptions, 'batcher' | 'proposer'>,
): Promise<Senders> {
  const common = { wallet: link.wallet, l1ChainId: spec.l1.chainId, sidecars: rollup.sidecars, clock, log }
  async function senderOf(name: string, sign: Sign): Promise<Sender> {
    const journalPath = dir.isKept ? join(dir.path, `${name}-journal`) : undefined
    return openSender({ ...common, sign, journalPath, limits: defaultSenderLimits })
  }
  return {
    batcher: batcher && (await senderOf('batcher', batcher.sign)),
    proposer: proposer && (await senderOf('proposer', proposer.sign)),
  }
}

/** Starts batcher and proposer, as far as there are senders for them. */
export function startPosting(
  { chain, rules, clock, log, signal }: RoleContext,
  { follower, rollup, link }: Following,
  senders: Senders,
  { batcher, proposer }: Pick<SequencerRoleOptions, 'batcher' | 'proposer'>,
): Posting {
  const common = { chain, follower, rollup, rules, kzg: link.kzg, wallet: link.wallet, clock, log, signal }
  const batches =
    batcher && senders.batcher && startBatcher({ ...common, sender: senders.batcher, config: batcher.config })
  const outputs =
    proposer &&
    senders.proposer &&
    startProposer({
      ...common,
      sender: senders.proposer,
      outputOracle: rollup.outputOracle,
      config: proposer.config,
    })
  const counts = createCounts()
  return {
    backlogBytes: () => batches?.status().backlogBytes ?? 0,
    complaints: () => [
      ...(batches === undefined ? [] : complaintsOf('batcher', batcherTroubles, batches)),
      ...(outputs === undefined ? [] : complaintsOf('proposer', proposerTroubles, outputs)),
    ],
    collect: (metrics) => collect(metrics, batches, outputs, counts),
    closed: [batches?.closed, outputs?.closed].filter((closed) => closed !== undefined),
  }
}

type Held<Code> = { readonly trouble: Code | undefined; readonly sender: Pick<SenderStatus, 'address' | 'trouble'> }

/** What holds one of them up, the nearest cause first; empty: nothing. */
export function complaintsOf<Code extends string>(
  name: 'batcher' | 'proposer',
  texts: Readonly<Record<Code, string>>,
  { status, outage }: Pick<Running<Held<Code>>, 'status' | 'outage'>,
): readonly Reason[] {
  const { trouble, sender } = status()
  const account = `look at the account ${sender.address} on L1 and into the log of the node`
  const complaint = (code: string, text: string, fix: string): readonly Reason[] => [
    { code: `${name}_held_up`, message: `the ${name} is held up (${code}): ${text}`, fix },
  ]
  const down = outage()
  if (down !== undefined) {
    return complaint(
      down,
      'nothing can be sent to L1 for now',
      'check the L1 nodes of --l1-rpc and the log of the node',
    )
  }
  if (trouble !== undefined) return complaint(trouble, texts[trouble], account)
  return sender.trouble === undefined ? [] : complaint(sender.trouble, senderTroubles[sender.trouble], account)
}

/** Of totals since the start, what has come since the last look. */
type Counts = (name: string, total: number) => number

function createCounts(): Counts {
  const seen = new Map<string, number>()
  return (name, total) => {
    const news = total - (seen.get(name) ?? 0)
    seen.set(name, total)
    // An L1 reorg takes back what was counted; a counter only grows.
    return Math.max(0, news)
  }
}

function collect(
  metrics: Metrics<'chain'>,
  batches: Running<BatcherStatus> | undefined,
  outputs: Running<ProposerStatus> | undefined,
  counts: Counts,
): void {
  if (batches !== undefined) {
    const status = batches.status()
    account(metrics, 'batcher', status.sender, batches.outage() ?? status.trouble ?? status.sender.trouble)
    metrics.set('openledger_batcher_waiting_blocks', Number(status.waitingBlocks))
    metrics.set('openledger_batcher_backlog_bytes', status.backlogBytes)
    if (status.runwayMs !== undefined) {
      metrics.set('openledger_l1_runway_seconds', status.runwayMs / 1000, { account: 'batcher' })
    }
    const { call, blobs } = status.batches
    metrics.add('openledger_batches_total', counts('calldata', call), { kind: 'calldata' })
    metrics.add('openledger_batches_total', counts('blobs', blobs), { kind: 'blobs' })
    metrics.add('openledger_batches_ignored_total', counts('ignored', status.ignored))
    metrics.add('openledger_batch_blobs_total', counts('blob', status.blobs))
    metrics.add('openledger_batch_channel_bytes_total', counts('channel', status.channelBytes))
    metrics.add('openledger_batch_content_bytes_total', counts('content', status.contentBytes))
  }
  if (outputs !== undefined) {
    const status = outputs.status()
    account(metrics, 'proposer', status.sender, outputs.outage() ?? status.trouble ?? status.sender.trouble)
    metrics.add('openledger_outputs_proposed_total', counts('proposed', status.proposed))
    metrics.add('openledger_outputs_deleted_total', counts('deleted', status.deleted))
  }
}

function account(
  metrics: Metrics<'chain'>,
  name: 'batcher' | 'proposer',
  { balanceWei }: SenderStatus,
  trouble: string | undefined,
): void {
  if (balanceWei !== undefined) metrics.set('openledger_l1_balance_wei', Number(balanceWei), { account: name })
  metrics.set('openledger_l1_account_trouble', trouble === undefined ? 0 : 1, { account: name })
}
