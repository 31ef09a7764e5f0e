/** Bounds of the mempool; geth's names and meaning unless said otherwise. */
export type PoolLimits = {
  /** Executable transactions every account may keep however full the pool is: a guarantee, not a maximum. */
  readonly accountSlots: number
  /** Executable transactions of all accounts. */
  readonly globalSlots: number
  /** Not yet executable transactions of one account. */
  readonly accountQueue: number
  /** Not yet executable transactions of all accounts. */
  readonly globalQueue: number
  /** Wire bytes of everything in the pool. */
  readonly maxBytes: number
  /** Wire bytes of one transaction. */
  readonly maxTxBytes: number
  /** A replacement raises fee cap and tip by at least this many percent. */
  readonly priceBumpPercent: bigint
  /** How long an account's queued transactions wait without progress, in ms. */
  readonly lifetimeMs: number
  /** Least priority fee per gas, in wei. */
  readonly minTipWei: bigint
  /**
   * Local transactions do not expire, need no minimum tip and give way to nobody. For a node whose RPC only its owner
   * reaches: on a public one everybody is local, and nobody could outbid a pool full of cheap transactions.
   */
  readonly protectLocals: boolean
}

/** For networks. */
export const defaultPoolLimits: PoolLimits = {
  accountSlots: 16,
  globalSlots: 5_120,
  accountQueue: 64,
  globalQueue: 1_024,
  maxBytes: 64 * 1024 * 1024,
  maxTxBytes: 128 * 1024,
  priceBumpPercent: 10n,
  lifetimeMs: 3 * 60 * 60 * 1_000,
  minTipWei: 0n,
  protectLocals: false,
}

/**
 * For development chains: a few senders load the node with thousands of transactions each, over many connections and
 * so out of order.
 */
export const devPoolLimits: PoolLimits = {
  ...defaultPoolLimits,
  accountSlots: 4_096,
  globalSlots: 65_536,
  accountQueue: 8_192,
  globalQueue: 32_768,
  protectLocals: true,
}
