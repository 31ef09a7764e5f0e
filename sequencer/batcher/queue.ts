import { setImmediate as turn } from 'node:timers/promises'
import type { Block } from '../../core/block.ts'
import { assert } from '../../core/errors.ts'
import { emptyBytes, type Hash } from '../../core/hex.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import type { Batch } from '../../l1/batch/batch.ts'
import { contentBytes, maxChannelBytes, maxChannelItems } from '../../l1/batch/channel.ts'
import type { Chain } from '../../state/chain.ts'
import type { BlockRef } from '../../state/heads.ts'

/** A block that is not safe yet, as the batch it is going to be. */
export type Waiting = {
  readonly number: bigint
  readonly hash: Hash
  readonly batch: Batch
  /** What it adds to a channel, before compression. */
  readonly bytes: number
}

/** The blocks after the safe head, as many as fit one channel. */
export type BatchQueue = {
  /** Brings it up to date: what became safe or left the chain goes, what is new comes. */
  refresh(safe: BlockRef): Promise<readonly Waiting[]>
  /** The part of it that is still there after this block, without reading more. */
  current(safe: BlockRef): readonly Waiting[]
  /** Bytes before compression of all blocks after the safe head; those not read yet are estimated. */
  backlogBytes(): number
}

export type ChainView = Pick<Chain, 'heads' | 'block'> & { readonly reader: Pick<Chain['reader'], 'hashByNumber'> }

/** The batch that a block is: all of it that does not follow from L1. */
export function blockToBatch({ header, transactions }: Block): Batch {
  const attributes = decodeL1Attributes(transactions[0]?.tx.data ?? emptyBytes)
  assert(attributes !== undefined, `block ${header.number} begins with its L1 attributes`)
  return {
    parentHash: header.parentHash,
    epochNumber: attributes.origin.number,
    epochHash: attributes.origin.hash,
    timestamp: header.timestamp,
    txs: transactions.filter(({ tx }) => tx.type !== 0x7e).map(({ raw }) => raw),
  }
}

/** Blocks read before others have their turn. */
const blocksPerTurn = 64

export function createBatchQueue(chain: ChainView): BatchQueue {
  let queue: Waiting[] = []
  /** Of the queue as it was left; block production asks for it again and again. */
  let queueBytes = 0
  const isCanonical = ({ number, hash }: BlockRef) => chain.reader.hashByNumber(number) === hash

  function current(safe: BlockRef): readonly Waiting[] {
    const from = queue.findIndex(({ number }) => number > safe.number)
    queue = from < 0 ? [] : queue.slice(from)
    while (queue.length > 0 && !isCanonical(queue.at(-1)!)) queue.pop()
    const first = queue[0]
    const follows = first?.number === safe.number + 1n && first.batch.parentHash === safe.hash
    if (!follows) queue = []
    queueBytes = bytesOf(queue)
    return queue
  }

  /** One more block; false if there is none or no room. */
  function extend(safe: BlockRef, sizes: { bytes: number; items: number }): boolean {
    const number = (queue.at(-1)?.number ?? safe.number) + 1n
    const hash = number <= chain.heads().unsafe.number ? chain.reader.hashByNumber(number) : undefined
    const block = hash === undefined ? undefined : chain.block(hash)
    if (hash === undefined || block === undefined) return false
    const batch = blockToBatch(block)
    if (batch.parentHash !== (queue.at(-1)?.hash ?? safe.hash)) return false
    const bytes = contentBytes(batch)
    sizes.bytes += bytes
    sizes.items += 1 + batch.txs.length
    if (sizes.bytes > maxChannelBytes || sizes.items > maxChannelItems) return false
    queue.push({ number, hash, batch, bytes })
    return true
  }

  return {
    current,
    async refresh(safe) {
      current(safe)
      const sizes = { bytes: queueBytes, items: queue.reduce((sum, { batch }) => sum + 1 + batch.txs.length, 0) }
      for (let read = 1; extend(safe, sizes); read++) if (read % blocksPerTurn === 0) await turn()
      return current(safe)
    },
    backlogBytes() {
      const { unsafe, safe } = chain.heads()
      const unread = unsafe.number - (queue.at(-1)?.number ?? safe.number)
      return queue.length === 0 ? 0 : Math.round(queueBytes + (Number(unread) * queueBytes) / queue.length)
    },
  }
}

export function bytesOf(blocks: readonly Waiting[]): number {
  return blocks.reduce((sum, { bytes }) => sum + bytes, 0)
}
