import type { Clock } from '../../core/ports/clock.ts'
import type { NetInfo, NetListener, PeerInfo, Topic } from '../../core/ports/net.ts'
import type { SyncProgress } from '../../p2p/follow/progress.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { PeeringStatus } from './peering.ts'

/** A listener that counts what becomes of messages, and how long blocks take. */
export function countGossip(
  listener: NetListener,
  metrics: Pick<Metrics<'chain'>, 'add' | 'observe'>,
  clock: Pick<Clock, 'nowMs'>,
): NetListener {
  async function counted<Code extends string>(topic: Topic, outcome: Promise<Code>): Promise<Code> {
    const code = await outcome
    metrics.add('openledger_gossip_messages_total', 1, { topic, outcome: code })
    return code
  }
  return {
    ...listener,
    async block(block) {
      const arrivedMs = clock.nowMs()
      const code = await counted('blocks', listener.block(block))
      if (code === 'imported') {
        metrics.observe('openledger_gossip_block_import_seconds', (clock.nowMs() - arrivedMs) / 1_000)
      }
      return code
    },
    tx: (raw, sender) => counted('txs', listener.tx(raw, sender)),
    attestation: (attestation, signer) => counted('attestations', listener.attestation(attestation, signer)),
  }
}

/** What the gauges of the network are read from. */
export type NetworkReading = PeeringStatus & {
  readonly info: NetInfo | undefined
  readonly connected: readonly PeerInfo[]
  readonly progress: SyncProgress | undefined
  readonly orphans: number
}

/** Sets the gauges of the network. */
export function collectNetwork(metrics: Pick<Metrics<'chain'>, 'set'>, reading: NetworkReading): void {
  const { info, connected, progress, orphans, attested, dispute, evidence } = reading
  for (const direction of ['inbound', 'outbound'] as const) {
    const count = connected.filter((peer) => peer.direction === direction).length
    metrics.set('openledger_peers', count, { direction })
  }
  metrics.set('openledger_banned_peers', info?.banned ?? 0)
  metrics.set('openledger_orphan_blocks', orphans)
  metrics.set(
    'openledger_sync_missing_blocks',
    progress === undefined ? 0 : Number(progress.highest - progress.current),
  )
  metrics.set('openledger_attested_block_number', Number(attested ?? 0n))
  metrics.set('openledger_safe_disputed', dispute === undefined ? 0 : 1)
  metrics.set('openledger_evidence_bundles', evidence)
}
