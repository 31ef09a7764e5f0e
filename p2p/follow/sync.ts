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

/**
 * How a round ended: with imported blocks; without, and the peer is left alone for a while, so that another can be asked
 * at once; or there is nobody to ask, or nothing to be done with what they give.
 */
export type Round = 'moved' | 'other' | 'rest'

/** How an answer ended: used up, or at a block that stops this way of getting on. `fault`: the peer is left alone. */
type End = { readonly imported: number; readonly end: 'all' | 'unconnected' | 'stop' | 'fault' }

/**
 * One round of asking peers for the blocks after the head, a request ahead of execution, until the highest known one or
 * until it does not get on. Goes back to where the chain and that of the peer part, not below the safe head. Throws what
 * `take` throws.
 */
export async function syncOnce(options: SyncOptions): Promise<Round> {
  const { chain, sources, clock, signal, target } = options
  let imported = 0
  const ended = (isFault: boolean): Round => (imported > 0 ? 'moved' : isFault ? 'other' : 'rest')
  let from = chain.heads().unsafe.number + 1n
  let step = 1n
  let isBack = false
  /** Going back is done with one peer: others may be on other branches. */
  let only: PeerId | undefined
  let next: ReturnType<typeof request> | undefined
  while (!signal.aborted && from <= target()) {
    const answer = await (next ?? request(options, from, only))
    next = undefined
    if (answer === 'nobody') return ended(false)
    if (answer === 'nothing') return ended(true)
    const after = from + BigInt(answer.blocks.length)
    if (after <= target()) {
      next = request(options, after, only)
      // Whoever waits for it hears of a failure; nobody may.
      next.catch(() => {})
    }
    const result = await offer(options, answer)
    imported += result.imported
    if (result.end === 'all') {
      sources.gave(answer.peer)
      isBack = only !== undefined
      from = after
    } else if (result.end === 'unconnected') {
      next = undefined
      only = answer.peer
      const lowest = chain.heads().safe.number + 1n
      // Who has gone back to what is known and forth to what is not gets on by no further step.
      if (from <= lowest || isBack) {
        sources.leave(answer.peer, 'branch', clock.nowMs())
        return ended(true)
      }
      from = from - step > lowest ? from - step : lowest
      step *= 2n
    } else return ended(result.end === 'fault')
  }
  return ended(false)
}

/** Asks for blocks from this number on. `nobody` has any; `nothing`: whoever should have is left alone for a while. */
async function request(options: SyncOptions, from: bigint, only?: PeerId): Promise<Answer | 'nobody' | 'nothing'> {
  const { sources, clock, signal, target } = options
  const picked = sources.pick(from, clock.nowMs(), only)
  if (picked === undefined) return 'nobody'
  const { peer, waitMs } = picked
  sources.asked(peer, clock.nowMs() + waitMs)
  await clock.sleep(waitMs, signal)
  const net = options.net()
  if (net === undefined || signal.aborted) return 'nobody'
  const left = target() - from + 1n
  const count = left < BigInt(followLimits.rangeBlocks) ? Math.max(1, Number(left)) : followLimits.rangeBlocks
  const askedMs = clock.nowMs()
  const answer = await inTime(options, net.blocks({ from, count, peer }))
  sources.answered(peer, answer?.blocks.length ?? 0, clock.nowMs() - askedMs)
  if (answer === undefined || answer.blocks.length === 0) {
    sources.leave(peer, 'silent', clock.nowMs())
    return 'nothing'
  }
  const { blocks } = answer
  if (blocks.length <= count && blocks.every(({ number }, index) => number === from + BigInt(index))) {
    return { peer: answer.peer, from, blocks }
  }
  blame(options, answer.peer, 'malformed_answer')
  return 'nothing'
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
      return end('fault')
    }
    const candidate = openCandidate(chainId, served, served.seal, peer)
    const outcome = typeof candidate === 'string' ? candidate : await options.take(candidate)
    if (outcome === 'known') continue
    if (outcome === 'imported') {
      imported++
      options.imported()
      continue
    }
    if (outcome === 'orphan' && index === 0) return end('unconnected')
    if (outcome === 'waits' && typeof candidate !== 'string') options.hold(candidate)
    const offence = offences[outcome]
    if (offence !== undefined) blame(options, peer, offence)
    else if (outcome === 'useless' || outcome === 'equivocation') sources.leave(peer, 'branch', clock.nowMs())
    // An orphan's parent has just left the chain.
    else return end('stop')
    return end('fault')
  }
  return end('all')
}

const offences: Readonly<Partial<Record<Outcome | 'malformed' | 'unsigned', Offence>>> = {
  malformed: 'malformed_answer',
  unsigned: 'useless_answer',
  stranger: 'useless_answer',
  invalid: 'invalid_block',
}

function blame({ net, sources, clock }: SyncOptions, peer: PeerId, offence: Offence): void {
  net()?.blame(peer, offence)
  sources.leave(peer, 'silent', clock.nowMs())
}
