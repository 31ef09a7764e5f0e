import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, mergeMetrics } from '../../node/metrics/registry.ts'
import { type Metric, metrics } from '../../node/metrics/table.ts'

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
