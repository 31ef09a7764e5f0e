import type { SafeDispute, SyncStatus } from '../../rpc/backend.ts'
import { disputeText } from '../../rpc/dispute.ts'
import { durationText } from '../cli/duration.ts'
import type { L1Health, Reason } from './ready.ts'

/** How the node does in the network of nodes. */
export type NetworkHealth = {
  readonly peers: number
  /** The newest block that two thirds of the stake attested. */
  readonly attested: number | undefined
  /** Why no block is called safe at present, in words. */
  readonly dispute: string | undefined
  /** Bundles of evidence that are kept. */
  readonly evidence: number
}

/** Catching up, as eth_syncing has it, with the part that is done. */
export type SyncHealth = {
  readonly stage: string
  readonly current: number
  readonly highest: number
  /** Of what was missing at the start; undefined while it is not known how much is to come. */
  readonly percent?: number | undefined
  readonly blocksPerSec?: number | undefined
  readonly etaSec?: number | undefined
}

export function networkHealth(status: {
  readonly peers: number
  readonly evidence: number
  readonly attested: bigint | undefined
  readonly dispute: SafeDispute | undefined
}): NetworkHealth {
  const { peers, evidence, attested, dispute } = status
  return {
    peers,
    evidence,
    attested: attested === undefined ? undefined : Number(attested),
    dispute: dispute && disputeText(dispute),
  }
}

export function syncHealth(status: SyncStatus): SyncHealth {
  const { startingBlock, currentBlock, highestBlock, stage, blocksPerSec, etaSec } = status
  const whole = Number(highestBlock - startingBlock)
  const done = Number(currentBlock - startingBlock)
  return {
    stage,
    current: Number(currentBlock),
    highest: Number(highestBlock),
    percent: highestBlock > currentBlock && whole > 0 ? Math.max(0, Math.floor((100 * done) / whole)) : undefined,
    blocksPerSec,
    etaSec,
  }
}

/** Further behind its peers than this a node serves old state. */
const syncedBlocks = 8

/** Reasons to send traffic elsewhere. */
export function networkReasons(network: NetworkHealth | undefined, sync: SyncHealth | undefined): readonly Reason[] {
  const reasons: Reason[] = []
  if (network?.dispute !== undefined) {
    reasons.push({
      code: 'safe_disputed',
      message: `no block is called safe, because ${network.dispute}`,
      fix: 'compare this node with others and see its log; it goes on by itself once L1 or the stake agree with it',
    })
  }
  if (sync !== undefined && sync.highest - sync.current > syncedBlocks) {
    reasons.push({
      code: 'syncing',
      message: `${syncText(sync)}`,
      fix: 'wait until the node has caught up',
    })
  }
  return reasons
}

/** What a person should look at. `l1`: undefined where the chain has none. */
export function networkWarnings(
  network: NetworkHealth | undefined,
  { role, l1 }: { readonly role: string; readonly l1: L1Health | undefined },
): readonly Reason[] {
  if (network === undefined) return []
  const warnings: Reason[] = []
  const bringsBlocks = l1?.head !== undefined && l1.stalled === undefined
  if (network.peers === 0 && role !== 'sequencer' && !bringsBlocks) {
    warnings.push({
      code: 'no_peers',
      message: 'there is no peer and no L1, so that no block can come',
      fix: 'name peers with --p2p.peers or `openledger peers add`, and check that port --p2p.port can be reached',
    })
  }
  if (network.evidence > 0) {
    const many = network.evidence === 1 ? 'a bundle' : `${network.evidence} bundles`
    warnings.push({
      code: 'evidence',
      message: `${many} of evidence of faults of sequencer, proposer or validators ${network.evidence === 1 ? 'is' : 'are'} kept`,
      fix: 'check them with `openledger verify-evidence`; they are in the folder evidence of the data folder',
    })
  }
  return warnings
}

/** How far catching up is, in words. */
export function syncText({ stage, current, highest, percent, etaSec }: SyncHealth): string {
  if (percent === undefined) return stage
  const left = etaSec === undefined ? '' : `, about ${durationText(etaSec)} left`
  return `${stage}: ${percent} %, block ${current} of ${highest}${left}`
}
