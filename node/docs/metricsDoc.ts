import { liveSilenceMs, readySilenceMs } from '../health/silence.ts'
import { type Metric, metrics } from '../metrics/table.ts'
import { code, markdownTable } from './markdown.ts'

/** docs/METRICS.md: every metric with its kind and labels. */
export function metricsDoc(): string {
  const rows = (Object.entries(metrics) as [string, Metric][]).map(([name, metric]) => [
    code(name),
    metric.kind,
    Object.entries(metric.labels).map(labelText).join('; '),
    metric.help,
  ])
  const parts = [
    '# Metrics and health',
    'Made by `npm run docs` from `node/metrics/table.ts`; do not edit.',
    'Prometheus text is at `/metrics`, on the JSON-RPC port or on `--metrics.port` where that is set. The default metrics of ' +
      'Node.js for the chain thread and the process (`nodejs_*`, `process_*`) come with them.',
    markdownTable(['Name', 'Kind', 'Labels', 'Meaning'], rows),
    '## Health',
    markdownTable(
      ['Path', 'Answer'],
      [
        [
          code('/health/live'),
          `200 while the chain thread gives signs of life, 503 after ${liveSilenceMs / 1000} s without any; meant for restarts.`,
        ],
        [
          code('/health/ready'),
          '200 when the node should get traffic, otherwise 503. The JSON body has `ready`, `reasons` (code, message, fix) and `status`.',
        ],
      ],
    ),
    'Both are answered by the rpc thread within a second, also while the chain thread executes a long block: it answers ' +
      'nothing then, and readiness is judged by what it said last. A block is executed twice, to build and to verify it, with ' +
      'an answer in between; the longest legal execution (a transaction of 16.8 million gas of BLAKE2 rounds, after a ' +
      `second of others) takes about 4 s. After ${readySilenceMs / 1000} s of silence the node is not ` +
      `ready (\`chain_busy\`), after ${liveSilenceMs / 1000} s it is not live.`,
    'An rpc thread that ends by itself is started again, after a minute at most; until then nothing answers here, and the ' +
      'chain goes on. `rpcRestarts` in the status and `openledger_rpc_thread_restarts_total` count how often.',
  ]
  return `${parts.join('\n\n')}\n`
}

function labelText([name, values]: readonly [string, readonly string[] | string]): string {
  return `${code(name)}: ${typeof values === 'string' ? values : values.map(code).join(', ')}`
}
