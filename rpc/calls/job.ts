import type { Hash } from '../../core/hex.ts'
import type { BlockEnv, CallMessage } from '../../state/engine.ts'
import type { StateOverrides } from '../params/overrides.ts'

/** One eth_call or gas estimate as plain data: it crosses to a worker thread. */
export type CallJob = {
  /** `estimate`: the least gas with which the message succeeds, at most `message.gas`. */
  readonly kind: 'call' | 'estimate'
  readonly stateRoot: Hash
  readonly env: BlockEnv
  readonly message: CallMessage
  readonly overrides: StateOverrides | undefined
}

export type CallOutcome =
  | { readonly kind: 'returned'; readonly output: Uint8Array }
  | { readonly kind: 'estimated'; readonly gas: bigint }
  | { readonly kind: 'reverted'; readonly output: Uint8Array }
  /** The overrides are not possible. */
  | { readonly kind: 'refused'; readonly message: string }
  /** It cannot run, or halted: geth's sentence. */
  | { readonly kind: 'failed'; readonly message: string }
