import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Metric, type MetricOf, metrics } from './table.ts'

type Labels = Readonly<Record<string, string>>

/** The metrics that one thread measures. */
export type Metrics<T extends Metric['thread']> = {
  add(name: MetricOf<'counter', T>, value?: number, labels?: Labels): void
  set(name: MetricOf<'gauge', T>, value: number, labels?: Labels): void
  observe(name: MetricOf<'histogram', T>, seconds: number, labels?: Labels): void
  /** The current values as plain data, for `mergeMetrics`. Runs `collect` first. */
  snapshot(): Promise<readonly object[]>
}

/**
 * The registry of one thread. The chain thread also takes the default metrics of Node.js, which describe the process.
 * `collect` is called before each snapshot to set the gauges that are read rather than counted.
 */
export function createMetrics<T extends Metric['thread']>(
  thread: T,
  collect: (metrics: Metrics<T>) => void = () => {},
): Metrics<T> {
  const registry = new Registry()
  if (thread === 'chain') collectDefaultMetrics({ register: registry })
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const [name, metric] of Object.entries(metrics) as [string, Metric][]) {
    if (metric.thread !== thread) continue
    const common = { name, help: metric.help, labelNames: Object.keys(metric.labels), registers: [registry] }
    if (metric.kind === 'counter') counters.set(name, new Counter(common))
    else if (metric.kind === 'gauge') gauges.set(name, new Gauge(common))
    else histograms.set(name, new Histogram({ ...common, buckets: [...(metric.buckets ?? [])] }))
  }
  const api: Metrics<T> = {
    add: (name, value = 1, labels = {}) => counters.get(name)?.inc(labels, value),
    set: (name, value, labels = {}) => gauges.get(name)?.set(labels, value),
    observe: (name, seconds, labels = {}) => histograms.get(name)?.observe(labels, seconds),
    snapshot: async () => {
      collect(api)
      return await registry.getMetricsAsJSON()
    },
  }
  return api
}

/** The content type of `mergeMetrics`. */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE

/** The Prometheus text of several threads' snapshots together. */
export async function mergeMetrics(snapshots: readonly (readonly object[])[]): Promise<string> {
  return await AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot])).metrics()
}
