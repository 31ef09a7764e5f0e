import type { LogEntry } from '../../state/store/logIndex.ts'
import type { LogFilter } from '../params/filter.ts'
import { pause } from '../pause.ts'
import type { View } from '../view.ts'
import { blockLogs } from './blockLogs.ts'
import { createBloomMatch, createLogMatch } from './match.ts'

/** Inclusive. */
export type BlockRange = { readonly from: bigint; readonly to: bigint }

/**
 * The first logs of a range that match, in chain order; at most `max` of them, and one more if there are more. With
 * addresses the address index answers, otherwise the blocks whose bloom may match are read.
 */
export function searchLogs(
  view: View,
  filter: LogFilter,
  range: BlockRange,
  max: number,
): Promise<readonly LogEntry[]> {
  return filter.addresses.length > 0 ? searchIndex(view, filter, range, max) : searchBlooms(view, filter, range, max)
}

async function searchIndex(view: View, filter: LogFilter, range: BlockRange, max: number) {
  const matches = createLogMatch(filter)
  let found: LogEntry[] = []
  for (const address of filter.addresses) {
    let count = 0
    for await (const log of view.reader.logsByAddress({ address, ...range })) {
      if (matches(log)) {
        found.push(log)
        if (++count > max) break
      }
      const due = pause()
      if (due !== undefined) await due
    }
    // Only the first ones can be in the answer: what the addresses so far have beyond them is dropped.
    if (found.length > 2 * max) found = found.sort(inChainOrder).slice(0, max + 1)
  }
  return filter.addresses.length > 1 ? found.sort(inChainOrder).slice(0, max + 1) : found
}

async function searchBlooms(view: View, filter: LogFilter, range: BlockRange, max: number) {
  const matches = createLogMatch(filter)
  const mayMatch = createBloomMatch(filter)
  const found: LogEntry[] = []
  for await (const { number, bloom } of view.reader.blooms(range)) {
    const hash = mayMatch(bloom) ? view.hashByNumber(number) : undefined
    if (hash !== undefined) found.push(...blockLogs(view, hash).filter(matches))
    if (found.length > max) return found.slice(0, max + 1)
    await pause()
  }
  return found
}

function inChainOrder(a: LogEntry, b: LogEntry): number {
  if (a.blockNumber !== b.blockNumber) return a.blockNumber < b.blockNumber ? -1 : 1
  return a.logIndex - b.logIndex
}
