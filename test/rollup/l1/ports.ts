import { NodeError } from '../../../core/errors.ts'
import type { Hash } from '../../../core/hex.ts'
import type { RawL1Block } from '../../../l1/extract/raw.ts'
import type { L1BlockData, L1Ref, L1Source } from '../../../l1/source.ts'
import type { L1Wallet } from '../../../l1/wallet.ts'
import { fakeCommitment, versionedHashOf } from './fakeKzg.ts'
import type { L1View, SimL1 } from './simL1.ts'

/** What goes wrong for one reader of the simulated L1. Fields may be changed at any time. */
export type L1Faults = {
  /** Every call is an outage. */
  down: boolean
  /** So many calls are outages, then it works again. */
  failNext: number
  /** The call with this number, from 1 over all calls, is an outage. */
  failAt: number | undefined
  /** So many blocks cannot be had (no receipts, receipts that do not match the root), then it works again. */
  badBlocks: number
  /** The head is said to be so many blocks lower. */
  lag: bigint
  /** Blobs nobody serves. */
  lostBlobs: 'none' | 'all' | ReadonlySet<Hash>
  /** So many transactions are taken, but the sender hears of an outage. */
  lostReplies: number
  /** Calls so far, by name: what was read once and what again. */
  readonly calls: Map<string, number>
}

export function createFaults(): L1Faults {
  return {
    down: false,
    failNext: 0,
    failAt: undefined,
    badBlocks: 0,
    lag: 0n,
    lostBlobs: 'none',
    lostReplies: 0,
    calls: new Map(),
  }
}

/** L1 as derivation reads it, with faults. */
export function sourceOf(
  l1: L1View,
  extract: (raw: RawL1Block) => L1BlockData,
  faults: L1Faults = createFaults(),
): L1Source {
  const top = () => {
    const newest = l1.head().block.number - faults.lag
    return newest < 0n ? 0n : newest
  }
  const ref = (number: bigint): L1Ref => ({ number, hash: l1.at(number)!.block.hash })
  return {
    async head() {
      enter(faults, 'head')
      return ref(top())
    },
    async finalized() {
      enter(faults, 'finalized')
      const number = l1.finalized()
      return number === undefined || number > top() ? undefined : ref(number)
    },
    async hashAt(number) {
      enter(faults, 'hashAt')
      return number > top() ? undefined : l1.at(number)?.block.hash
    },
    async block(number) {
      enter(faults, 'block')
      if (faults.badBlocks > 0) {
        faults.badBlocks--
        throw outage('l1_bad_answer', 'the receipts do not match the block')
      }
      const raw = number > top() ? undefined : l1.raw(number)
      return raw === undefined ? undefined : extract(raw)
    },
    async blobs(block, hashes) {
      enter(faults, 'blobs')
      const { lostBlobs } = faults
      const found = new Map<Hash, Uint8Array>()
      const canonical = l1.at(block.number)
      const served = canonical?.block.hash === block.hash ? canonical.included.flatMap(({ blobs }) => blobs) : []
      for (const blob of served) found.set(versionedHashOf(fakeCommitment(blob)), blob)
      const isLost = (hash: Hash) => lostBlobs === 'all' || (lostBlobs !== 'none' && lostBlobs.has(hash))
      if (hashes.some((hash) => !found.has(hash) || isLost(hash))) throw outage('blob_missing', 'no such blob')
      return new Map(hashes.map((hash) => [hash, found.get(hash)!]))
    },
    isBlobOf: async (blob, hash) => versionedHashOf(fakeCommitment(blob)) === hash,
  }
}

/** L1 as senders see it, with faults. */
export function walletOf(l1: SimL1, faults: L1Faults = createFaults()): L1Wallet {
  return {
    async nonce(address, at) {
      enter(faults, 'nonce')
      return at === 'pending' ? l1.pool.pendingNonce(address) : (l1.state().account(address)?.nonce ?? 0n)
    },
    async balance(address) {
      enter(faults, 'balance')
      return l1.state().account(address)?.balance ?? 0n
    },
    async fees() {
      enter(faults, 'fees')
      return l1.fees
    },
    async send(raw) {
      enter(faults, 'send')
      const tx = l1.decode(raw)
      const refusal = tx === undefined ? { refused: 'other' as const, detail: 'malformed' } : l1.pool.add(tx)
      if (refusal === undefined && faults.lostReplies > 0) {
        faults.lostReplies--
        throw outage('l1_unreachable', 'the connection broke')
      }
      return refusal
    },
    async receipt(hash) {
      enter(faults, 'receipt')
      return l1.receipt(hash)
    },
    async call(message) {
      enter(faults, 'call')
      const { kind, output } = await l1.call(message)
      return kind === 'success' ? output : undefined
    },
    async estimateGas(message) {
      enter(faults, 'estimateGas')
      const { kind, gasUsed, gasRefund } = await l1.call(message)
      // An eighth more: calls keep a 64th of the gas back (EIP-150).
      return kind === 'success' ? ((gasUsed + gasRefund) * 9n) / 8n : undefined
    },
  }
}

function enter(faults: L1Faults, name: string): void {
  faults.calls.set(name, (faults.calls.get(name) ?? 0) + 1)
  if (faults.failNext > 0) faults.failNext--
  else if (!faults.down && callsOf(faults) !== faults.failAt) return
  throw outage('l1_unreachable', 'no answer')
}

/** How many calls there were. */
export function callsOf({ calls }: L1Faults): number {
  let sum = 0
  for (const count of calls.values()) sum += count
  return sum
}

function outage(code: string, message: string): NodeError {
  return new NodeError({ code, severity: 'retry', message })
}
