import type { Clock } from '../../core/ports/clock.ts'
import type { Chain } from '../../state/chain.ts'
import type { Importer } from './import.ts'
import { followLimits } from './limits.ts'
import type { Orphans } from './orphans.ts'
import { placeOf } from './place.ts'
import type { Sources } from './sources.ts'

/** How far peers are ahead, and whether that is to be asked for. */
export type Lead = {
  /** The highest block that is known of. */
  target(): bigint
  isBehind(): boolean
  /** Peers have been ahead, or a block without its parent has waited, longer than gossip takes. */
  isDue(): boolean
}

export function createLead({
  chain,
  importer,
  orphans,
  sources,
  clock,
  catchUp,
}: {
  readonly chain: Pick<Chain, 'heads' | 'reader'>
  readonly importer: Pick<Importer, 'pausedAt'>
  readonly orphans: Orphans
  readonly sources: Sources
  readonly clock: Pick<Clock, 'nowMs'>
  readonly catchUp: 'peers' | 'l1'
}): Lead {
  let sinceMs: number | undefined

  function target(): bigint {
    const { number } = chain.heads().unsafe
    const highest = [sources.highest(clock.nowMs()) ?? 0n, orphans.all().at(-1)?.candidate.number ?? 0n]
    return highest.reduce((most, one) => (one > most ? one : most), number)
  }

  /** A block after the head, that is; one of another branch below it is worth nothing while the head stays. */
  function hasGap(nowMs: number): boolean {
    const { number } = chain.heads().unsafe
    return orphans.all().some(({ candidate, sinceMs }) => {
      const hasWaited = nowMs - sinceMs >= followLimits.gapMs
      return hasWaited && candidate.number > number && placeOf(chain, candidate).kind === 'orphan'
    })
  }

  const ahead = () => target() - chain.heads().unsafe.number

  return {
    target,
    isBehind: () => ahead() > 0n,
    isDue() {
      const nowMs = clock.nowMs()
      const blocks = ahead()
      if (blocks === 0n) sinceMs = undefined
      else sinceMs ??= nowMs
      if (importer.pausedAt() !== undefined) return false
      if (catchUp === 'l1' && blocks > followLimits.l1Gap) return false
      if (hasGap(nowMs)) return true
      const patienceMs = blocks > followLimits.lead ? followLimits.leadMs : followLimits.shortLeadMs
      return sinceMs !== undefined && nowMs - sinceMs >= patienceMs
    },
  }
}
