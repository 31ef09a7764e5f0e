import type { Hash } from '../../core/hex.ts'
import type { Epoch } from '../derive/epoch.ts'
import { applyUpdates } from '../extract/config.ts'
import type { L1BlockData, L1Source } from '../source.ts'
import { createPrefetch } from './prefetch.ts'
import type { RecordWindow } from './window.ts'

/** An L1 block that was read and is not folded yet: all that a block of L2 takes of it as its origin. */
type AheadBlock = Epoch & { readonly parentHash: Hash }

/**
 * L1 blocks after the newest record, each the child of the one before, the first the child of the record's. They leave
 * as derivation reaches them, and all of them when it takes another fork.
 */
export type Ahead = {
  /** The newest of all, folded or not. */
  newest(): Epoch
  /** Folded or not; undefined above `newest`, and for one that was folded long ago. */
  at(number: bigint): Epoch | undefined
  /** Reads L1 up to a block; false if L1 has it not, it is too far, or L1 has left the fork that derivation is on. */
  reach(number: bigint): Promise<boolean>
  /** Forgets the blocks from this one on, because L1 has others there; false if it was folded: that is for derivation. */
  forget(number: bigint): boolean
}

export type AheadOptions = {
  readonly source: Pick<L1Source, 'block'>
  readonly window: Pick<RecordWindow, 'tip' | 'at'>
  readonly limits?: AheadLimits
}

/** `blocks`: how far after the newest record it reads. `bytes`: of the deposits in them. */
export type AheadLimits = { readonly blocks: bigint; readonly bytes: number }

export const aheadLimits: AheadLimits = { blocks: 4_096n, bytes: 64 << 20 }

const prefetchDepth = 8n

export function createAhead({ source, window, limits = aheadLimits }: AheadOptions): Ahead {
  const prefetch = createPrefetch(source, prefetchDepth)
  const blocks: AheadBlock[] = []
  let bytes = 0
  let last: Promise<unknown> = Promise.resolve()

  /** Follows derivation. */
  function fit(): void {
    const tip = window.tip().block
    const first = blocks[0]?.block.number ?? tip.number + 1n
    const gone = tip.number + 1n - first
    if (gone > 0n) for (const block of blocks.splice(0, Number(gone))) bytes -= bytesOf(block)
    const next = blocks[0]
    const isChild = next?.block.number === tip.number + 1n && next.parentHash === tip.hash
    if (next !== undefined && !isChild) cut(0)
  }

  /** Leaves so many blocks. */
  function cut(length: number): void {
    for (const block of blocks.splice(length)) bytes -= bytesOf(block)
  }

  function newest(): Epoch {
    fit()
    return blocks.at(-1) ?? window.tip()
  }

  function push({ block, parentHash, deposits, updates }: L1BlockData, { config }: Epoch): void {
    const next = { block, parentHash, deposits, config: applyUpdates(config, updates) }
    blocks.push(next)
    bytes += bytesOf(next)
  }

  async function read(number: bigint): Promise<boolean> {
    // A fork costs a step down and one up for each of its blocks.
    for (let steps = limits.blocks * 4n; steps > 0n; steps--) {
      const top = newest()
      if (top.block.number >= number) return true
      if (bytes > limits.bytes) return false
      const data = await prefetch.block(top.block.number + 1n, number)
      // Derivation may have gone on, or back, meanwhile.
      if (newest().block.hash !== top.block.hash) continue
      if (data === undefined) return false
      if (data.parentHash === top.block.hash) {
        push(data, top)
        continue
      }
      if (blocks.length === 0) return false
      prefetch.clear()
      cut(blocks.length - 1)
    }
    return false
  }

  return {
    newest,
    at(number) {
      const top = newest().block.number
      if (number > top) return undefined
      const tip = window.tip().block.number
      return number > tip ? blocks[Number(number - tip - 1n)] : window.at(number)
    },
    async reach(number) {
      if (number <= newest().block.number) return true
      if (number > window.tip().block.number + limits.blocks) return false
      const result = last.then(() => read(number)).finally(prefetch.clear)
      last = result.catch(() => undefined)
      return result
    },
    forget(number) {
      fit()
      const place = Number(number - window.tip().block.number - 1n)
      if (place >= 0) cut(place)
      return place >= 0
    },
  }
}

function bytesOf({ deposits }: Epoch): number {
  let sum = 0
  for (const { data } of deposits) sum += data.length + 200
  return sum
}
