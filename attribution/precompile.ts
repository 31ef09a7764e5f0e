import type { Address, Hash } from '../core/hex.ts'
import type { World } from '../core/state.ts'

/** What a native precompile knows of the call it serves. Engine-neutral. */
export type PrecompileContext = {
  /** Reads and writes inside the journal of the call: undone when the call fails. */
  readonly world: World
  /** msg.sender. */
  readonly caller: Address
  /** The address whose storage and balance the call runs on: differs from the precompile's own when delegated. */
  readonly self: Address
  /** The precompile's own address, where its code was found. */
  readonly codeAddress: Address
  readonly value: bigint
  /** Inside a STATICCALL, at any height above. */
  readonly readOnly: boolean
  /** Reached by DELEGATECALL, CALLCODE or an EIP-7702 delegation: not the precompile's own account. */
  readonly delegated: boolean
  /** Call depth: 0 when the transaction calls the precompile directly. */
  readonly depth: number
  readonly block: {
    readonly number: bigint
    /** Seconds. */
    readonly timestamp: bigint
    readonly chainId: bigint
    /** Wei per gas. */
    readonly baseFee: bigint
  }
  /** Takes gas before work is done; beyond the limit it ends the call as out of gas. */
  charge(gas: bigint): void
  log(topics: readonly Hash[], data: Uint8Array): void
}

export type PrecompileResult =
  | { readonly kind: 'output'; readonly data: Uint8Array }
  | { readonly kind: 'revert'; readonly data: Uint8Array }

/** Deterministic, synchronous, integers only. A throw becomes an EVM exception that takes all gas of the call. */
export type Precompile = (context: PrecompileContext, input: Uint8Array) => PrecompileResult

export type PrecompileTable = ReadonlyMap<Address, Precompile>
