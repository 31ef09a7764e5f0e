import type { Address, Hash } from '../core/hex.ts'
import type { ChainRules } from '../core/rules.ts'
import type { Backend, DevBackend } from './backend.ts'
import type { Calls } from './calls/calls.ts'
import type { ServedEvidence } from './evidence.ts'
import type { Feed } from './feed.ts'
import type { Filters } from './filters.ts'
import type { RpcLimits } from './limits.ts'
import type { Namespace } from './method.ts'
import type { RollupReads } from './rollup.ts'
import type { Submitter } from './submit.ts'
import type { View } from './view.ts'

/** What every method handler gets: parts of this process, made once at start. */
export type RpcContext = {
  readonly rules: ChainRules
  /** `web3_clientVersion`. */
  readonly clientVersion: string
  readonly limits: RpcLimits
  readonly backend: Backend
  readonly view: View
  readonly calls: Calls
  readonly submitter: Submitter
  readonly feed: Feed
  readonly filters: Filters
  readonly namespaces: readonly Namespace[]
  /** Chains with an L1 only. */
  readonly rollup: RollupReads | undefined
  /** Absent on a node that gathers none. */
  readonly evidence: ServedEvidence | undefined
  /** Solo development chains only. */
  readonly dev: DevContext | undefined
}

export type DevContext = {
  /** 32 random bytes: another chain, or this one started anew, has others. */
  readonly instanceId: Hash
  readonly backend: DevBackend
  /** Accounts this node signs for, with their keys. */
  readonly keys: ReadonlyMap<Address, Uint8Array>
  /** Accounts that may send without a signature. */
  readonly impersonated: Set<Address>
  /** All accounts may. */
  impersonateAll: boolean
  /** The last transaction under way of each account whose nonces this node chooses. */
  readonly sending: Map<Address, Promise<unknown>>
}
