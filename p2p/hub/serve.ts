import { NodeError } from '../../core/errors.ts'
import { decodeHeader, headerHash } from '../../core/header.ts'
import type { Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { PeerId, PeerStatus } from '../../core/ports/net.ts'
import { splitRlpList } from '../../core/rlp.ts'
import type { NetLimits } from '../limits.ts'
import type { Bans } from '../peers/bans.ts'
import { createRates } from '../peers/rates.ts'
import type { Protocol } from '../transport.ts'
import { decodeBlobRequest, encodeBlobAnswer } from '../wire/blob.ts'
import { type BlocksRequest, decodeBlocksRequest, packBlocks } from '../wire/blocks.ts'
import { encodeStatus } from '../wire/status.ts'
import type { Conduct } from './conduct.ts'
import type { NetLog, NetReads } from './options.ts'

/**
 * Answers what peers ask: within their rates, one request of a peer after the other, a few waiting. Undefined: refused.
 */
export function createServer({
  bans,
  conduct,
  reads,
  status,
  limits,
  clock,
  log,
  signal,
}: {
  readonly bans: Pick<Bans, 'isBanned'>
  readonly conduct: Conduct
  readonly reads: NetReads
  readonly status: () => PeerStatus
  readonly limits: NetLimits
  readonly clock: Clock
  readonly log: NetLog
  readonly signal: AbortSignal
}): (peer: PeerId, protocol: Protocol, data: Uint8Array) => Promise<Uint8Array | undefined> {
  const { floodFactor, maxRemembered: maxPeers } = limits
  const free = { perSec: Number.MAX_SAFE_INTEGER, burst: Number.MAX_SAFE_INTEGER }
  const common = { each: limits.requests, floodFactor, maxPeers, clock }
  const costly = createRates({ ...common, total: limits.requestsTotal, sharers: limits.maxPeers })
  const cheap = createRates({ ...common, total: free })
  /** The end of the last request of each peer that has any. */
  const queues = new Map<PeerId, { waiting: number; last: Promise<unknown> }>()

  /** What makes the answer; undefined: the request is malformed. */
  const answers: Readonly<Record<Protocol, (data: Uint8Array) => (() => Uint8Array) | undefined>> = {
    status: (data) => (data.length === 0 ? () => encodeStatus(status()) : undefined),
    blocks: (data) => {
      const request = decodeBlocksRequest(data)
      return request === undefined ? undefined : () => packBlocks(stored(request))
    },
    blob: (data) => {
      const hash = decodeBlobRequest(data)
      return hash === undefined ? undefined : () => encodeBlobAnswer(reads.blob(hash))
    },
  }

  /** Blocks that follow each other, even if the chain changes while they are read. */
  function* stored({ from, count }: BlocksRequest) {
    let parent: Hash | undefined
    for (let number = from; number < from + BigInt(count) && number <= status().unsafe.number; number++) {
      const block = reads.blockAt(number)
      const header = block === undefined ? undefined : decodeHeader(splitRlpList(block.raw)?.[0] ?? block.raw)
      if (block === undefined || header === undefined) return
      if (parent !== undefined && header.parentHash !== parent) return
      parent = headerHash(header)
      yield block
    }
  }

  function read(make: () => Uint8Array): Uint8Array | undefined {
    if (signal.aborted) return undefined
    try {
      return make()
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      log.warn({ code: error.code, err: error }, 'cannot read what a peer asks for')
      return undefined
    }
  }

  async function inTurn(peer: PeerId, work: () => Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const queue = queues.get(peer) ?? { waiting: 0, last: Promise.resolve() }
    if (queue.waiting > limits.maxWaitingRequests) return undefined
    queues.set(peer, queue)
    queue.waiting++
    // Others get their turn between two answers.
    const answer = queue.last.then(() => clock.sleep(0, signal)).then(work)
    queue.last = answer.catch(() => undefined)
    try {
      return await answer
    } finally {
      queue.waiting--
      if (queue.waiting === 0) queues.delete(peer)
    }
  }

  return async (peer, protocol, data) => {
    if (bans.isBanned(peer) || signal.aborted) return undefined
    const take = (protocol === 'status' ? cheap : costly).take(peer)
    if (take === 'flood') conduct.blame(peer, 'flood')
    if (take !== 'ok') return undefined
    const make = answers[protocol](data)
    if (make === undefined) {
      conduct.blame(peer, 'malformed_request')
      return undefined
    }
    return await inTurn(peer, () => read(make))
  }
}
