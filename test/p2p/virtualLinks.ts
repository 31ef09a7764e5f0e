import type { Clock } from '../../core/ports/clock.ts'

/** How good the way from one node to another is. Probabilities in [0, 1]. */
export type LinkQuality = {
  /** Least time on the way, in milliseconds. */
  readonly delayMs: number
  /** Up to this much is added, so that messages overtake each other. */
  readonly jitterMs: number
  readonly loss: number
  /** Of gossip. */
  readonly duplication: number
}

/** The ways between the nodes of a virtual network. Each direction is a way of its own. */
export type Links = {
  /** For one way, or for all that have no setting of their own. */
  setQuality(quality: Partial<LinkQuality>, way?: { readonly from: string; readonly to: string }): void
  qualityOf(from: string, to: string): LinkQuality
  /** What is sent this way from now on or arrives is lost. */
  cut(from: string, to: string): void
  /** Members of different groups do not reach each other; who is in no group reaches everybody. */
  partition(...groups: readonly (readonly string[])[]): void
  /** No more cuts, partitions and clogs. */
  heal(): void
  /** What is on this way waits until it is free again. */
  clog(from: string, to: string): void
  unclog(from: string, to: string): void
  isCut(from: string, to: string): boolean
  /** True once something has arrived; false: it is lost. */
  carry(from: string, to: string, signal: AbortSignal): Promise<boolean>
  /** Grows with each change of cuts. */
  version(): number
  onCut(hear: (isCut: (from: string, to: string) => boolean) => void): void
}

const perfect: LinkQuality = { delayMs: 10, jitterMs: 0, loss: 0, duplication: 0 }

export function createLinks({
  clock,
  random,
  quality,
}: {
  readonly clock: Clock
  readonly random: () => number
  readonly quality: Partial<LinkQuality> | undefined
}): Links {
  const key = (from: string, to: string) => `${from} > ${to}`
  const own = new Map<string, LinkQuality>()
  const cuts = new Set<string>()
  const clogs = new Map<string, PromiseWithResolvers<void>>()
  const listeners: ((isCut: (from: string, to: string) => boolean) => void)[] = []
  let common: LinkQuality = { ...perfect, ...quality }
  let groupOf = new Map<string, number>()
  let version = 0

  const qualityOf = (from: string, to: string) => own.get(key(from, to)) ?? common
  function isCut(from: string, to: string): boolean {
    const [a, b] = [groupOf.get(from), groupOf.get(to)]
    return cuts.has(key(from, to)) || (a !== undefined && b !== undefined && a !== b)
  }
  function changed(): void {
    version++
    for (const hear of listeners) hear(isCut)
  }
  function unclog(way: string): void {
    clogs.get(way)?.resolve()
    clogs.delete(way)
  }

  return {
    qualityOf,
    isCut,
    version: () => version,
    onCut: (hear) => void listeners.push(hear),
    setQuality(change, way) {
      if (way === undefined) common = { ...common, ...change }
      else own.set(key(way.from, way.to), { ...qualityOf(way.from, way.to), ...change })
    },
    cut(from, to) {
      cuts.add(key(from, to))
      changed()
    },
    partition(...groups) {
      groupOf = new Map(groups.flatMap((group, index) => group.map((name) => [name, index] as const)))
      changed()
    },
    heal() {
      cuts.clear()
      groupOf = new Map()
      for (const way of [...clogs.keys()]) unclog(way)
      changed()
    },
    clog: (from, to) => void (clogs.has(key(from, to)) || clogs.set(key(from, to), Promise.withResolvers())),
    unclog: (from, to) => unclog(key(from, to)),
    async carry(from, to, signal) {
      const { delayMs, jitterMs, loss } = qualityOf(from, to)
      const isLost = random() < loss
      const travelMs = delayMs + Math.floor(random() * jitterMs)
      if (isLost || isCut(from, to)) return false
      await clock.sleep(travelMs, signal)
      for (;;) {
        const clogged = clogs.get(key(from, to))
        if (clogged === undefined || signal.aborted) break
        await clogged.promise
      }
      return !signal.aborted && !isCut(from, to)
    },
  }
}
