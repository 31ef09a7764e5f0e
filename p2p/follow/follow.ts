import type { Block } from '../../core/block.ts'
import { NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { BlockCode, Net, NetListener } from '../../core/ports/net.ts'
import { createNap, type Nap } from '../../l1/follow/nap.ts'
import { type Candidate, openCandidate } from './candidate.ts'
import { createImporter, type ImportOptions, type Outcome } from './import.ts'
import { createLead } from './lead.ts'
import { followLimits } from './limits.ts'
import { createOrphans } from './orphans.ts'
import { createMeter, type SyncProgress } from './progress.ts'
import { replacedBlocks } from './replaced.ts'
import { createSerial } from './serial.ts'
import { createSources } from './sources.ts'
import { syncOnce } from './sync.ts'
import { createWaiting } from './waiting.ts'

export type BlockFollowerOptions = ImportOptions & {
  /** Undefined while there is none. */
  readonly net: () => Net | undefined
  readonly clock: Clock
  /** Spreads retries; 0 to 1. */
  readonly random: () => number
  /** A node that makes the blocks takes none. */
  readonly isSequencer: boolean
  /** `l1`: only small gaps are asked for, the rest comes from L1. */
  readonly catchUp?: 'peers' | 'l1'
  /** After each imported block. Must not throw. */
  readonly imported?: (block: Block, how: 'gossip' | 'range') => void
}

/** Follows the blocks of the sequencer before they are on L1: gossiped ones, and ranges that peers are asked for. */
export type BlockFollower = Pick<NetListener, 'block' | 'status' | 'gone'> & {
  /** To be called after every change of the chain, and when L1 has news. */
  poke(): void
  /**
   * Fills gaps, catches up with peers and tries again what waits, until the signal aborts and the last import is done.
   * Rejects with fatal NodeErrors of chain and database, those met by `block` among them.
   */
  run(): Promise<void>
  /** Undefined while there is nothing to catch up. */
  progress(): SyncProgress | undefined
  stats(): FollowStats
}

export type FollowStats = {
  /** Blocks that wait for a parent or for L1, and their bytes. */
  readonly orphans: number
  readonly orphanBytes: number
  /** The sequencer signed two blocks: nothing is imported until the safe head is at this height. */
  readonly pausedAt: bigint | undefined
}

const codes = {
  imported: 'imported',
  known: 'known',
  invalid: 'invalid',
  equivocation: 'equivocation',
  useless: 'useless',
  stranger: 'useless',
  orphan: 'held',
  waits: 'held',
  paused: 'held',
} as const satisfies Record<Outcome, BlockCode>

export function createBlockFollower(options: BlockFollowerOptions): BlockFollower {
  const { chain, rules, writer, signal, clock, random, log, report, isSequencer, imported = () => undefined } = options
  const importer = createImporter(options)
  const serial = createSerial()
  const orphans = createOrphans()
  const sources = createSources(followLimits, random)
  const meter = createMeter(clock, log)
  /** Of the loop that tends to what waits, and of the one that asks peers. */
  const naps = { tend: createNap(clock), ask: createNap(clock) }
  let failure: { readonly error: unknown } | undefined

  function fail(error: unknown): void {
    // The chain is closed once the node stops.
    if (signal.aborted && error instanceof NodeError && error.code === 'chain_closed') return
    failure ??= { error }
    wake()
  }

  function wake(): void {
    naps.tend.wake()
    naps.ask.wake()
  }

  const take = (candidate: Candidate, how: 'gossip' | 'range'): Promise<Outcome> =>
    serial.run(async () => {
      if (failure !== undefined) return 'paused'
      try {
        const outcome = await importer.take(candidate)
        if (outcome !== 'imported') return outcome
        orphans.delete(candidate.hash)
        imported(candidate.block, how)
        if (orphans.count() > 0) naps.tend.wake()
        return outcome
      } catch (error) {
        fail(error)
        return 'paused'
      }
    })

  function hold(candidate: Candidate): void {
    if (candidate.number <= chain.heads().safe.number) return
    if (orphans.add(candidate, clock.nowMs())) wake()
  }

  const waiting = createWaiting({ chain, importer, orphans, clock, signal, take: (one) => take(one, 'gossip') })
  const lead = createLead({ chain, importer, orphans, sources, clock, catchUp: options.catchUp ?? 'peers' })

  async function block(...[gossiped]: Parameters<NetListener['block']>): Promise<BlockCode> {
    const { peer, seal, number, hash } = gossiped
    if (signal.aborted || failure !== undefined) return 'held'
    if (chain.reader.hashByNumber(number) === hash) return 'known'
    if (isSequencer) return 'useless'
    const candidate = openCandidate(rules.chainId, gossiped, seal, peer)
    if (typeof candidate === 'string') return 'useless'
    sources.saw(peer, number)
    if (serial.waiting() >= followLimits.queued) {
      hold(candidate)
      return 'held'
    }
    const outcome = await take(candidate, 'gossip')
    if (outcome === 'orphan' || outcome === 'waits') hold(candidate)
    return codes[outcome]
  }

  /** Reports blocks in whose place L1 has others, as the safe head moves; moves what depends on it. */
  function createWatch(): () => Promise<void> {
    let checked = chain.heads().finalized.number
    let seen = chain.heads().safe.hash
    return async () => {
      const { safe } = chain.heads()
      if (safe.hash === seen) return
      seen = safe.hash
      sources.forgive()
      if (safe.number < checked) checked = safe.number
      const findings = await writer.exclusive(async () => {
        const to = chain.heads().safe.number
        const found = await replacedBlocks(chain, { from: checked + 1n, to })
        checked = to
        return found
      })
      for (const finding of findings) report(finding)
    }
  }

  /** Runs a step again and again until the node stops, or fails. */
  async function loop(nap: Nap, step: () => Promise<number>): Promise<void> {
    while (!signal.aborted && failure === undefined) {
      nap.begin()
      try {
        await nap.sleep(await step(), signal)
      } catch (error) {
        // Who shares the chain refuses for a while, or the node stops.
        if (error instanceof NodeError && error.severity !== 'fatal') await clock.sleep(followLimits.retryMs, signal)
        else fail(error)
      }
    }
  }

  /** How long may pass until the next look. */
  const restMs = () => (orphans.count() > 0 || lead.isBehind() ? followLimits.tickMs : followLimits.idleMs)

  let failures = 0
  async function ask(): Promise<number> {
    if (!lead.isDue()) {
      if (!lead.isBehind()) meter.end(chain.heads().unsafe.number)
      return restMs()
    }
    const note = () => meter.note(chain.heads().unsafe.number, lead.target())
    note()
    const round = await syncOnce({
      chain,
      chainId: rules.chainId,
      net: options.net,
      sources,
      take: (candidate) => take(candidate, 'range'),
      hold,
      imported: note,
      target: lead.target,
      clock,
      signal,
    })
    if (round === 'moved') failures = 0
    if (round !== 'rest') return 0
    const whole = Math.min(followLimits.retryMs * 2 ** Math.min(failures++, 16), followLimits.longestRetryMs)
    // News do not make it press peers who just had nothing.
    await clock.sleep(whole / 2 + (whole / 2) * random(), signal)
    return 0
  }

  return {
    async block(gossiped) {
      try {
        return await block(gossiped)
      } catch (error) {
        fail(error)
        return 'held'
      }
    },
    status(peer, { unsafe }) {
      sources.status(peer, unsafe.number)
      naps.ask.wake()
    },
    gone: sources.gone,
    poke() {
      waiting.retry()
      wake()
    },
    async run() {
      const watch = createWatch()
      const tend = async () => {
        await watch()
        await waiting.look()
        return restMs()
      }
      if (isSequencer) await loop(naps.tend, async () => followLimits.idleMs)
      else await Promise.all([loop(naps.tend, tend), loop(naps.ask, ask)])
      await serial.run(async () => undefined)
      if (failure !== undefined) throw failure.error
    },
    progress: meter.progress,
    stats: () => ({ orphans: orphans.count(), orphanBytes: orphans.bytes(), pausedAt: importer.pausedAt() }),
  }
}
