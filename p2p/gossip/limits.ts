/** Bounds of the gate. */
export const gateLimits = {
  /** Messages of one topic that the chain is asked about at one time; further ones are ignored. */
  maxPending: 256,
  /** Bytes of these, blocks counted as sent and as inflated. */
  maxPendingBytes: 33_554_432,
  /** Sealed blocks of one height that are looked at. */
  maxHashesPerNumber: 5,
  /** Heights of which that is remembered. */
  maxNumbers: 1_024,
  /** A block is at most this much older or newer than this node's clock, in ms. */
  maxBlockAgeMs: 60_000,
  maxBlockAheadMs: 5_000,
  /** Bytes of a transaction unless said otherwise: what the pool takes. */
  maxTxBytes: 131_072,
  /** Transactions and attestations that are not looked at again, and for how long. */
  maxSeen: 32_768,
  seenMs: 60_000,
  /** Attestations of one signer for one height that are looked at, and heights of a signer of which that is remembered. */
  maxPerSignerAndNumber: 8,
  maxNumbersPerSigner: 256,
} as const
