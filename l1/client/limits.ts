/** Bounds of the L1 client. Times in milliseconds, sizes in bytes. */
export type L1Limits = {
  /** A request with a small answer, from connecting to its last byte. */
  readonly timeoutMs: number
  /** A request for a block, its receipts or its blobs. */
  readonly longTimeoutMs: number
  /** How often a question is put to every node before it fails. */
  readonly rounds: number
  /** Between two rounds, doubled each time up to the most, of which a random half is taken off. */
  readonly backoffMs: number
  readonly maxBackoffMs: number
  /** A node that asks for more patience than this gets only this. */
  readonly maxPauseMs: number
  /** After so many failures in a row a node is left alone for a while, and the log says so. */
  readonly patience: number
  /** Requests to one node at the same time, and calls in one request. */
  readonly concurrent: number
  readonly batch: number
  readonly maxAnswerBytes: number
  /** A block is at most 10 MiB on the wire (EIP-7934), more than twice that in JSON. */
  readonly maxBlockBytes: number
  /** The worst block under 100 M gas is a quarter million empty logs, each 420 bytes in JSON. */
  readonly maxReceiptsBytes: number
  /** Eight times the 21 blobs a block may have since BPO2, in JSON. */
  readonly maxBlobsBytes: number
}

export const defaultLimits: L1Limits = {
  timeoutMs: 10_000,
  longTimeoutMs: 30_000,
  rounds: 3,
  backoffMs: 250,
  maxBackoffMs: 4_000,
  maxPauseMs: 60_000,
  patience: 3,
  concurrent: 10,
  batch: 20,
  maxAnswerBytes: 2 ** 22,
  maxBlockBytes: 2 ** 26,
  maxReceiptsBytes: 2 ** 28,
  maxBlobsBytes: 2 ** 26,
}
