import type { Clock } from '../../core/ports/clock.ts'
import type { Alarm } from '../alarm.ts'
import type { TxKind } from '../sender/request.ts'
import type { Sender } from '../sender/sender.ts'
import { loadOfBytes } from './kind.ts'
import type { BatchMemo } from './memo.ts'
import { createRunway, dayMs } from './runway.ts'
import type { BatcherConfig, BatcherStatus, BatcherTrouble } from './types.ts'

/** What the batcher did and what it cost. */
export type Book = {
  paid(wei: bigint): void
  /** A batch that made its blocks safe. */
  posted(kind: TxKind, memo: BatchMemo): void
  ignored(): void
  /** Channel bytes per byte of content, as of the last batch. */
  ratio(): number
  /** Looks at the balance now and then; raises `runway_low`. */
  watchFunds(): Promise<void>
  status(): Pick<BatcherStatus, 'batches' | 'blobs' | 'channelBytes' | 'contentBytes' | 'ignored' | 'runwayMs'>
}

const balanceMs = 60_000

export function createBook({
  sender,
  clock,
  alarm,
  config,
}: {
  readonly sender: Pick<Sender, 'balance'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly alarm: Alarm<BatcherTrouble>
  readonly config: BatcherConfig
}): Book {
  const runway = createRunway(clock.nowMs())
  const batches = { call: 0, blobs: 0 }
  const sizes = { blobs: 0, channelBytes: 0, contentBytes: 0 }
  let ignored = 0
  let ratio = 0.5
  let lookedMs: number | undefined
  let runwayMs: number | undefined

  return {
    ratio: () => ratio,
    paid(wei) {
      runway.add({ atMs: clock.nowMs(), wei })
      lookedMs = undefined
    },
    posted(kind, { channelBytes, contentBytes }) {
      ratio = channelBytes / contentBytes
      batches[kind]++
      sizes.channelBytes += channelBytes
      sizes.contentBytes += contentBytes
      sizes.blobs += loadOfBytes(kind, channelBytes, config).blobs
    },
    ignored: () => {
      ignored++
    },
    async watchFunds() {
      if (lookedMs !== undefined && clock.nowMs() - lookedMs < balanceMs) return
      const balanceWei = await sender.balance()
      lookedMs = clock.nowMs()
      runwayMs = runway.leftMs(balanceWei, lookedMs)
      const isLow = runwayMs !== undefined && runwayMs < dayMs
      alarm.set(isLow ? 'runway_low' : undefined, { balanceWei, hours: Math.floor((runwayMs ?? 0) / 3_600_000) })
    },
    status: () => ({ batches: { ...batches }, ...sizes, ignored, runwayMs }),
  }
}
