import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './registry.ts'

/** Measures the event loop of the rpc thread; `collect` reports what happened since it was last called. */
export function watchLoopLag(): { collect(metrics: Metrics<'rpc'>): void; stop(): void } {
  const histogram = monitorEventLoopDelay({ resolution: 10 })
  histogram.enable()
  const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0)
  return {
    collect: (metrics) => {
      metrics.set('openledger_rpc_event_loop_lag_seconds', seconds(histogram.percentile(50)), { quantile: '0.5' })
      metrics.set('openledger_rpc_event_loop_lag_seconds', seconds(histogram.percentile(99)), { quantile: '0.99' })
      metrics.set('openledger_rpc_event_loop_lag_seconds', seconds(histogram.max), { quantile: '1' })
      histogram.reset()
    },
    stop: () => histogram.disable(),
  }
}
