import { defaultPriceLimits, type PriceLimits } from './price.ts'

/** What a transaction may cost, and how long the sender waits for what. */
export type SenderLimits = PriceLimits & {
  /** A transaction that is not included after this is replaced by one that pays more. */
  readonly resubmitMs: number
  /** The newest attempt is offered again this often: pools forget. */
  readonly rebroadcastMs: number
  /** Whatever the limits do not let replace is given up after this, if the limits allow that. */
  readonly cancelAfterMs: number
  /** A nonce that another transaction took, or a gap before ours, is believed after this: providers lag. */
  readonly disbeliefMs: number
  /** Pending transactions of this account from elsewhere are waited for this long, then replaced. */
  readonly foreignMs: number
  /** After a transaction of one kind, none of the other kind for this long: an L1 reorg could put both in flight. */
  readonly settleMs: number
  /** What landed is kept this long, to be offered again should L1 drop it. */
  readonly retainMs: number
  readonly maxRetained: number
}

export const defaultSenderLimits: SenderLimits = {
  ...defaultPriceLimits,
  resubmitMs: 48_000,
  rebroadcastMs: 12_000,
  cancelAfterMs: 600_000,
  disbeliefMs: 60_000,
  foreignMs: 120_000,
  settleMs: 120_000,
  retainMs: 900_000,
  maxRetained: 8,
}
