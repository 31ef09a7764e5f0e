import { type Hash, zeroHash } from '../../core/hex.ts'
import type { SafeRef } from '../../l1/derive/record.ts'
import { blobOp } from '../../l1/store/records.ts'
import type { L1Receipt } from '../../l1/wallet.ts'
import { createAlarm } from '../alarm.ts'
import type { SendRequest, TxKind } from '../sender/request.ts'
import type { Flight } from '../sender/sender.ts'
import { createBook } from './book.ts'
import { dueReason } from './due.ts'
import { judge } from './judge.ts'
import { capacityOf, cheaperKind, loadOfBytes } from './kind.ts'
import { type BatchMemo, decodeMemo } from './memo.ts'
import { pack } from './pack.ts'
import { requestOf } from './post.ts'
import { bytesOf, createBatchQueue, type Waiting } from './queue.ts'
import type { Batcher, BatcherOptions, BatcherStep, BatcherTrouble } from './types.ts'

/** What an operator reads of it. */
export const batcherTroubles: Readonly<Record<BatcherTrouble, string>> = {
  not_authorized: 'the system config on L1 names another batcher: nothing is posted',
  batch_ignored: 'a batch on L1 did not make its blocks safe: posting again, ever more slowly',
  batch_invalid: 'derivation would not take the next block: nothing is posted',
  batch_too_large: 'the next block does not fit a transaction: nothing is posted',
  batch_mismatch: 'a packed batch did not decode to its blocks: it was not posted',
  window_passed: 'the next block came too late for L1: nothing is posted until L1 has forced blocks in its place',
  runway_low: 'the account on L1 lasts less than a day at the present rate: refill it',
}

/** A kind that L1 makes too dear is not asked about again for this long. */
const avoidMs = 60_000
/** What is of no use any more, with nothing to put in its place, is waited for this long before it is cancelled. */
const uselessMs = 60_000
const ignoredPauseMs = 30_000
const longestPauseMs = 30 * 60_000

/** Of the next block: they end when it changes. */
const unpostable = ['window_passed', 'batch_invalid', 'batch_too_large', 'batch_mismatch'] as const

type Plan = { readonly parent: Hash; readonly last: Waiting; readonly request: SendRequest }

export function createBatcher(options: BatcherOptions): Batcher {
  const { chain, follower, sender, rules, wallet, clock, log, config } = options
  const alarm = createAlarm(batcherTroubles, { clock, log })
  const funds = createAlarm(batcherTroubles, { clock, log })
  const queue = createBatchQueue(chain)
  const book = createBook({ sender, clock, alarm: funds, config })
  const kinds: readonly TxKind[] = {
    auto: ['blobs', 'call'] as const,
    blobs: ['blobs'] as const,
    calldata: ['call'] as const,
  }[config.carrier]
  const avoided = new Map<TxKind, number>()
  let kind: TxKind | undefined
  let ignoredInRow = 0
  let pausedUntilMs = 0
  let uselessSinceMs: number | undefined

  const canonical = (number: bigint) => chain.reader.hashByNumber(number)
  const l1Head = () => follower.status().l1Head?.number ?? follower.tip().block.number

  /** Whether the safe head is what L1 says now. */
  function isFollowed(): boolean {
    const { l1Head: head, behind, trouble } = follower.status()
    return head !== undefined && trouble === undefined && behind <= config.maxBehind
  }

  function isFolded({ blockNumber, blockHash }: L1Receipt): boolean {
    if (follower.tip().block.number < blockNumber) return false
    return (follower.record(blockNumber)?.block.hash ?? blockHash) === blockHash
  }

  function isAuthorized(): boolean {
    const { batcherHash } = follower.tip().config.system
    return batcherHash === `${zeroHash.slice(0, 26)}${sender.address.slice(2)}`
  }

  function judged(waiting: readonly Waiting[], safe: SafeRef) {
    return judge(waiting, { safe, l1Number: l1Head() + 1n, epochAt: follower.record, rules })
  }

  /** A transaction of this batch became part of L1, and that L1 block was derived. */
  function settle(flight: Exclude<Flight, { state: 'idle' | 'pending' }>): void {
    if (flight.state === 'displaced') return
    book.paid(flight.receipt.costWei)
    const memo = flight.isRequest ? decodeMemo(flight.memo) : undefined
    if (memo === undefined) return
    kind = flight.kind
    const { safe } = follower.tip()
    const { first, last, channelBytes, contentBytes } = memo
    const fields = { first, last, hash: flight.hash, safe: safe.number }
    if (safe.number >= last && canonical(last) === memo.lastHash) {
      ignoredInRow = 0
      book.posted(kind, memo)
      log.info({ ...fields, channelBytes, contentBytes }, 'batch is safe')
      calm('batch_ignored')
      return
    }
    ignoredInRow++
    book.ignored()
    const pauseMs = ignoredInRow === 1 ? 0 : ignoredPauseMs * 2 ** Math.min(ignoredInRow - 2, 10)
    pausedUntilMs = clock.nowMs() + Math.min(pauseMs, longestPauseMs)
    alarm.set('batch_ignored', { ...fields, inRow: ignoredInRow })
  }

  /** These troubles are over. */
  function calm(...codes: readonly BatcherTrouble[]): void {
    const code = alarm.current()
    if (code !== undefined && codes.includes(code)) alarm.set(undefined)
  }

  /** A transaction with as many waiting blocks as it carries. */
  async function plan(waiting: readonly Waiting[], use: TxKind): Promise<Plan | BatcherTrouble> {
    const parent = waiting[0]!.batch.parentHash
    const packed = await pack(waiting, { kind: use, carrier: config, ratio: book.ratio(), quality: config.quality })
    if (packed === 'too_large') return 'batch_too_large'
    if (packed === 'mismatch') return 'batch_mismatch'
    return { parent, last: packed.blocks.at(-1)!, request: await requestOf(packed, use, options) }
  }

  /** What was planned while time passed is still what is to be posted. */
  function isCurrent({ parent, last }: Plan): boolean {
    return follower.tip().safe.hash === parent && canonical(last.number) === last.hash && isFollowed()
  }

  /** Blobs are in the archive before L1 has them: L1 nodes forget theirs. */
  async function archive(request: SendRequest): Promise<void> {
    if (request.kind === 'blobs') await chain.write(request.sidecars.map(({ hash, blob }) => blobOp(hash, blob)))
  }

  function isUseful({ first, last, lastHash }: BatchMemo, safe: SafeRef): boolean {
    return canonical(last) === lastHash && safe.number >= first - 1n && safe.number < last
  }

  /** Replaces a pending transaction that would change nothing any more. */
  async function pending(flight: Extract<Flight, { state: 'pending' }>): Promise<BatcherStep> {
    const memo = flight.isRequest ? decodeMemo(flight.memo) : undefined
    if (memo === undefined || !isFollowed()) return 'pending'
    const { safe } = follower.tip()
    const waiting = await queue.refresh(safe)
    if (isUseful(memo, safe) && judged(waiting.slice(0, 1), safe).count > 0) {
      uselessSinceMs = undefined
      return 'pending'
    }
    uselessSinceMs ??= clock.nowMs()
    const { count } = judged(waiting, safe)
    const next = count === 0 || !isAuthorized() ? undefined : await plan(waiting.slice(0, count), flight.kind)
    if (next === undefined || typeof next === 'string') {
      if (clock.nowMs() - uselessSinceMs < uselessMs) return 'pending'
      return (await sender.cancel()) === undefined ? 'replaced' : 'pending'
    }
    if (!isCurrent(next)) return 'pending'
    await archive(next.request)
    return (await sender.supersede(next.request)) === undefined ? 'replaced' : 'pending'
  }

  function isDue(waiting: readonly Waiting[]): boolean {
    const { batch } = waiting[0]!
    const reason = dueReason({
      channelBytes: bytesOf(waiting) * book.ratio(),
      capacity: capacityOf(kinds.includes('blobs') && kind !== 'call' ? 'blobs' : 'call', config),
      ageMs: clock.nowMs() - Number(batch.timestamp) * 1_000,
      maxDelayMs: config.maxDelayMs,
      l1Age: l1Head() - batch.epochNumber,
      window: rules.sequencingWindow,
    })
    return reason !== undefined
  }

  async function chooseKind(channelBytes: number): Promise<TxKind> {
    const nowMs = clock.nowMs()
    const possible = kinds.filter((one) => (avoided.get(one) ?? 0) <= nowMs)
    const allowed = possible.length > 0 ? possible : kinds
    const { hysteresisPercent } = config
    const fees = await wallet.fees()
    return cheaperKind({ channelBytes, fees, allowed, last: kind, hysteresisPercent, carrier: config })
  }

  async function post(waiting: readonly Waiting[]): Promise<BatcherStep> {
    const channelBytes = Math.max(1, Math.ceil(bytesOf(waiting) * book.ratio()))
    const use = await chooseKind(channelBytes)
    const avoid = () => avoided.set(use, clock.nowMs() + avoidMs)
    const refusal = await sender.check(loadOfBytes(use, channelBytes, config))
    if (refusal !== undefined) {
      if (refusal === 'fee_cap') avoid()
      return 'held'
    }
    const next = await plan(waiting, use)
    if (typeof next === 'string') {
      avoid()
      // The other kind may carry it, at the next step.
      const isLast = kinds.every((one) => (avoided.get(one) ?? 0) > clock.nowMs())
      if (next !== 'batch_too_large' || isLast) alarm.set(next, { block: waiting[0]!.number, kind: use })
      return 'held'
    }
    if (!isCurrent(next)) return 'behind'
    await archive(next.request)
    if ((await sender.begin(next.request)) !== undefined) return 'held'
    kind = use
    calm(...unpostable)
    log.info({ first: waiting[0]!.number, last: next.last.number, kind: use }, 'batch posted')
    return 'posted'
  }

  async function idle(): Promise<BatcherStep> {
    await book.watchFunds()
    if (!isFollowed()) return 'behind'
    const { safe } = follower.tip()
    const waiting = await queue.refresh(safe)
    if (waiting.length === 0) {
      calm(...unpostable)
      return 'idle'
    }
    if (!isAuthorized()) {
      alarm.set('not_authorized', { address: sender.address })
      return 'held'
    }
    calm('not_authorized')
    if (clock.nowMs() < pausedUntilMs) return 'held'
    if (!isDue(waiting)) return 'idle'
    const { count, fault } = judged(waiting, safe)
    if (count === 0) {
      alarm.set(fault === 'window' ? 'window_passed' : 'batch_invalid', { block: waiting[0]!.number, fault })
      return 'held'
    }
    calm('window_passed', 'batch_invalid')
    return post(waiting.slice(0, count))
  }

  return {
    async step() {
      // Whether or not L1 answers: back-pressure needs to know what gathers.
      await queue.refresh(follower.tip().safe)
      for (;;) {
        const flight = await sender.poll()
        if (flight.state === 'pending') return pending(flight)
        uselessSinceMs = undefined
        if (flight.state === 'idle') return idle()
        if (flight.state === 'landed' && !isFolded(flight.receipt)) return 'folding'
        settle(flight)
        await sender.acknowledge()
      }
    },
    status: () => {
      const { unsafe, safe } = chain.heads()
      return {
        trouble: alarm.current() ?? funds.current(),
        waitingBlocks: unsafe.number - safe.number,
        backlogBytes: queue.backlogBytes(),
        kind,
        ...book.status(),
        sender: sender.status(),
      }
    },
  }
}
