import { type Metrics, mergeMetrics, metricsContentType } from '../metrics/registry.ts'
import type { ControlClient } from '../threads/control.ts'
import { readiness } from './ready.ts'

/** An answer of an operator page. */
export type Page = { readonly status: number; readonly contentType: string; readonly body: string }

/** Answers `/health/live`, `/health/ready` and `/metrics`; undefined for other paths. */
export type Pages = (path: string) => Promise<Page | undefined>

/** How long the chain thread may take to answer; a block's execution holds it up. */
const answerMs = 2000

/** The operator pages of the rpc thread. They never wait for the chain thread longer than two seconds. */
export function createPages(control: ControlClient, metrics: Metrics<'rpc'>): Pages {
  return async (path) => {
    if (path === '/health/live') return json(200, { live: true })
    if (path === '/health/ready') {
      const answer = readiness(await control.status(answerMs))
      return json(answer.ready ? 200 : 503, answer)
    }
    if (path !== '/metrics') return undefined
    const chain = await control.metrics(answerMs)
    metrics.set('openledger_chain_responsive', chain === undefined ? 0 : 1)
    const body = await mergeMetrics(
      chain === undefined ? [await metrics.snapshot()] : [chain, await metrics.snapshot()],
    )
    return { status: 200, contentType: metricsContentType, body }
  }
}

function json(status: number, body: unknown): Page {
  return { status, contentType: 'application/json', body: JSON.stringify(body) }
}
