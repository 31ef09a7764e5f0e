import assert from 'node:assert/strict'
import type { Address } from '../../core/hex.ts'
import { type CallOptions, createHarness, functionNames, type Harness, inputOf, type Outcome } from './harness.ts'
import { runLife } from './life.ts'

/** A function about to be called such that it succeeds. */
export type Moment = {
  readonly name: string
  readonly from: Address
  readonly args: Readonly<Record<string, unknown>>
  readonly value: bigint
  readonly to: Address
  readonly input: Uint8Array
  /** What the call gives: its effects are not there yet. */
  readonly outcome: Extract<Outcome, { ok: true }> & { readonly data: Uint8Array }
}

/**
 * Lives the life of the protocol and stops before the first success of each function, views included, with the harness
 * as it is then. What a visit changes has to be undone by it.
 */
export function visitMoments(visit: (h: Harness, moment: Moment) => void): void {
  const h = createHarness()
  const { call } = h
  const seen = new Set<string>()
  h.call = (from, name, args = {}, options: CallOptions = {}) => {
    if (!seen.has(name)) {
      const { to, input } = inputOf(name, args)
      h.world.checkpoint()
      const outcome = h.raw(from, to, input, options)
      h.world.revert()
      if (outcome.ok) {
        seen.add(name)
        h.call = call
        visit(h, { name, from, args, value: options.value ?? 0n, to, input, outcome })
        h.call = visiting
      }
    }
    return call(from, name, args, options)
  }
  const visiting = h.call
  runLife(h)
  assert.deepEqual([...seen].sort(), [...functionNames].sort(), 'every function is in the life')
}

/** Runs something and undoes all of it, time included. */
export function undone<T>(h: Harness, run: () => T): T {
  const { now, blockNumber } = h
  h.world.checkpoint()
  try {
    return run()
  } finally {
    h.world.revert()
    Object.assign(h, { now, blockNumber })
  }
}
