import type { Monitor } from '../../rpc/server/monitor.ts'
import { type Metrics, mergeMetrics, metricsContentType } from '../metrics/registry.ts'
import type { ControlClient } from '../threads/control.ts'
import { readiness } from './ready.ts'
import { liveSilenceMs, metricsWaitMs, probeWaitMs, readySilenceMs } from './silence.ts'

/** What the chain thread said within this time is news: however many ask, it is asked ten times a second at most. */
const newsMs = 100
/** One reading of the metrics serves everybody who asks within this time. */
const sharedMs = 1000

/**
 * Health and metrics of the node, from the rpc thread. They never wait for the chain thread longer than two seconds;
 * while it executes a block, readiness is judged by what it said last. However many ask, the chain thread is asked for
 * its state ten times and for its metrics once per second.
 */
export function createMonitor(
  control: ControlClient,
  metrics: Metrics<'rpc'>,
  nowMs: () => number = () => performance.now(),
): Monitor {
  let shared: { readonly text: Promise<string>; doneMs: number } | undefined

  async function readMetrics(): Promise<string> {
    const chain = await control.metrics(metricsWaitMs)
    metrics.set('openledger_chain_responsive', chain === undefined ? 0 : 1)
    const own = await metrics.snapshot()
    return await mergeMetrics(chain === undefined ? [own] : [chain, own])
  }

  function share(text: Promise<string>): typeof shared & object {
    const reading = { text, doneMs: Number.POSITIVE_INFINITY }
    const end = (): void => {
      reading.doneMs = nowMs()
    }
    text.then(end, end)
    return reading
  }

  return {
    live: async () => {
      const live = control.silentMs() < liveSilenceMs || (await control.status(probeWaitMs)) !== undefined
      return { ok: live, report: { live, chainSilentSec: Math.round(control.silentMs() / 1000) } }
    },
    ready: async () => {
      const answer = control.statusAgeMs() < newsMs ? control.lastStatus() : await control.status(probeWaitMs)
      const known = control.silentMs() < readySilenceMs ? control.lastStatus() : undefined
      const report = readiness(answer ?? known)
      return { ok: report.ready, report }
    },
    metrics: async () => {
      if (shared === undefined || nowMs() - shared.doneMs >= sharedMs) shared = share(readMetrics())
      return { contentType: metricsContentType, text: await shared.text }
    },
  }
}
