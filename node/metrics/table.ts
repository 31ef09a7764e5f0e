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
