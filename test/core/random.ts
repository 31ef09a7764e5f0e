import type { TestContext } from 'node:test'
import fc from 'fast-check'
import { keccak256 } from '../../core/keccak.ts'

/** Checks a property from a fixed seed, which the report names. */
export function check<T>(t: TestContext, property: fc.IProperty<T>, { seed = 1612, numRuns = 200 } = {}): void {
  t.diagnostic(`seed ${seed}, ${numRuns} runs`)
  fc.assert(property, { seed, numRuns })
}

/** An endless supply of 32 reproducible bytes at a time. */
export function createRandom(seed: number): () => Uint8Array {
  let state = keccak256(new TextEncoder().encode(`seed ${seed}`))
  return () => {
    state = keccak256(state)
    return keccak256(state)
  }
}
