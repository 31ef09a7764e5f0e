/** Takes `units` from a caller's budget; if it has too few, the seconds until it has them again. */
export type Charge = (ip: string, units: number) => number | undefined

/** Callers remembered; the one asking longest ago is forgotten first (its budget is then full, or nearly so). */
const maxCallers = 10_000

/**
 * A token bucket per caller: `rateUnitsPerSec` flow in, `rateBurst` is the most it holds. A request dearer than the
 * whole bucket is let through when the bucket is full.
 */
export function createCharge(
  { rateUnitsPerSec, rateBurst }: { readonly rateUnitsPerSec: number; readonly rateBurst: number },
  nowMs: () => number,
): Charge {
  if (rateUnitsPerSec === 0) return () => undefined
  const buckets = new Map<string, { units: number; atMs: number }>()
  return (ip, units) => {
    const now = nowMs()
    const bucket = buckets.get(ip) ?? { units: rateBurst, atMs: now }
    bucket.units = Math.min(rateBurst, bucket.units + ((now - bucket.atMs) / 1000) * rateUnitsPerSec)
    bucket.atMs = now
    buckets.delete(ip)
    buckets.set(ip, bucket)
    if (buckets.size > maxCallers) buckets.delete(buckets.keys().next().value!)
    const wanted = Math.min(units, rateBurst)
    if (bucket.units < wanted) return Math.max(1, Math.ceil((wanted - bucket.units) / rateUnitsPerSec))
    bucket.units -= units
    return undefined
  }
}
