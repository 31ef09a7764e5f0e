import type { LogEntry } from '../../state/store/logIndex.ts'
import type { LogFilter } from '../params/filter.ts'
import { pause } from '../pause.ts'
import type { View } from '../view.ts'
import { blockLogs } from './blockLogs.ts'
import { createBloomMatch, createLogMatch } from './match.ts'

/** Inclusive. */
export type BlockRange = { readonly from: bigint; readonly to: bigint }

/** What an answer has room for. */
export type LogRoom = { readonly logs: number; readonly bytes: number }

/** All that match, or what there was no room for and the block of the first log that did not fit. */
export type FoundLogs =
  | { readonly logs: readonly LogEntry[] }
  | { readonly exceeds: keyof LogRoom; readonly brokenAt: bigint }

/**
 * The logs of a range that match, in chain order, as long as there is room for them. With addresses the address index
 * answers, otherwise the blocks whose bloom may match are read.
 */
export async function searchLogs(view: View, filter: LogFilter, range: BlockRange, room: LogRoom): Promise<FoundLogs> {
  return filter.addresses.length > 0 ? searchIndex(view, filter, range, room) : searchBlooms(view, filter, range, room)
}

/** About what a log takes in JSON, in bytes. */
export function logBytes({ data }: Pick<LogEntry, 'data'>): number {
  return data.length + 600
}

async function searchIndex(view: View, filter: LogFilter, range: BlockRange, room: LogRoom): Promise<FoundLogs> {
  const matches = createLogMatch(filter)
  let found: LogEntry[] = []
  let bytes = 0
  for (const address of filter.addresses) {
    let count = 0
    for await (const log of view.reader.logsByAddress({ address, ...range })) {
      if (matches(log)) {
        bytes += logBytes(log)
        if (bytes > room.bytes) return { exceeds: 'bytes', brokenAt: log.blockNumber }
        found.push(log)
        if (++count > room.logs) break
      }
      const due = pause()
      if (due !== undefined) await due
    }
    // Only the first ones can be in the answer: what the addresses so far have beyond them is dropped.
    if (found.length > 2 * room.logs) {
      found = found.sort(inChainOrder).slice(0, room.logs + 1)
      bytes = found.reduce((sum, log) => sum + logBytes(log), 0)
    }
  }
  return withinCount(filter.addresses.length > 1 ? found.sort(inChainOrder) : found, room)
}

async function searchBlooms(view: View, filter: LogFilter, range: BlockRange, room: LogRoom): Promise<FoundLogs> {
  const matches = createLogMatch(filter)
  const mayMatch = createBloomMatch(filter)
  const found: LogEntry[] = []
  let bytes = 0
  for await (const { number, bloom } of view.reader.blooms(range)) {
    const hash = mayMatch(bloom) ? view.hashByNumber(number) : undefined
    for (const log of hash === undefined ? [] : blockLogs(view, hash)) {
      if (!matches(log)) continue
      bytes += logBytes(log)
      if (bytes > room.bytes) return { exceeds: 'bytes', brokenAt: number }
      found.push(log)
    }
    if (found.length > room.logs) break
    await pause()
  }
  return withinCount(found, room)
}

function withinCount(logs: readonly LogEntry[], room: LogRoom): FoundLogs {
  const broken = logs[room.logs]
  return broken === undefined ? { logs } : { exceeds: 'logs', brokenAt: broken.blockNumber }
}

function inChainOrder(a: LogEntry, b: LogEntry): number {
  if (a.blockNumber !== b.blockNumber) return a.blockNumber < b.blockNumber ? -1 : 1
  return a.logIndex - b.logIndex
}
