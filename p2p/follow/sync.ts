import { NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Net, Offence, PeerId, ServedBlock } from '../../core/ports/net.ts'
import type { Chain } from '../../state/chain.ts'
import { type Candidate, openCandidate } from './candidate.ts'
import type { Outcome } from './import.ts'
import { followLimits } from './limits.ts'
import type { Sources } from './sources.ts'

export type SyncOptions = {
  readonly chain: Pick<Chain, 'heads' | 'reader'>
  readonly chainId: bigint
  readonly net: () => Net | undefined
  readonly sources: Sources
  /** Imports a block, as one that waits for its turn like all others. */
  readonly take: (candidate: Candidate) => Promise<Outcome>
  /** A block whose origin L1 does not show yet. */
  readonly hold: (candidate: Candidate) => void
  /** After each block that was imported. */
  readonly imported: () => void
  /** The highest block that is known of. */
  readonly target: () => bigint
  readonly clock: Clock
  readonly signal: AbortSignal
}

type Answer = { readonly peer: PeerId; readonly from: bigint; readonly blocks: readonly ServedBlock[] }

/** How an answer ended: used up, or at a block that stops this way of getting on. */
type End = { readonly imported: number; readonly end: 'all' | 'unconnected' | 'stop' }

/**
 * One round of asking peers for the blocks after the head, a request ahead of execution, until the highest known one or
 * until it does not get on. Goes back to where the chain and that of the peer part, not below the safe head. Resolves to
 * the number of imported blocks; throws what `take` throws.
 */
export async function syncOnce(options: SyncOptions): Promise<number> {
  const { chain, sources, clock, signal, target } = options
  let imported = 0
  let from = chain.heads().unsafe.number + 1n
  let step = 1n
  let next: Promise<Answer | undefined> | undefined
  while (!signal.aborted && from <= target()) {
    const answer = await (next ?? request(options, from))
    next = undefined
    if (answer === undefined) return imported
    const after = from + BigInt(answer.blocks.length)
    if (after <= target()) next = request(options, after)
    const result = await offer(options, answer)
    imported += result.imported
    if (result.end === 'all') {
      sources.gave(answer.peer)
      from = after
    } else if (result.end === 'unconnected') {
      next = undefined
      const lowest = chain.heads().safe.number + 1n
      if (from <= lowest) {
        sources.leave(answer.peer, 'branch', clock.nowMs())
        return imported
      }
      from = from - step > lowest ? from - step : lowest
      step *= 2n
    } else return imported
  }
  return imported
}

/** Asks for blocks from this number on; undefined: nobody has any, and whoever should have is left alone for a while. */
async function request(options: SyncOptions, from: bigint): Promise<Answer | undefined> {
  const { sources, clock, signal, target } = options
  const picked = sources.pick(from, clock.nowMs())
  if (picked === undefined) return undefined
  const { peer, waitMs } = picked
  sources.asked(peer, clock.nowMs() + waitMs)
  await clock.sleep(waitMs, signal)
  const net = options.net()
  if (net === undefined || signal.aborted) return undefined
  const left = target() - from + 1n
  const count = left < BigInt(followLimits.rangeBlocks) ? Math.max(1, Number(left)) : followLimits.rangeBlocks
  const answer = await inTime(options, net.blocks({ from, count, peer }))
  if (answer === undefined || answer.blocks.length === 0) {
    sources.leave(peer, 'silent', clock.nowMs())
    return undefined
  }
  const { blocks } = answer
  if (blocks.length <= count && blocks.every(({ number }, index) => number === from + BigInt(index))) {
    return { peer: answer.peer, from, blocks }
  }
  blame(options, answer.peer, 'malformed_answer')
  return undefined
}

/** The answer; undefined if there is none in time. */
async function inTime<T>({ clock, signal }: SyncOptions, answer: Promise<T>): Promise<T | undefined> {
  const done = new AbortController()
  const timeout = clock.sleep(followLimits.requestMs, AbortSignal.any([signal, done.signal])).then(() => undefined)
  try {
    return await Promise.race([answer, timeout])
  } catch (error) {
    // The net may be starting again. Nothing it is asked for is sure to come.
    if (error instanceof NodeError && error.severity !== 'fatal') return undefined
    throw error
  } finally {
    done.abort()
  }
}

async function offer(options: SyncOptions, { peer, blocks }: Answer): Promise<End> {
  const { chain, chainId, sources, clock, signal } = options
  let imported = 0
  const end = (how: End['end']): End => ({ imported, end: how })
  for (const [index, served] of blocks.entries()) {
    if (signal.aborted) return end('stop')
    if (chain.reader.hashByNumber(served.number) === served.hash) continue
    if (served.seal === undefined) {
      // It came from L1, which is how it gets here too.
      sources.leave(peer, 'branch', clock.nowMs())
      return end('stop')
    }
    const candidate = openCandidate(chainId, served, served.seal, peer)
    if (typeof candidate === 'string') {
      blame(options, peer, candidate === 'malformed' ? 'malformed_answer' : 'useless_answer')
      return end('stop')
    }
    const outcome = await options.take(candidate)
    if (outcome === 'known') continue
    if (outcome === 'imported') {
      imported++
      options.imported()
      continue
    }
    if (outcome === 'orphan' && index === 0) return end('unconnected')
    if (outcome === 'waits') options.hold(candidate)
    if (outcome === 'invalid') blame(options, peer, 'invalid_block')
    if (outcome === 'stranger') blame(options, peer, 'useless_answer')
    if (outcome === 'useless' || outcome === 'equivocation') sources.leave(peer, 'branch', clock.nowMs())
    // Its parent has just left the chain if it is an orphan now.
    return end('stop')
  }
  return end('all')
}

function blame({ net, sources, clock }: SyncOptions, peer: PeerId, offence: Offence): void {
  net()?.blame(peer, offence)
  sources.leave(peer, 'silent', clock.nowMs())
}
