import { attestationCodes, blockCodes, topics, txCodes } from '../../core/ports/net.ts'

/** One metric: what its name means, and the closed sets its labels come from. Durations are in seconds. */
export type Metric = {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Label names with their possible values, or a sentence where the set is a table of its own. */
  readonly labels: Readonly<Record<string, readonly string[] | string>>
  readonly buckets?: readonly number[]
  /** The thread that measures it. */
  readonly thread: 'chain' | 'rpc'
}

const blockBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const callBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const methods = 'every served JSON-RPC method, and `other` for names that are not served'

/** Every metric of the node. The default metrics of Node.js come with them (`nodejs_*`, `process_*`). */
export const metrics = {
  openledger_head_block_number: {
    kind: 'gauge',
    help: 'Number of the newest block under each label.',
    labels: { head: ['unsafe', 'safe', 'finalized'] },
    thread: 'chain',
  },
  openledger_head_age_seconds: {
    kind: 'gauge',
    help: 'Wall-clock time since the timestamp of the newest block.',
    labels: {},
    thread: 'chain',
  },
  openledger_blocks_total: {
    kind: 'counter',
    help: 'Blocks appended since the start of the process.',
    labels: {},
    thread: 'chain',
  },
  openledger_block_transactions_total: {
    kind: 'counter',
    help: 'Transactions in appended blocks since the start of the process.',
    labels: {},
    thread: 'chain',
  },
  openledger_block_gas_total: {
    kind: 'counter',
    help: 'Gas used by appended blocks since the start of the process.',
    labels: {},
    thread: 'chain',
  },
  openledger_block_build_seconds: {
    kind: 'histogram',
    help: 'Time to choose and execute the transactions of a block and compute its roots.',
    labels: {},
    buckets: blockBuckets,
    thread: 'chain',
  },
  openledger_block_verify_seconds: {
    kind: 'histogram',
    help: 'Time to execute a sealed block again from scratch before it is published.',
    labels: {},
    buckets: blockBuckets,
    thread: 'chain',
  },
  openledger_block_commit_seconds: {
    kind: 'histogram',
    help: 'Time to write a block to disk in one synced batch.',
    labels: {},
    buckets: blockBuckets,
    thread: 'chain',
  },
  openledger_pool_transactions: {
    kind: 'gauge',
    help: 'Transactions in the pool: executable now, or waiting for an earlier nonce.',
    labels: { queue: ['pending', 'queued'] },
    thread: 'chain',
  },
  openledger_l1_block_number: {
    kind: 'gauge',
    help: 'L1 blocks: the newest one, the newest that was derived from, and the newest that L1 calls final.',
    labels: { block: ['head', 'derived', 'finalized'] },
    thread: 'chain',
  },
  openledger_l1_behind_blocks: {
    kind: 'gauge',
    help: 'L1 blocks that wait to be derived from.',
    labels: {},
    thread: 'chain',
  },
  openledger_l1_stalled: {
    kind: 'gauge',
    help: '1 while L1 does not give what derivation needs, otherwise 0.',
    labels: {},
    thread: 'chain',
  },
  openledger_l1_balance_wei: {
    kind: 'gauge',
    help: 'ETH of the accounts that send to L1, as of the last look.',
    labels: { account: ['batcher', 'proposer'] },
    thread: 'chain',
  },
  openledger_l1_account_trouble: {
    kind: 'gauge',
    help: '1 while something keeps the account from sending to L1 (see the log), otherwise 0.',
    labels: { account: ['batcher', 'proposer'] },
    thread: 'chain',
  },
  openledger_batcher_waiting_blocks: {
    kind: 'gauge',
    help: 'Blocks after the safe head.',
    labels: {},
    thread: 'chain',
  },
  openledger_batcher_backlog_bytes: {
    kind: 'gauge',
    help: 'What is not safe yet, before compression.',
    labels: {},
    thread: 'chain',
  },
  openledger_l1_runway_seconds: {
    kind: 'gauge',
    help: 'How long the ETH of the account lasts at the rate of the last day; absent before there is a rate.',
    labels: { account: ['batcher'] },
    thread: 'chain',
  },
  openledger_batches_total: {
    kind: 'counter',
    help: 'Batches that made blocks safe.',
    labels: { kind: ['blobs', 'calldata'] },
    thread: 'chain',
  },
  openledger_batches_ignored_total: {
    kind: 'counter',
    help: 'Batches on L1 that did not make their blocks safe.',
    labels: {},
    thread: 'chain',
  },
  openledger_batch_blobs_total: {
    kind: 'counter',
    help: 'Blobs of batches that made blocks safe.',
    labels: {},
    thread: 'chain',
  },
  openledger_batch_channel_bytes_total: {
    kind: 'counter',
    help: 'Bytes of batches, compressed.',
    labels: {},
    thread: 'chain',
  },
  openledger_batch_content_bytes_total: {
    kind: 'counter',
    help: 'Bytes of batches before compression.',
    labels: {},
    thread: 'chain',
  },
  openledger_outputs_proposed_total: {
    kind: 'counter',
    help: 'Outputs proposed on L1.',
    labels: {},
    thread: 'chain',
  },
  openledger_outputs_deleted_total: {
    kind: 'counter',
    help: 'Times that outputs of this proposer were deleted on L1.',
    labels: {},
    thread: 'chain',
  },
  openledger_peers: {
    kind: 'gauge',
    help: 'Connected peers.',
    labels: { direction: ['inbound', 'outbound'] },
    thread: 'chain',
  },
  openledger_banned_peers: {
    kind: 'gauge',
    help: 'Peers that are banned at present.',
    labels: {},
    thread: 'chain',
  },
  openledger_gossip_messages_total: {
    kind: 'counter',
    help: 'Gossiped messages that the cheap checks let through, by what the chain made of them.',
    labels: { topic: topics, outcome: [...new Set([...blockCodes, ...txCodes, ...attestationCodes])] },
    thread: 'chain',
  },
  openledger_gossip_block_import_seconds: {
    kind: 'histogram',
    help: 'Time from the arrival of a gossiped block at the chain thread until it was imported.',
    labels: {},
    buckets: blockBuckets,
    thread: 'chain',
  },
  openledger_orphan_blocks: {
    kind: 'gauge',
    help: 'Blocks that wait for their parent or for their L1 origin.',
    labels: {},
    thread: 'chain',
  },
  openledger_sync_missing_blocks: {
    kind: 'gauge',
    help: 'Blocks that peers say they have and this node does not.',
    labels: {},
    thread: 'chain',
  },
  openledger_attested_block_number: {
    kind: 'gauge',
    help: 'Number of the newest block that two thirds of the stake attested, 0 until there is one.',
    labels: {},
    thread: 'chain',
  },
  openledger_safe_disputed: {
    kind: 'gauge',
    help: '1 while L1 or the stake contradict what this node derived, so that no block is called safe, otherwise 0.',
    labels: {},
    thread: 'chain',
  },
  openledger_evidence_bundles: {
    kind: 'gauge',
    help: 'Bundles of evidence of faults of sequencer, proposer and validators.',
    labels: {},
    thread: 'chain',
  },
  openledger_database_bytes: {
    kind: 'gauge',
    help: 'Size of the database files.',
    labels: {},
    thread: 'chain',
  },
  openledger_disk_free_bytes: {
    kind: 'gauge',
    help: 'Free space on the disk of the data folder.',
    labels: {},
    thread: 'chain',
  },
  openledger_chain_responsive: {
    kind: 'gauge',
    help: '1 if the chain thread answered within two seconds when the metrics were read (once a second at most), otherwise 0.',
    labels: {},
    thread: 'rpc',
  },
  openledger_rpc_thread_restarts_total: {
    kind: 'counter',
    help: 'Times the rpc thread was started again because it had ended by itself.',
    labels: {},
    thread: 'chain',
  },
  openledger_rpc_requests_total: {
    kind: 'counter',
    help: 'JSON-RPC requests answered, batch items one by one.',
    labels: { method: methods, outcome: ['ok', 'error'] },
    thread: 'rpc',
  },
  openledger_rpc_request_seconds: {
    kind: 'histogram',
    help: 'Time from a decoded JSON-RPC request to its answer.',
    labels: { method: methods },
    buckets: callBuckets,
    thread: 'rpc',
  },
  openledger_rpc_event_loop_lag_seconds: {
    kind: 'gauge',
    help: 'Delay of the event loop of the rpc thread since the last reading (`nodejs_eventloop_lag_*` is the chain thread).',
    labels: { quantile: ['0.5', '0.99', '1'] },
    thread: 'rpc',
  },
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof metrics
export type MetricOf<K extends Metric['kind'], T extends Metric['thread']> = {
  [N in MetricName]: (typeof metrics)[N] extends { kind: K; thread: T } ? N : never
}[MetricName]
