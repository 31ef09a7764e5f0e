import type { PeerId } from '../../core/ports/net.ts'
import { followLimits } from './limits.ts'

/**
 * Peers as sources of blocks: how far each says it is, and which of them are left alone for a while. `silent`: it gave
 * nothing. `branch`: what it gave is of no use while the chain is where it is.
 */
export type Sources = {
  /** A peer has told its head. */
  status(peer: PeerId, head: bigint): void
  /** A peer has this block at least. */
  saw(peer: PeerId, number: bigint): void
  gone(peer: PeerId): void
  /** The highest head of those that are not left alone. */
  highest(nowMs: number): bigint | undefined
  /**
   * Whom to ask for a block, and in how many ms: of those that have it one that was never asked, by chance, otherwise the
   * one that gives a range soonest, as fast as it was last time. While one that never gave anything has just disappointed,
   * those that did are asked first: newcomers cost nothing to make. `only`: this one or nobody.
   */
  pick(number: bigint, nowMs: number, only?: PeerId): { readonly peer: PeerId; readonly waitMs: number } | undefined
  asked(peer: PeerId, nowMs: number): void
  /** It took so long to give so many blocks. */
  answered(peer: PeerId, blocks: number, ms: number): void
  /** What it gave was of use. */
  gave(peer: PeerId): void
  leave(peer: PeerId, why: 'silent' | 'branch', nowMs: number): void
  /** The chain has moved: those left alone for their branch are asked again. */
  forgive(): void
}

type Source = {
  head: bigint
  askedMs: number
  /** Of its last answer; undefined: it gave none yet. */
  msPerBlock: number | undefined
  hasGiven: boolean
  failures: number
  untilMs: number
  why: 'silent' | 'branch'
}

export function createSources(
  limits: { readonly peers: number } = followLimits,
  random: () => number = () => 0,
): Sources {
  const sources = new Map<PeerId, Source>()
  let cautiousUntilMs = 0

  function at(peer: PeerId): Source | undefined {
    const known = sources.get(peer)
    if (known !== undefined || sources.size >= limits.peers) return known
    const source: Source = {
      head: 0n,
      askedMs: 0,
      msPerBlock: undefined,
      hasGiven: false,
      failures: 0,
      untilMs: 0,
      why: 'silent',
    }
    sources.set(peer, source)
    return source
  }

  return {
    status(peer, head) {
      const source = at(peer)
      if (source !== undefined) source.head = head
    },
    saw(peer, number) {
      const source = at(peer)
      if (source !== undefined && number > source.head) source.head = number
    },
    gone: (peer) => void sources.delete(peer),
    highest(nowMs) {
      let highest: bigint | undefined
      for (const { head, untilMs } of sources.values()) {
        if (untilMs <= nowMs && (highest === undefined || head > highest)) highest = head
      }
      return highest
    },
    pick(number, nowMs, only) {
      let best: { readonly peer: PeerId; readonly waitMs: number; readonly costMs: number } | undefined
      for (const [peer, { head, askedMs, msPerBlock, hasGiven, untilMs }] of sources) {
        if (head < number || untilMs > nowMs || (only !== undefined && peer !== only)) continue
        const waitMs = Math.max(0, askedMs + followLimits.spacingMs - nowMs)
        const isLast = !hasGiven && nowMs < cautiousUntilMs
        const rangeMs = msPerBlock === undefined ? random() : 1 + msPerBlock * followLimits.rangeBlocks
        const costMs = waitMs + rangeMs + (isLast ? lastMs : 0)
        if (best === undefined || costMs < best.costMs) best = { peer, waitMs, costMs }
      }
      return best === undefined ? undefined : { peer: best.peer, waitMs: best.waitMs }
    },
    asked(peer, nowMs) {
      const source = sources.get(peer)
      if (source !== undefined) source.askedMs = nowMs
    },
    answered(peer, blocks, ms) {
      const source = sources.get(peer)
      if (source !== undefined) source.msPerBlock = ms / Math.max(1, blocks)
    },
    gave(peer) {
      const source = sources.get(peer)
      if (source === undefined) return
      source.failures = 0
      source.hasGiven = true
    },
    leave(peer, why, nowMs) {
      const source = sources.get(peer)
      if (source === undefined) return
      if (!source.hasGiven) cautiousUntilMs = nowMs + followLimits.cautionMs
      const restMs = followLimits.asideMs * 2 ** Math.min(source.failures, 16)
      source.untilMs = nowMs + Math.min(restMs, followLimits.longestAsideMs)
      source.failures++
      source.why = why
    },
    forgive() {
      for (const source of sources.values()) {
        if (source.why !== 'branch') continue
        source.untilMs = 0
        source.failures = 0
      }
    },
  }
}

/** Dearer than any answer. */
const lastMs = 1e12
