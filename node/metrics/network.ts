import type { NetListener, PeerInfo, Topic } from '../../core/ports/net.ts'
import type { Metrics } from './registry.ts'

/** The same listener; what it answers is counted, and how long a block took to be imported is measured. */
export function countGossip(
  listener: NetListener,
  metrics: Pick<Metrics<'chain'>, 'add' | 'observe'>,
  nowMs: () => number,
): NetListener {
  const count = (topic: Topic, outcome: string): void => {
    metrics.add('openledger_gossip_messages_total', 1, { topic, outcome })
  }
  return {
    ...listener,
    async block(block) {
      const startedMs = nowMs()
      const outcome = await listener.block(block)
      count('blocks', outcome)
      if (outcome === 'imported') {
        metrics.observe('openledger_gossip_block_import_seconds', (nowMs() - startedMs) / 1000)
      }
      return outcome
    },
    async tx(raw, sender) {
      const outcome = await listener.tx(raw, sender)
      count('txs', outcome)
      return outcome
    },
    async attestation(attestation, signer) {
      const outcome = await listener.attestation(attestation, signer)
      count('attestations', outcome)
      return outcome
    },
  }
}

/** What is known of the network when the metrics are read. */
export type NetworkReading = {
  readonly peers: readonly Pick<PeerInfo, 'direction'>[]
  readonly banned: number
  readonly orphans: number
  /** Blocks that peers have and this node does not. */
  readonly missingBlocks: bigint
  readonly attested: bigint | undefined
  readonly isDisputed: boolean
  readonly evidence: number
}

/** Sets the gauges of the network. */
export function collectNetwork(metrics: Pick<Metrics<'chain'>, 'set'>, reading: NetworkReading): void {
  for (const direction of ['inbound', 'outbound'] as const) {
    const count = reading.peers.filter((peer) => peer.direction === direction).length
    metrics.set('openledger_peers', count, { direction })
  }
  metrics.set('openledger_banned_peers', reading.banned)
  metrics.set('openledger_orphan_blocks', reading.orphans)
  metrics.set('openledger_sync_missing_blocks', Number(reading.missingBlocks))
  if (reading.attested !== undefined) {
    metrics.set('openledger_attested_block_number', Number(reading.attested))
  }
  metrics.set('openledger_safe_disputed', reading.isDisputed ? 1 : 0)
  metrics.set('openledger_evidence_bundles', reading.evidence)
}
