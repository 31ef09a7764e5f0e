import type { SafeDispute } from '../../rpc/backend.ts'
import type { Logger } from '../log/logger.ts'

/** What L1 and the validators say against what this node derived. */
export type Claims = {
  /** Outputs on L1 that are not what was derived, the oldest first. */
  readonly outputs: readonly { readonly index: bigint; readonly l2BlockNumber: bigint }[]
  /** Two thirds of the stake attest another root. */
  readonly stake: { readonly l2BlockNumber: bigint; readonly stake: bigint } | undefined
}

/** Whether the safe head is in dispute, and the first who says so. */
export function disputeOf({ outputs: [output], stake }: Claims): SafeDispute | undefined {
  if (output !== undefined) return { kind: 'output', ...output }
  return stake && { kind: 'stake', ...stake }
}

/**
 * Remembers the dispute and tells of changes. While there is one the node calls no block safe or final: either it or
 * who contradicts it is wrong, and money must not move on the word of one of them.
 */
export function createDisputes(
  log: Pick<Logger, 'error' | 'info'>,
  changed: (dispute: SafeDispute | undefined) => void,
): { now(): SafeDispute | undefined; update(claims: Claims): void } {
  let current: SafeDispute | undefined
  return {
    now: () => current,
    update(claims) {
      const next = disputeOf(claims)
      if (keyOf(next) === keyOf(current)) return
      current = next
      if (next === undefined) log.info({}, 'nobody contradicts this node any more: it serves safe and finalized again')
      else log.error(next, 'what this node derived is contradicted: it serves neither safe nor finalized')
      changed(next)
    },
  }
}

function keyOf(dispute: SafeDispute | undefined): string {
  if (dispute === undefined) return ''
  return dispute.kind === 'output' ? `output ${dispute.index}` : `stake ${dispute.l2BlockNumber}`
}
