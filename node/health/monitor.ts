import type { Monitor } from '../../rpc/server/monitor.ts'
import { type Metrics, mergeMetrics, metricsContentType } from '../metrics/registry.ts'
import type { ControlClient } from '../threads/control.ts'
import { readiness } from './ready.ts'

/** How long the chain thread may take to answer; a block's execution holds it up. */
const answerMs = 2000

/** Health and metrics of the node, from the rpc thread. They never wait for the chain thread longer than two seconds. */
export function createMonitor(control: ControlClient, metrics: Metrics<'rpc'>): Monitor {
  return {
    live: () => ({ ok: true, report: { live: true } }),
    ready: async () => {
      const report = readiness(await control.status(answerMs))
      return { ok: report.ready, report }
    },
    metrics: async () => {
      const chain = await control.metrics(answerMs)
      metrics.set('openledger_chain_responsive', chain === undefined ? 0 : 1)
      const own = await metrics.snapshot()
      return { contentType: metricsContentType, text: await mergeMetrics(chain === undefined ? [own] : [chain, own]) }
    },
  }
}
