import type { Clock } from '../../core/ports/clock.ts'
import type { Net } from '../../core/ports/net.ts'
import type { Seal, SealedRef } from '../../core/seal.ts'
import type { NetLimits } from '../limits.ts'
import { blobBytes, decodeBlobAnswer, encodeBlobRequest } from '../wire/blob.ts'
import { encodeBlocksRequest, maxBlocksBytes, maxBlocksCount } from '../wire/blocks.ts'
import type { Ask } from './ask.ts'
import type { Conduct } from './conduct.ts'
import { openBlocks } from './openBlocks.ts'
import type { Peer } from './peers.ts'
import { except, type Wish } from './pick.ts'

/** Gets blocks and blobs from peers: asks one after the other until one has given something. */
export function createFetch({
  pick,
  ask,
  conduct,
  limits,
  maxBlockBytes,
  isSealed,
  clock,
  signal,
}: {
  readonly pick: (wish: Wish) => Promise<Peer | undefined>
  readonly ask: Ask
  readonly conduct: Conduct
  readonly limits: Pick<NetLimits, 'maxBlockPeers' | 'maxBlobPeers'>
  readonly maxBlockBytes: number
  readonly isSealed: (block: SealedRef, seal: Seal | undefined) => boolean
  readonly clock: Clock
  readonly signal: AbortSignal
}): Pick<Net, 'blocks' | 'blob'> {
  /** The first value that one of a few peers gives. */
  async function fromAny<T>(
    maxPeers: number,
    wish: Wish,
    get: (peer: Peer) => Promise<T | undefined>,
  ): Promise<{ readonly peer: string; readonly value: T } | undefined> {
    const tried = new Set<string>()
    const isUntried = except(tried)
    while (tried.size < maxPeers) {
      const peer = await pick({ ...wish, isAble: (one) => isUntried(one) && wish.isAble(one) })
      if (peer === undefined) return undefined
      const id = peer.connection.peer
      tried.add(id)
      const value = await get(peer).finally(() => {
        peer.underWay--
      })
      if (signal.aborted) return undefined
      if (value !== undefined) return { peer: id, value }
    }
    return undefined
  }

  return {
    async blocks({ from, count: wanted, peer: named }) {
      const count = Math.min(wanted, maxBlocksCount)
      if (count < 1) return undefined
      const reaches = (peer: Peer, number: bigint) => peer.height !== undefined && peer.height >= number
      const wish: Wish = {
        isAble: (peer) => (named === undefined ? reaches(peer, from) : peer.connection.peer === named),
        isBetter: (peer) => reaches(peer, from + BigInt(count) - 1n),
      }
      const found = await fromAny(limits.maxBlockPeers, wish, async (peer) => {
        const id = peer.connection.peer
        const answer = await ask(id, 'blocks', encodeBlocksRequest({ from, count }), maxBlocksBytes)
        if (answer === undefined) return undefined
        const pause = () => clock.sleep(0, signal)
        const blocks = await openBlocks(answer, { from, count }, { maxBlockBytes, isSealed, pause })
        if (blocks === undefined) conduct.blame(id, 'malformed_answer')
        if (blocks?.length !== 0) return blocks
        if (reaches(peer, from)) {
          conduct.blame(id, 'empty_answer')
          // Until it tells anew.
          peer.height = from - 1n
        }
        return undefined
      })
      return found === undefined ? undefined : { peer: found.peer, blocks: found.value }
    },

    async blob(hash) {
      const found = await fromAny(limits.maxBlobPeers, { isAble: () => true }, async ({ connection: { peer } }) => {
        const answer = await ask(peer, 'blob', encodeBlobRequest(hash), blobBytes)
        if (answer === undefined) return undefined
        const blob = decodeBlobAnswer(answer)
        if (blob === undefined) conduct.blame(peer, 'malformed_answer')
        return blob === 'absent' ? undefined : blob
      })
      return found === undefined ? undefined : { peer: found.peer, blob: found.value }
    },
  }
}
