import { loadavg } from 'node:os'

/** The value below which this part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * part)] ?? 0
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Median and 99th percentile, with one decimal. */
export function spread(values: readonly number[]): { readonly p50: number; readonly p99: number } {
  return { p50: round(median(values), 1), p99: round(quantile(values, 0.99), 1) }
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** The processes that wanted to run on this machine in the last minute, on average: what else ran shows in it. */
export function load(): number {
  return round(loadavg()[0] ?? 0, 1)
}

/** Milliseconds on a clock that all processes of a machine share. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}
