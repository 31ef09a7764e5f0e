import type { Address, Hash } from '../../core/hex.ts'
import type { TxRejectCode } from '../../core/reject.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { PoolLimits } from '../../sequencer/mempool/limits.ts'
import type { FakeState } from './fixtures.ts'

type Entry = {
  tx: TxEnvelope<SignedTx>
  fee: bigint
  tip: bigint
  cost: bigint
  local: boolean
  arrival: number
  pending: boolean
}

/**
 * The mempool's rules said as plainly as possible: one list, everything found by looking through all of it. Slow, and
 * the oracle for the real one.
 */
export function createPoolModel(limits: PoolLimits, state: FakeState) {
  let entries: Entry[] = []
  let arrivals = 0

  const of = (from: Address) =>
    entries.filter(({ tx }) => tx.from === from).sort((a, b) => Number(a.tx.tx.nonce - b.tx.tx.nonce))
  const senders = () => [...new Set(entries.map(({ tx }) => tx.from))]
  const bytes = () => entries.reduce((sum, { tx }) => sum + tx.raw.length, 0)
  const count = (pending: boolean) => entries.filter((entry) => entry.pending === pending).length
  const stateOf = (from: Address) => state.get(from) ?? { nonce: 0n, balance: 0n }

  /** Pending: from the account's nonce on without a gap, as long as the balance pays for all. */
  function place(from: Address): void {
    let { nonce, balance } = stateOf(from)
    for (const entry of of(from)) {
      entry.pending = entry.tx.tx.nonce === nonce && entry.cost <= balance
      if (!entry.pending) {
        nonce = -1n
        continue
      }
      nonce++
      balance -= entry.cost
    }
  }

  function remove(entry: Entry): void {
    entries = entries.filter((other) => other !== entry)
    place(entry.tx.from)
    trim(entry.tx.from)
  }

  function trim(from: Address): void {
    const queued = of(from).filter(({ pending }) => !pending)
    for (const entry of queued.slice(limits.accountQueue)) remove(entry)
  }

  /** The entry that goes first by these keys, smallest first. */
  function lowest(candidates: Entry[], keys: (entry: Entry) => (bigint | number)[]): Entry {
    return candidates.sort((a, b) => {
      const [left, right] = [keys(a), keys(b)]
      const at = left.findIndex((key, index) => key !== right[index])
      return left[at]! < right[at]! ? -1 : 1
    })[0]!
  }

  const worstQueued = () =>
    lowest(
      entries.filter(({ pending }) => !pending),
      ({ local, tip, fee, arrival }) => (local ? [1, 0, 0, -arrival] : [0, tip, fee, -arrival]),
    )

  const worstPending = () => {
    const tails = senders().flatMap((from) =>
      of(from)
        .filter(({ pending }) => pending)
        .slice(-1),
    )
    const weight = ({ tx }: Entry) => Math.max(of(tx.from).filter(({ pending }) => pending).length, limits.accountSlots)
    return lowest(tails, (entry) =>
      entry.local ? [1, 0, 0, 0, -entry.arrival] : [0, -weight(entry), entry.tip, entry.fee, -entry.arrival],
    )
  }

  function shrink(newcomer?: Entry): void {
    const pendingBytes = entries.filter(({ pending }) => pending).reduce((sum, { tx }) => sum + tx.raw.length, 0)
    if (newcomer && !newcomer.pending && pendingBytes + newcomer.tx.raw.length > limits.maxBytes) remove(newcomer)
    while (count(false) > limits.globalQueue || (count(false) > 0 && bytes() > limits.maxBytes)) remove(worstQueued())
    while (count(true) > limits.globalSlots || bytes() > limits.maxBytes) remove(worstPending())
  }

  function enter(tx: TxEnvelope<SignedTx>, local: boolean): TxRejectCode | Entry {
    if (tx.tx.type !== 2) throw new Error('the model knows only type 2')
    const { maxFeePerGas: fee, maxPriorityFeePerGas: tip, nonce, gas, value } = tx.tx
    const { from } = tx
    const entry = { tx, fee, tip, cost: gas * fee + value, local, arrival: 0, pending: false }
    if (entries.some((other) => other.tx.hash === tx.hash)) return 'already_known'
    if (nonce < stateOf(from).nonce) return 'nonce_too_low'
    const old = of(from).find((other) => other.tx.tx.nonce === nonce)
    const others = of(from).filter((other) => other.pending && other !== old)
    const spent = others.reduce((sum, { cost }) => sum + cost, 0n)
    if (entry.cost + spent > stateOf(from).balance) return 'insufficient_funds'
    if (old) {
      const raised = (before: bigint, now: bigint) =>
        now > before && now * 10n >= before * 11n - 9n && now >= (before * 110n) / 100n
      if (!raised(old.fee, fee) || !raised(old.tip, tip)) return 'replacement_underpriced'
      if (bytes() - old.tx.raw.length + tx.raw.length > limits.maxBytes) return 'pool_full'
      entries = entries.filter((other) => other !== old)
    }
    entry.arrival = arrivals++
    entries.push(entry)
    place(from)
    return entry
  }

  return {
    add(tx: TxEnvelope<SignedTx>, local: boolean): TxRejectCode | undefined {
      const entry = enter(tx, local)
      if (typeof entry === 'string') return entry
      const competes = entry.pending && of(tx.from).filter(({ pending }) => pending).length <= limits.accountSlots
      trim(tx.from)
      if (!entries.includes(entry)) return 'account_limit'
      shrink(entry)
      if (entries.includes(entry)) return undefined
      return competes ? 'underpriced' : 'pool_full'
    },
    /** `senders`: accounts that changed; all of them after a rewind. */
    onHead(touched: readonly Address[], dropped: readonly TxEnvelope<SignedTx>[]): void {
      for (const from of touched) {
        const { nonce, balance } = stateOf(from)
        const keep = (entry: Entry) => entry.tx.from !== from || entry.tx.tx.nonce >= nonce
        entries = entries.filter(keep)
        place(from)
        entries = entries.filter(({ tx, pending, cost }) => tx.from !== from || pending || cost <= balance)
        place(from)
      }
      for (const tx of dropped) enter(tx, false)
      for (const from of [...dropped.map((tx) => tx.from), ...touched]) trim(from)
      shrink()
    },
    remove(hash: Hash): void {
      const entry = entries.find(({ tx }) => tx.hash === hash)
      if (entry) remove(entry)
      shrink()
    },
    clear(): void {
      entries = []
    },
    /** Each step takes the best of the senders' next transactions. */
    best(baseFee: bigint): Hash[] {
      const order: Hash[] = []
      const rest = new Map(senders().map((from) => [from, of(from).filter(({ pending }) => pending)]))
      for (;;) {
        const heads = [...rest.values()].flatMap(([head]) => (head && head.fee >= baseFee ? [head] : []))
        if (heads.length === 0) return order
        const paid = ({ tip, fee }: Entry) => (tip < fee - baseFee ? tip : fee - baseFee)
        const best = lowest(heads, (entry) => [-paid(entry), entry.arrival])
        order.push(best.tx.hash)
        rest.get(best.tx.from)!.shift()
      }
    },
    content: (pending: boolean) =>
      entries
        .filter((entry) => entry.pending === pending)
        .map(({ tx }) => tx.hash)
        .sort(),
  }
}
