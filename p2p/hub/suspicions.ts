import type { Address } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { PeerId } from '../../core/ports/net.ts'

/**
 * Peers that passed on blocks of a signer that is not known here. L1 may have told them of it a little earlier than this
 * node, so it is held against them only if L1 does not name a new signer for a while, or if there are too many.
 */
export type Suspicions = {
  add(peer: PeerId): void
  /** Who may seal now. */
  tell(signers: readonly Address[]): void
  /** Blames for what is older than L1 can be late. */
  tick(): void
}

const lateMs = 120_000
/** Of one peer, and of all together. */
const maxOfPeer = 256
const max = 1_024

export function createSuspicions({
  blame,
  clock,
}: {
  readonly blame: (peer: PeerId) => void
  readonly clock: Pick<Clock, 'nowMs'>
}): Suspicions {
  let known: readonly Address[] = []
  let open: { readonly peer: PeerId; readonly sinceMs: number }[] = []

  function hold(index: number): void {
    const [oldest] = open.splice(index, 1)
    if (oldest !== undefined) blame(oldest.peer)
  }

  return {
    add(peer) {
      open.push({ peer, sinceMs: clock.nowMs() })
      if (open.length > max) hold(0)
      const isIts = (one: { readonly peer: PeerId }) => one.peer === peer
      if (open.filter(isIts).length > maxOfPeer) hold(open.findIndex(isIts))
    },
    tell(signers) {
      if (signers.some((signer) => !known.includes(signer))) open = []
      known = signers
    },
    tick() {
      while (open[0] !== undefined && open[0].sinceMs + lateMs <= clock.nowMs()) hold(0)
    },
  }
}
