import type { Block } from '../../core/block.ts'
import type { Receipt } from '../../core/receipt.ts'
import { createAddress } from '../../core/txEnvelope.ts'
import { blockLines } from './lines.ts'

/** Blocks without user transactions that follow each other this fast are printed as one line. */
const burstMs = 200

export type BlockPrinter = {
  block(block: Block, receipts: readonly Receipt[], elapsedMs: number): void
  /** Prints what is held back. */
  flush(): void
}

/**
 * Prints the lines of a development chain. The first empty block is printed at once; those that follow within
 * `burstMs` of each other (`hardhat_mine 0x64`) become one line, at the latest after a second.
 */
export function createBlockPrinter(print: (text: string) => void): BlockPrinter {
  let held: { readonly first: bigint; last: bigint; readonly sinceMs: number } | undefined
  let lastEmptyMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    if (held === undefined) return
    const { first, last } = held
    held = undefined
    const count = last - first + 1n
    print(count === 1n ? `block ${first}  0 txs` : `blocks ${first} to ${last}  ${count} blocks without txs`)
  }

  function hold(number: bigint, nowMs: number): void {
    clearTimeout(timer)
    if (held !== undefined && held.last + 1n !== number) flush()
    if (held === undefined) held = { first: number, last: number, sinceMs: nowMs }
    held.last = number
    const dueMs = Math.min(burstMs, Math.max(0, held.sinceMs + 1000 - nowMs))
    timer = setTimeout(flush, dueMs)
    timer.unref()
  }

  return {
    block: (block, receipts, elapsedMs) => {
      const nowMs = performance.now()
      const isEmpty = block.transactions.every(({ tx }) => tx.type === 0x7e)
      const isBurst = isEmpty && nowMs - lastEmptyMs < burstMs
      lastEmptyMs = isEmpty ? nowMs : Number.NEGATIVE_INFINITY
      if (isBurst) return hold(block.header.number, nowMs)
      flush()
      print(blockLines(block, receipts, elapsedMs, createAddress).join('\n'))
    },
    flush,
  }
}
