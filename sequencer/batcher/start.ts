import { type Running, startLoop } from '../loop.ts'
import { createBatcher } from './batcher.ts'
import type { BatcherOptions, BatcherStatus } from './types.ts'

/** Posts batches until the signal aborts. A transaction in flight stays there: the next start goes on with it. */
export function startBatcher({
  signal,
  ...options
}: BatcherOptions & { readonly signal: AbortSignal }): Running<BatcherStatus> {
  const batcher = createBatcher(options)
  return { status: batcher.status, ...startLoop(batcher.step, { ...options, pollMs: options.config.pollMs, signal }) }
}
