import type { Monitor } from '../../rpc/server/monitor.ts'
import { type Metrics, mergeMetrics, metricsContentType } from '../metrics/registry.ts'
import type { ControlClient } from '../threads/control.ts'
import { readiness } from './ready.ts'
import { liveSilenceMs, metricsWaitMs, probeWaitMs, readySilenceMs } from './silence.ts'

/**
 * Health and metrics of the node, from the rpc thread. They never wait for the chain thread longer than two seconds;
 * while it executes a block, readiness is judged by what it said last.
 */
export function createMonitor(control: ControlClient, metrics: Metrics<'rpc'>): Monitor {
  return {
    live: async () => {
      const live = control.silentMs() < liveSilenceMs || (await control.status(probeWaitMs)) !== undefined
      return { ok: live, report: { live, chainSilentSec: Math.round(control.silentMs() / 1000) } }
    },
    ready: async () => {
      const answer = await control.status(probeWaitMs)
      const known = control.silentMs() < readySilenceMs ? control.lastStatus() : undefined
      const report = readiness(answer ?? known)
      return { ok: report.ready, report }
    },
    metrics: async () => {
      const chain = await control.metrics(metricsWaitMs)
      metrics.set('openledger_chain_responsive', chain === undefined ? 0 : 1)
      const own = await metrics.snapshot()
      return { contentType: metricsContentType, text: await mergeMetrics(chain === undefined ? [own] : [chain, own]) }
    },
  }
}
