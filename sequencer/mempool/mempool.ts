import type { Header } from '../../core/header.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { TxReject } from '../../core/reject.ts'
import type { ChainRules } from '../../core/rules.ts'
import type { StateReader } from '../../core/state.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { maxFee, maxTip } from '../../core/txFees.ts'
import {
  createPoolAccount,
  nextNonce,
  type PoolAccount,
  pendingAt,
  promote,
  refresh,
  replacePending,
} from './account.ts'
import { checkSender, checkTx, userGas } from './admission.ts'
import { createAnnouncements } from './announcements.ts'
import { createCapacity } from './capacity.ts'
import { contentOf, localsOf, type PoolContent } from './content.ts'
import { checkAuthorities, checkDelegated } from './delegation.ts'
import { authoritiesOf, createPoolTx, type PoolTx } from './entry.ts'
import { createPoolIndex, pendingNonceOf, pooledOf } from './index.ts'
import type { PoolLimits } from './limits.ts'
import { type BestTxs, bestTxs } from './order.ts'
import { checkReplacement } from './replacement.ts'
import { readSender } from './sender.ts'

export type PoolOptions = {
  readonly limits: PoolLimits
  readonly rules: Pick<ChainRules, 'chainId' | 'minBaseFee' | 'impersonation'>
  /** The unsafe head and its post-state; asked whenever a transaction or a new head comes. */
  readonly head: () => { readonly header: Header; readonly state: StateReader }
  readonly nowMs: () => number
  /** Transactions that became executable, in batches: once per turn of the event loop. */
  readonly onPending?: (txs: readonly TxEnvelope<SignedTx>[]) => void
  /** A local transaction was accepted: for the journal. */
  readonly onLocal?: (tx: TxEnvelope<SignedTx>) => void
}

/** What a new head changed. Without `touched` every account may have: after a rewind. */
export type HeadChange = {
  /** Accounts the new blocks changed. */
  readonly touched?: Iterable<Address>
  /** User transactions of blocks that left the chain, oldest first: they compete for a place again. */
  readonly dropped?: readonly TxEnvelope[]
}

/** Transactions that wait for a block. All methods are synchronous. */
export type Mempool = {
  /** Accepts a transaction, or says why not. `local`: submitted by this node's own users. */
  add(tx: TxEnvelope, options?: { readonly local?: boolean }): TxReject | undefined
  /** The head moved (`head()` already gives the new one). Costs what the touched accounts have in the pool. */
  onHead(change: HeadChange): void
  /** Candidates for a block with this base fee, in block order. */
  best(baseFee: bigint): BestTxs
  /** True if a block with this base fee can take at least one transaction. */
  hasIncludable(baseFee: bigint): boolean
  status(): { readonly pending: number; readonly queued: number; readonly bytes: number }
  get(hash: Hash): TxEnvelope<SignedTx> | undefined
  /** The nonce after the sender's last executable transaction; undefined when it has none. */
  pendingNonce(address: Address): bigint | undefined
  /** Of everyone or of one sender: by sender, then nonce. */
  content(address?: Address): PoolContent
  /** Local transactions by sender and nonce: what a journal must hold. */
  locals(): readonly TxEnvelope<SignedTx>[]
  localCount(): number
  /** Block building refused this transaction though it was executable: after `patience` times it goes. */
  refused(hash: Hash, patience: number): void
  remove(hash: Hash): boolean
  clear(): void
  /** Drops the queued transactions of accounts without progress for the lifetime, protected ones excepted; says how many. */
  expire(): number
}

/** An empty mempool. Rules are in the files beside this one; here they meet the pool's contents. */
export function createMempool({ limits, rules, head, nowMs, onPending, onLocal }: PoolOptions): Mempool {
  const index = createPoolIndex(limits)
  const { accounts, move, changed } = index
  const { drop, trim, shrink } = createCapacity(index, limits)
  const announce = createAnnouncements(onPending)
  let gasLimit = head().header.gasLimit
  let arrivals = 0

  function add(envelope: TxEnvelope, { local = false } = {}): TxReject | undefined {
    const entered = enter(envelope, local)
    if ('reject' in entered) return entered
    const refusal = makeRoom(entered)
    if (refusal === undefined && local) onLocal?.(entered.envelope)
    return refusal
  }

  /** Checks a transaction against every rule except the pool's bounds, and puts it where it belongs. */
  function enter(envelope: TxEnvelope, local: boolean): TxReject | PoolTx {
    if (index.get(envelope.hash) !== undefined) return { reject: 'already_known' }
    const { header, state } = head()
    const sheltered = local && limits.protectLocals
    const unfit = checkTx(envelope, { rules, limits, gasLimit: header.gasLimit, sheltered })
    if (unfit !== undefined) return unfit
    const signed = envelope as TxEnvelope<SignedTx>
    const { from } = signed
    const account = accounts.get(from) ?? createPoolAccount(from, readSender(state, from), nowMs())
    const refusal = checkPlace(account, signed)
    if (refusal !== undefined) return refusal
    const authorities = authoritiesOf(signed.tx)
    const reserved = checkAuthorities(authorities, (authority) => pooledOf(index, authority))
    if (reserved !== undefined) return reserved
    accounts.set(from, account)
    const poolTx = createPoolTx(signed, { local, sheltered, arrival: arrivals++, authorities })
    place(account, poolTx)
    return poolTx
  }

  /** The rules about the sender, and about the transaction in the pool that this one would replace. */
  function checkPlace(account: PoolAccount, envelope: TxEnvelope<SignedTx>): TxReject | undefined {
    const { tx, from, raw } = envelope
    const { sender, pending, queued, pendingCost } = account
    const paid = pendingAt(account, tx.nonce)
    const old = paid ?? queued.get(tx.nonce)
    const refusal =
      checkSender(envelope, sender, { spent: pendingCost, replacedCost: paid?.cost }) ??
      checkDelegated(tx.nonce, {
        delegated: sender.delegated || index.authorizations(from) > 0,
        pending: pending.length,
        nextNonce: nextNonce(account),
      })
    if (refusal !== undefined || old === undefined) return refusal
    const underpriced = checkReplacement(old, { feeCap: maxFee(tx), tipCap: maxTip(tx) }, limits.priceBumpPercent)
    if (underpriced !== undefined) return underpriced
    // A replacement takes nobody else's place, so its sender never ends with neither of the two.
    return status().bytes + raw.length - old.bytes > limits.maxBytes ? { reject: 'pool_full' } : undefined
  }

  function place(account: PoolAccount, poolTx: PoolTx): void {
    const { nonce } = poolTx.envelope.tx
    if (pendingAt(account, nonce) !== undefined) {
      move([replacePending(account, poolTx)], 'gone')
      move([poolTx], 'pending')
      announce([poolTx])
    } else {
      const old = account.queued.get(nonce)
      if (old !== undefined) move([old], 'gone')
      account.queued.set(nonce, poolTx)
      move([poolTx], 'queued')
    }
    advance(account, promote(account))
  }

  /** Holds the pool to its bounds; the newcomer may turn out to be the one that it does without. */
  function makeRoom(newcomer: PoolTx): TxReject | undefined {
    const account = accounts.get(newcomer.envelope.from)!
    const competes = newcomer.place === 'pending' && account.pending.length <= limits.accountSlots
    trim(account)
    if (isGone(newcomer)) return { reject: 'account_limit', detail: `pooled ${account.queued.size} txs` }
    shrink(newcomer)
    return isGone(newcomer) ? { reject: competes ? 'underpriced' : 'pool_full' } : undefined
  }

  function advance(account: PoolAccount, promoted: readonly PoolTx[]): void {
    if (promoted.length > 0) account.beatMs = nowMs()
    move(promoted, 'pending')
    announce(promoted)
    changed(account)
  }

  function onHead({ touched, dropped = [] }: HeadChange): void {
    const { header, state } = head()
    const stirred = new Set<Address>(dropped.map(({ from }) => from))
    for (const address of touched ?? [...accounts.keys()]) {
      const account = accounts.get(address)
      if (account === undefined) continue
      const moved = refresh(account, readSender(state, address))
      move(moved.demoted, 'queued')
      move(moved.dropped, 'gone')
      advance(account, moved.promoted)
      stirred.add(address)
    }
    // What a rewind set free comes back before bounds are looked at: it may be what others wait for.
    for (const tx of dropped) enter(tx, false)
    for (const address of stirred) {
      const account = accounts.get(address)
      if (account !== undefined) trim(account)
    }
    if (header.gasLimit < gasLimit) dropAbove(userGas(header.gasLimit))
    gasLimit = header.gasLimit
    shrink()
  }

  function dropAbove(gas: bigint): void {
    for (const tx of [...index.all()]) if (!isGone(tx) && tx.envelope.tx.gas > gas) drop(tx)
  }

  function status() {
    const { pending, queued } = index
    return { pending: pending.count, queued: queued.count, bytes: pending.bytes + queued.bytes }
  }

  function remove(hash: Hash): boolean {
    const tx = index.get(hash)
    if (tx === undefined) return false
    drop(tx)
    shrink()
    return true
  }

  function hasIncludable(baseFee: bigint): boolean {
    for (const { pending } of accounts.values()) {
      const first = pending[0]
      if (first !== undefined && first.feeCap >= baseFee) return true
    }
    return false
  }

  function contentFrom(address: Address): PoolContent {
    const account = accounts.get(address)
    return contentOf(account === undefined ? [] : [account])
  }

  function expire(): number {
    const before = index.queued.count
    const oldest = nowMs() - limits.lifetimeMs
    for (const { beatMs, queued } of [...accounts.values()]) {
      if (beatMs < oldest) for (const tx of [...queued.values()]) if (!tx.sheltered) drop(tx)
    }
    return before - index.queued.count
  }

  return {
    add,
    onHead,
    best: (baseFee) => bestTxs(accounts.values(), baseFee),
    hasIncludable,
    status,
    get: (hash) => index.get(hash)?.envelope,
    pendingNonce: (address) => pendingNonceOf(index, address),
    content: (address) => (address === undefined ? contentOf(accounts.values()) : contentFrom(address)),
    locals: () => localsOf(accounts.values()),
    localCount: () => index.locals(),
    refused: (hash, patience) => {
      const tx = index.get(hash)
      if (tx !== undefined && ++tx.refusals >= patience) remove(hash)
    },
    remove,
    clear: index.clear,
    expire,
  }
}

/** Asked anew after calls that may have moved it. */
function isGone(tx: PoolTx): boolean {
  return tx.place === 'gone'
}
