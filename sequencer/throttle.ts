/** How block production holds back: `slow` takes few transactions per block, `stop` takes none. L1's own always go in. */
export type Backpressure = 'none' | 'slow' | 'stop'

export type BacklogState = {
  /** Of the safe head: the number of its L1 origin. */
  readonly safeOrigin: bigint
  readonly l1Head: bigint
  /** L1 blocks within which a block must be on L1. */
  readonly window: bigint
  /** Bytes of batches that are not safe yet, uncompressed; 0 where nobody counts them. */
  readonly backlogBytes: number
}

/** More bytes than so many take too many L1 transactions to catch up with in time. */
export const backlogLimits = { slowBytes: 32 * 2 ** 20, stopBytes: 128 * 2 ** 20 } as const

/**
 * What the part of the chain that is not on L1 yet asks of block production: past half of the sequencing window it has to
 * grow slowly, past nine tenths not at all, so that what users were told can still be posted; the same for its size. It
 * depends on the safe head alone, which moves with every batch and with every block that L1 forces: it always ends.
 */
export function backpressure({ safeOrigin, l1Head, window, backlogBytes }: BacklogState): Backpressure {
  const age = l1Head > safeOrigin ? l1Head - safeOrigin : 0n
  if (age * 10n >= window * 9n || backlogBytes >= backlogLimits.stopBytes) return 'stop'
  if (age * 2n >= window || backlogBytes >= backlogLimits.slowBytes) return 'slow'
  return 'none'
}

/** Bytes of users' transactions in a block while production is slow: less than what can be posted meanwhile. */
export const slowTxBytes = 16_384

/** The first of these, and those after it while all of them together have at most `maxBytes`. */
export function* firstBytes<T extends { readonly raw: Uint8Array }>(txs: Iterable<T>, maxBytes: number): Generator<T> {
  let bytes = 0
  for (const tx of txs) {
    bytes += tx.raw.length
    if (bytes > maxBytes && bytes > tx.raw.length) return
    yield tx
  }
}
