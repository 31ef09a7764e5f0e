import { type Address, type Hash, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { ether } from '../state/testChain.ts'
import { bytesOf } from './datasets.ts'
import type { Harness } from './harness.ts'

/** The least bond of a model on devnet. */
export const modelBond = 10n * ether
export const kinds = {
  base: 1n,
  finetune: 2n,
  adapter: 3n,
  merge: 4n,
  quantised: 5n,
  retrieval: 6n,
  ngram: 7n,
} as const

let weights = 0

/** A free base model of weights that no other has, open to all providers, unless said otherwise. */
export function specOf(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    weightsHash: keccakHash(bytesOf(`weights ${weights++}`)),
    metadataHash: zeroHash,
    method: zeroHash,
    kind: kinds.base,
    class: 1n,
    priceIn: 0n,
    priceOut: 0n,
    marginBps: 5_000n,
    minChildShare: 0n,
    parents: [],
    versions: [],
    providers: [],
    ...fields,
  }
}

/** Registers a model with these fields and the least bond. */
export function register(h: Harness, owner: Address, fields: Readonly<Record<string, unknown>> = {}): Hash {
  return h.ok(owner, 'registerModel', { spec: specOf(fields) }, { value: modelBond }).model!
}

/** Expects that registering fails with this error; gives its arguments. */
export function refuses(h: Harness, error: string, owner: Address, fields: Readonly<Record<string, unknown>>) {
  return h.fails(error, owner, 'registerModel', { spec: specOf(fields) }, { value: modelBond })
}
