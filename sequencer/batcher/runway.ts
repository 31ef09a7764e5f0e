/** One payment: when, and how much in wei. */
export type Spending = { readonly atMs: number; readonly wei: bigint }

export const dayMs = 24 * 3_600_000

/** What was paid lately, and how long the rest lasts at that rate. */
export type Runway = {
  add(spending: Spending): void
  /** In ms; undefined before there is a rate. */
  leftMs(balanceWei: bigint, nowMs: number): number | undefined
}

/** Counts payments of the last day. Less than an hour of them is no rate yet, unless the funds end sooner than that. */
export function createRunway(startMs: number): Runway {
  let recent: Spending[] = []
  return {
    add: (spending) => {
      recent.push(spending)
    },
    leftMs(balanceWei, nowMs) {
      recent = recent.filter(({ atMs }) => nowMs - atMs < dayMs)
      const spent = recent.reduce((sum, { wei }) => sum + wei, 0n)
      if (spent === 0n) return undefined
      const spanMs = Math.min(dayMs, Math.max(nowMs - startMs, 3_600_000))
      return Number((balanceWei * BigInt(Math.round(spanMs))) / spent)
    },
  }
}
