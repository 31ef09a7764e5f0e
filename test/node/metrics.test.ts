import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroAddress, zeroHash } from '../../core/hex.ts'
import {
  attestationCodes,
  blockCodes,
  type GossipedBlock,
  type NetListener,
  type PeerInfo,
  txCodes,
} from '../../core/ports/net.ts'
import { createMetrics, mergeMetrics } from '../../node/metrics/registry.ts'
import { type Metric, metrics } from '../../node/metrics/table.ts'
import { collectNetwork, countGossip, type NetworkReading } from '../../node/roles/gossipMetrics.ts'

test('names carry the prefix and end in their unit', () => {
  for (const [name, metric] of Object.entries(metrics) as [string, Metric][]) {
    assert.match(name, /^openledger_(l1_)?[a-z_]+$/)
    if (metric.kind === 'counter') assert.match(name, /_total$/)
    if (metric.kind === 'histogram') assert.match(name, /_seconds$/)
    assert.ok(metric.help.endsWith('.'), name)
  }
})

test('the values of both threads come out as one text', async () => {
  const chain = createMetrics('chain', (own) => own.set('openledger_head_block_number', 7, { head: 'unsafe' }))
  const rpc = createMetrics('rpc')
  chain.add('openledger_blocks_total', 3)
  chain.observe('openledger_block_build_seconds', 0.004)
  rpc.add('openledger_rpc_requests_total', 1, { method: 'eth_call', outcome: 'ok' })
  const text = await mergeMetrics([structuredClone(await chain.snapshot()), await rpc.snapshot()])
  assert.match(text, /^openledger_head_block_number\{head="unsafe"\} 7$/m)
  assert.match(text, /^openledger_blocks_total 3$/m)
  assert.match(text, /^openledger_block_build_seconds_bucket\{le="0\.005"\} 1$/m)
  assert.match(text, /^openledger_rpc_requests_total\{method="eth_call",outcome="ok"\} 1$/m)
  assert.match(text, /^nodejs_eventloop_lag_seconds /m)
  assert.equal(text.match(/^# HELP process_cpu_seconds_total /gm)?.length, 1)
})

test('gossip is counted by what the chain made of it, and answered as before', async () => {
  const signature = { r: 1n, s: 1n, yParity: 0 as const }
  const attestation = { l2BlockNumber: 1n, outputRoot: zeroHash, l1BlockHash: zeroHash, signature }
  let blocks = 0
  let txs = 0
  let attestations = 0
  let nowMs = 1_000
  const listener: NetListener = {
    async block() {
      nowMs += 30
      return blockCodes[blocks++ % blockCodes.length]!
    },
    tx: async () => txCodes[txs++ % txCodes.length]!,
    attestation: async () => attestationCodes[attestations++ % attestationCodes.length]!,
    status: () => {},
    gone: () => {},
  }
  const metrics = createMetrics('chain')
  const counted = countGossip(listener, metrics, { nowMs: () => nowMs })
  for (const code of blockCodes) assert.equal(await counted.block({} as GossipedBlock), code)
  for (const code of txCodes) assert.equal(await counted.tx(new Uint8Array(), zeroAddress), code)
  for (const code of attestationCodes) assert.equal(await counted.attestation(attestation, zeroAddress), code)
  const text = await mergeMetrics([await metrics.snapshot()])
  assert.match(text, /gossip_messages_total\{topic="blocks",outcome="equivocation"\} 1$/m)
  assert.match(text, /gossip_messages_total\{topic="txs",outcome="not_now"\} 1$/m)
  assert.match(text, /gossip_messages_total\{topic="attestations",outcome="double_sign"\} 1$/m)
  assert.match(text, /gossip_block_import_seconds_count 1$/m)
  assert.match(text, /gossip_block_import_seconds_sum 0\.03$/m)
})

test('the gauges of the network', async () => {
  const metrics = createMetrics('chain')
  const peer = { direction: 'inbound' } as Partial<PeerInfo> as PeerInfo
  const reading: NetworkReading = {
    info: { id: 'me', addresses: [], peers: 2, banned: 2 },
    connected: [peer, peer],
    peers: 2,
    orphans: 3,
    progress: { stage: 'peers', from: 0n, current: 5n, highest: 9n, blocksPerSec: 1, etaSec: 4 },
    attested: undefined,
    dispute: undefined,
    evidence: 5,
  }
  collectNetwork(metrics, reading)
  const first = await mergeMetrics([await metrics.snapshot()])
  assert.match(first, /^openledger_peers\{direction="inbound"\} 2$/m)
  assert.match(first, /^openledger_peers\{direction="outbound"\} 0$/m)
  assert.match(first, /^openledger_banned_peers 2$/m)
  assert.match(first, /^openledger_sync_missing_blocks 4$/m)
  assert.match(first, /^openledger_evidence_bundles 5$/m)
  const dispute = { kind: 'stake', l2BlockNumber: 1n, stake: 7n } as const
  collectNetwork(metrics, { ...reading, connected: [], progress: undefined, attested: 9n, dispute })
  const second = await mergeMetrics([await metrics.snapshot()])
  assert.match(second, /^openledger_sync_missing_blocks 0$/m)
  assert.match(second, /^openledger_attested_block_number 9$/m)
  assert.match(second, /^openledger_safe_disputed 1$/m)
})
