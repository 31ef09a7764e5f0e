import type { Address, Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Sign } from '../../core/ports/sign.ts'
import type { L1Receipt, L1Wallet } from '../../l1/wallet.ts'
import type { Log } from '../alarm.ts'
import type { SidecarForm } from './encode.ts'
import type { SendJournal } from './journal.ts'
import type { SenderLimits } from './limits.ts'
import type { PriceRefusal } from './price.ts'
import type { Load, SendRequest, TxKind } from './request.ts'

/** What became of the transaction in flight. `landed` and `displaced` stay until acknowledged. */
export type Flight =
  | { readonly state: 'idle' }
  | {
      readonly state: 'pending'
      readonly kind: TxKind
      /** False: only a cancellation waits for its block. */
      readonly isRequest: boolean
      readonly memo: Uint8Array
      readonly sinceMs: number
    }
  /** In a block of L1. `isRequest` false: a cancellation landed, and the request of this memo never will. */
  | {
      readonly state: 'landed'
      readonly kind: TxKind
      readonly isRequest: boolean
      readonly memo: Uint8Array
      readonly hash: Hash
      readonly receipt: L1Receipt
    }
  /** Another transaction of the account took the nonce, or the nonces before it are gone: it counts for nothing. */
  | { readonly state: 'displaced'; readonly memo: Uint8Array }

/** Why a request was not taken; nothing was sent. All but `would_revert` pass by themselves. */
export type BeginRefusal =
  | PriceRefusal
  /** Another one is in flight, or its outcome is not acknowledged. */
  | 'busy'
  /** The account has pending transactions from elsewhere. */
  | 'foreign_pending'
  /** One of the other kind landed a moment ago. */
  | 'settling'
  /** L1 answers from before the last transaction. */
  | 'l1_behind'
  | 'would_revert'

export type SenderTrouble =
  | PriceRefusal
  | 'foreign_pending'
  | 'nonce_gap'
  | 'displaced'
  | 'underpriced'
  | 'replacement_underpriced'
  | 'other_kind_pending'
  | 'refused'

/** What an operator reads of it. */
export const senderTroubles: Readonly<Record<SenderTrouble, string>> = {
  fee_cap: 'L1 is dearer than the configured limits: waiting until it is cheaper or the limits are raised',
  insufficient_funds: 'the account on L1 has too little ETH: waiting until it is refilled',
  foreign_pending: 'the account on L1 has pending transactions that this node did not send: waiting for them',
  nonce_gap: 'transactions of the account before the one in flight are gone from L1',
  displaced: 'another transaction of the account took the nonce on L1: does anybody else use this key?',
  underpriced: 'the L1 node wants a higher price',
  replacement_underpriced: 'the L1 node wants a higher price to replace a pending transaction',
  other_kind_pending: 'the L1 node still holds a transaction of the other kind from this account',
  refused: 'the L1 node refused a transaction',
}

export type SenderStatus = {
  readonly address: Address
  /** As of the last look, in wei; undefined before the first. */
  readonly balanceWei: bigint | undefined
  readonly trouble: SenderTrouble | undefined
  readonly inFlight:
    | {
        readonly nonce: bigint
        readonly kind: TxKind
        readonly hash: Hash
        readonly attempts: number
        readonly sinceMs: number
      }
    | undefined
  /** Since the start: signed attempts, of them replacements, transactions that landed, and what those cost. */
  readonly attempts: number
  readonly replacements: number
  readonly landed: number
  readonly spentWei: bigint
}

/**
 * Sends the transactions of one account, one at a time. Every attempt is in the journal before it is sent, all attempts
 * for a request share a nonce, and no transaction costs more than the limits say: whatever happens, a request is paid
 * at most once. Nothing moves by itself: call `poll` every few seconds. Outages are NodeErrors `retry`; the next call
 * goes on from the journal.
 */
export type Sender = {
  readonly address: Address
  /** Whether `begin` would take such a request now, as far as can be told without it. */
  check(load: Load): Promise<BeginRefusal | undefined>
  /** Sends a request if none is in flight. */
  begin(request: SendRequest): Promise<BeginRefusal | undefined>
  /** Looks what became of it; offers it again, replaces it or gives it up when it is time to. */
  poll(): Promise<Flight>
  /** Replaces what is pending by another request of the same kind, which takes its nonce. */
  supersede(request: SendRequest): Promise<BeginRefusal | undefined>
  /** Replaces what is pending by nothing. */
  cancel(): Promise<BeginRefusal | undefined>
  /** The outcome that `poll` told has been dealt with. */
  acknowledge(): Promise<void>
  /** Reads the balance, in wei. */
  balance(): Promise<bigint>
  status(): SenderStatus
}

export type SenderOptions = {
  readonly wallet: Pick<L1Wallet, 'nonce' | 'balance' | 'fees' | 'send' | 'receipt' | 'estimateGas'>
  readonly sign: Sign
  readonly l1ChainId: bigint
  readonly sidecars: SidecarForm
  /** A folder of its own; undefined: in memory, for tests. */
  readonly journalPath: string | undefined
  /** In place of `journalPath`. */
  readonly journal?: SendJournal
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: Log
  readonly limits: SenderLimits
}
