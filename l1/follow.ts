import { NodeError } from '../core/errors.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { ChainRules } from '../core/rules.ts'
import type { ChainSpec } from '../genesis/spec.ts'
import type { Chain } from '../state/chain.ts'
import type { Engine } from '../state/engine.ts'
import type { DerivedBlock } from './derive/epoch.ts'
import { type AppliedBlock, foldL1Block } from './derive/fold.ts'
import { blobsNeeded } from './derive/inbox.ts'
import type { L1Record } from './derive/record.ts'
import { largestThatHolds } from './follow/ancestor.ts'
import { applyBlock } from './follow/apply.ts'
import { createChange, type Drop, rewindTo } from './follow/change.ts'
import { belowFinalized, contradicts, stopped, wentBack } from './follow/errors.ts'
import { finalAt } from './follow/finality.ts'
import { createNap } from './follow/nap.ts'
import { openRecords, refOf } from './follow/open.ts'
import { createOriginPort } from './follow/originPort.ts'
import { createPrefetch } from './follow/prefetch.ts'
import { createReport } from './follow/report.ts'
import { createNewestOnL1 } from './follow/stray.ts'
import { createTrouble, type FollowLog, pauseMs } from './follow/trouble.ts'
import type { Follower, FollowWriter } from './follow/types.ts'
import { createWindow } from './follow/window.ts'
import { createOriginView } from './origins.ts'
import type { L1BlockData, L1Ref, L1Source } from './source.ts'
import { type MorePlaces, withArchive } from './store/archive.ts'
import { createL1Store, foldOps, forgetRecordOps, tipOp, undoOps } from './store/records.ts'

export type { ChainChange, Follower, FollowStatus, FollowWriter } from './follow/types.ts'
export { createSerialWriter } from './follow/writer.ts'

export type FollowOptions = {
  /** Its blobs go into the chain's archive, and come from there the next time. */
  readonly source: L1Source
  readonly chain: Chain
  readonly engine: Engine
  readonly rules: ChainRules
  /** Of a chain with contracts on L1. */
  readonly spec: ChainSpec
  readonly clock: Clock
  readonly log: FollowLog
  /** `createSerialWriter` where nothing else changes the chain. */
  readonly writer: FollowWriter
  /** Spreads retries; 0 to 1. */
  readonly random?: () => number
  /** Where blobs are looked for that L1 has not. They go into the archive like L1's own. */
  readonly morePlaces?: MorePlaces | undefined
  /** Records from this L1 block on are kept, whatever derivation itself needs; asked at each step. */
  readonly keepFrom?: (() => bigint) | undefined
}

/** L1 is asked for its head and finality once per so many blocks while it is far ahead. */
const blocksPerLook = 32
const prefetchDepth = 8n

/**
 * Opens derivation on an open chain where it was left. What a crash has left half-done is put right first: records whose
 * safe head the chain does not have, and blocks whose origin L1 contradicts. Nobody else writes to the chain until it has
 * resolved. Fatal NodeErrors: `chain_not_derived`, those of the database.
 */
export async function openFollower(options: FollowOptions): Promise<Follower> {
  const { chain, engine, rules, spec, clock, log, writer, random = Math.random } = options
  const store = createL1Store(chain.kv)
  const source = withArchive(options.source, store, chain.write, options.morePlaces)
  const opened = await openRecords(chain, store, spec)
  const window = createWindow(store, opened.tip)
  const prefetch = createPrefetch(source, prefetchDepth)
  const trouble = createTrouble(log)
  const change = createChange(chain, writer)
  const report = createReport(log, clock)
  const nap = createNap(clock)
  const newestOnL1 = createNewestOnL1(chain)
  let { finalized: final, oldest } = opened
  let l1Head: L1Ref | undefined
  let l1Finalized: L1Ref | undefined
  let foldsToLook = 0
  let stopping: AbortSignal | undefined
  let hasCaughtUp = false

  const originHash = (number: bigint) => window.at(number)?.block.hash
  const behind = (): bigint => {
    const waiting = (l1Head?.number ?? 0n) - window.tip().block.number
    return waiting > 0n ? waiting : 0n
  }

  /** Drops unsafe blocks whose origin is no longer, or is not, one of L1's up to `known`. */
  async function dropStray(drop: Drop, known: bigint): Promise<void> {
    const newest = newestOnL1(known, originHash)
    if (newest < chain.heads().unsafe.number) await drop(newest)
  }

  /** Asks L1 where it is. */
  async function look(): Promise<L1Ref> {
    prefetch.clear()
    const [head, finalized] = await Promise.all([source.head(), source.finalized()])
    // What is above the head was said by another node, which may be on another fork.
    const isKnown = finalized !== undefined && finalized.number <= head.number
    if (isKnown && finalized.number >= (l1Finalized?.number ?? 0n)) l1Finalized = finalized
    foldsToLook = blocksPerLook
    l1Head = head
    return head
  }

  /** Labels and the tip entry after a step, with the records that nobody needs any more. */
  function labelOps(tip: L1Record) {
    const at = (number: bigint) => (number === tip.block.number ? tip : window.at(number))
    const next = finalAt(final, l1Finalized, { tip, at })
    const record = at(next.number)
    const isNews = record !== undefined && record.safe.number > chain.heads().finalized.number
    const needed = record?.safe.origin.number ?? oldest
    const keepFrom = least(needed, options.keepFrom?.() ?? needed, oldest + mostForgotten)
    return {
      labels: { safe: refOf(tip.safe), ...(isNews && { finalized: refOf(record.safe) }) },
      ops: [
        ...forgetRecordOps({ from: oldest, to: keepFrom - 1n }),
        tipOp({ tip: { number: tip.block.number, hash: tip.block.hash }, finalized: next }),
      ],
      isChange: next !== final,
      done() {
        final = next
        if (keepFrom > oldest) oldest = keepFrom
      },
    }
  }

  async function fold(data: L1BlockData): Promise<'folded'> {
    const tip = window.tip()
    const hashes = blobsNeeded(tip.config, data)
    const blobs = hashes.length === 0 ? new Map() : await source.blobs(data.block, hashes)
    const folded = await change(async (drop) => {
      const apply = (derived: DerivedBlock): Promise<AppliedBlock> => {
        // One L1 block may hold minutes of work. What is stored of it is found again by its hash.
        if (stopping?.aborted) throw stopped()
        return applyBlock({ chain, engine, rules, drop }, derived)
      }
      const folded = await foldL1Block({ window: { tip, at: window.at }, data, blobs, rules, apply })
      const { labels, ops, done } = labelOps(folded.record)
      await chain.label(labels, [...foldOps(folded.record, folded.batches), ...ops])
      window.push(folded.record)
      done()
      await dropStray(drop, folded.record.block.number)
      return folded
    })
    foldsToLook--
    report(tip, folded, behind())
    return 'folded'
  }

  /** Nothing to fold; L1 may have called more of it final. */
  async function idle(): Promise<'idle'> {
    const { labels, ops, isChange, done } = labelOps(window.tip())
    if (!isChange) return 'idle'
    await change(async () => {
      await chain.label(labels, ops)
      done()
    })
    return 'idle'
  }

  /** Takes back the records that L1 does not have any more, `high` among them, as it has just said. */
  async function reorg(high: bigint): Promise<'reorged'> {
    prefetch.clear()
    foldsToLook = 0
    const isOnL1 = async (number: bigint): Promise<boolean> => {
      const hash = await source.hashAt(number)
      if (hash === undefined) throw wentBack(number)
      return hash === originHash(number)
    }
    if (!(await isOnL1(final.number))) throw belowFinalized(final)
    const number = await largestThatHolds(final.number, high, isOnL1)
    if (number >= high) throw contradicts(high)
    const tip = window.tip().block
    const record = window.at(number)!
    await change(async (drop) => {
      const ref = { number, hash: record.block.hash }
      const undo = await undoOps(chain.kv, { from: number + 1n, to: tip.number })
      await chain.label({ safe: refOf(record.safe) }, [...undo, tipOp({ tip: ref, finalized: final })])
      window.popTo(number)
      await dropStray(drop, tip.number)
    })
    log.warn({ from: number + 1n, to: tip.number, safe: record.safe.number }, 'L1 reorganised')
    return 'reorged'
  }

  async function tryStep(): Promise<'folded' | 'idle' | 'reorged'> {
    const tip = window.tip().block
    const known = l1Head
    const isFar = known !== undefined && known.number > tip.number && foldsToLook > 0
    const head = isFar ? known : await look()
    if (head.number <= tip.number) {
      const hash = originHash(head.number)
      if (hash !== undefined && hash !== head.hash) return reorg(head.number)
      // A lower head is a node of L1 that lags: nothing has changed until a hash has.
      if (head.number + mostLag < tip.number) throw wentBack(tip.number)
      hasCaughtUp = true
      return idle()
    }
    const data = await prefetch.block(tip.number + 1n, head.number)
    if (data === undefined) {
      foldsToLook = 0
      return 'idle'
    }
    if (data.parentHash !== tip.hash) return reorg(tip.number)
    const result = await fold(data)
    if (window.tip().block.number >= head.number) hasCaughtUp = true
    return result
  }

  async function step(): Promise<'folded' | 'idle' | 'reorged' | 'stalled'> {
    try {
      const result = await tryStep()
      trouble.over()
      return result
    } catch (error) {
      foldsToLook = 0
      // L1 and the sequencer refuse to answer once the node stops: that is no trouble.
      const isOver = stopping?.aborted === true && error instanceof NodeError && error.severity !== 'fatal'
      if (!isOver) trouble.note(error)
      return 'stalled'
    }
  }

  await dropStray((toNumber) => rewindTo(chain, toNumber), window.tip().block.number)

  return {
    tip: window.tip,
    record: window.at,
    l1: createOriginPort({
      window,
      originDepth: spec.l1.rollup?.originDepth ?? 0n,
      rules,
      behind: () => (hasCaughtUp ? behind() : undefined),
      maxBehind: rules.forcedLag,
    }),
    origins: createOriginView({ source, window, rules }),
    status() {
      const { number, hash } = window.tip().block
      const { safe, finalized } = chain.heads()
      return { l1Head, tip: { number, hash }, l1Finalized, safe, finalized, behind: behind(), trouble: trouble.code() }
    },
    step,
    wake: nap.wake,
    async run(signal, pollMs) {
      stopping = signal
      for (let failures = 0; !signal.aborted; ) {
        nap.begin()
        const result = await step()
        failures = result === 'stalled' ? failures + 1 : 0
        if (result === 'idle') await nap.sleep(pollMs, signal)
        else if (result === 'stalled') {
          const whole = pauseMs(failures - 1, pollMs, random())
          // Whoever wakes it does not make it press L1 oftener than it asks anyway.
          const least = Math.min(whole, pollMs)
          await clock.sleep(least, signal)
          await nap.sleep(whole - least, signal)
        }
      }
      stopping = undefined
    },
  }
}

/** A head of L1 this much below what was folded already is more than one of several nodes that lags. */
const mostLag = 8n

/** Records that one step forgets at most: it writes them in one batch. */
const mostForgotten = 4_096n

function least(first: bigint, ...others: readonly bigint[]): bigint {
  let least = first
  for (const number of others) if (number < least) least = number
  return least
}
