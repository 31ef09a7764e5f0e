import { NodeError } from '../core/errors.ts'
import type { Backend, SafeDispute } from './backend.ts'
import { failureWithHint, type RpcFailure } from './errors.ts'

/** What this thread knows of the chain's dispute. */
export type DisputeWatch = { current(): SafeDispute | undefined; close(): void }

/** Asks the chain thread whether there is a dispute, and hears of each change from then on. */
export async function watchDispute({ claims, listen }: Pick<Backend, 'claims' | 'listen'>): Promise<DisputeWatch> {
  if (claims === undefined) return { current: () => undefined, close: () => {} }
  let heard = false
  let dispute: SafeDispute | undefined
  const close = listen((event) => {
    if (event.kind !== 'disputed') return
    heard = true
    dispute = event.dispute
  })
  const first = await claims.disputed()
  if (!heard) dispute = first
  return { current: () => dispute, close }
}

/** A dispute in words. */
export function disputeText(dispute: SafeDispute): string {
  const { l2BlockNumber } = dispute
  return dispute.kind === 'output'
    ? `output ${dispute.index} on L1, of block ${l2BlockNumber}, is not what this node derived`
    : `validators with two thirds of the stake attest another root of block ${l2BlockNumber} than this node derived`
}

/** What reads of safe and finalized blocks throw while there is a dispute. */
export function safeDisputed(dispute: SafeDispute): NodeError {
  return new NodeError({ code: disputedCode, severity: 'retry', message: disputeText(dispute) })
}

/** The answer to a request that met a dispute; undefined for whatever else was thrown. */
export function disputeFailure(thrown: unknown): RpcFailure | undefined {
  if (!(thrown instanceof NodeError) || thrown.code !== disputedCode) return undefined
  return failureWithHint(
    'server',
    `safe and finalized blocks are not served: ${thrown.message}`,
    'wait until the dispute is decided on L1, or read `latest`; `openledger status` of the node says more',
  )
}

const disputedCode = 'safe_disputed'
