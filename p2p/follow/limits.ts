/** Bounds of following blocks from peers. Times in milliseconds. */
export const followLimits = {
  /** Gossiped blocks that wait for their turn; more of them are held instead. */
  queued: 64,
  /** Blocks that wait for a parent or for L1, and the bytes of their RLP. */
  orphans: 256,
  orphanBytes: 33_554_432,
  /** A block that waited so long is given up: peers have it if it is worth anything. */
  orphanMs: 600_000,
  /** Hashes of blocks that broke a rule, which are not executed again. */
  invalid: 256,
  /** Peers whose place is known; the net has fewer. */
  peers: 256,

  /** Blocks per request, as many as an answer may hold. */
  rangeBlocks: 128,
  /** The net gives up earlier. */
  requestMs: 15_000,
  /** Between two requests to one peer: it answers four a second in the long run. */
  spacingMs: 300,
  /** A peer that gave nothing useful is left alone for so long, doubled each time up to the longest. */
  asideMs: 15_000,
  longestAsideMs: 900_000,
  /** So long after one that never gave anything gave nothing, those that did are asked first. */
  cautionMs: 60_000,
  /** Pause after a round of requests that brought nothing, doubled each time up to the longest. */
  retryMs: 1_000,
  longestRetryMs: 30_000,

  /** Gossip brings what is missing within this time, or it is asked for. */
  gapMs: 300,
  /** A head of a peer further ahead than `lead` blocks for `leadMs` is asked for; a nearer one after `shortLeadMs`. */
  lead: 2n,
  leadMs: 1_000,
  shortLeadMs: 5_000,
  /** How often is looked while something waits, and otherwise. */
  tickMs: 250,
  idleMs: 10_000,
  /** Where L1 is to bring what is missing, only gaps up to this many blocks are asked for. */
  l1Gap: 256n,

  /** How often the log hears of progress. */
  progressMs: 10_000,
} as const
