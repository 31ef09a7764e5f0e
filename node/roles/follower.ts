import { createSerialWriter } from '../../l1/follow.ts'
import type { PoolLimits } from '../../sequencer/mempool/limits.ts'
import { createBackend, createEvents, createSyncNews, type FollowState } from './backend.ts'
import type { ConnectL1 } from './connectL1.ts'
import { openFollowing } from './following.ts'
import { offerTx } from './gossipTx.ts'
import { type NetworkOptions, openPeering, type Peering } from './peering.ts'
import { openPool } from './pool.ts'
import type { Role, RoleContext } from './role.ts'
import { together } from './together.ts'

export type FollowerRoleOptions = {
  readonly l1: ConnectL1
  readonly poolLimits: PoolLimits
  readonly network: NetworkOptions
}

/**
 * A node that makes no blocks: it derives the chain from L1, hears of newer blocks from peers, checks all of them, and
 * serves them. Transactions wait in its pool and go to the sequencer over the network. Validators and replicas are this;
 * a validator signs what it has checked.
 */
export async function startFollowerRole(outer: RoleContext, options: FollowerRoleOptions): Promise<Role> {
  const { chain, metrics, log, spec } = outer
  const { network } = options
  const stop = new AbortController()
  const context = { ...outer, signal: AbortSignal.any([outer.signal, stop.signal]) }
  const events = createEvents()
  const pool = openPool(context, { limits: options.poolLimits, events })
  const { mempool } = pool
  let peering: Peering | undefined
  let syncNews: (() => void) | undefined
  let head = chain.heads().unsafe

  const writer = createSerialWriter(({ dropped, droppedTxs }) => {
    const { unsafe } = chain.heads()
    if (unsafe.number > head.number) metrics.add('openledger_blocks_total', Number(unsafe.number - head.number))
    if (unsafe.hash !== head.hash) {
      head = unsafe
      mempool.onHead({ dropped: droppedTxs })
      pool.maintain()
    }
    events.send({ kind: 'heads', heads: chain.heads(), dropped })
    peering?.changed()
    syncNews?.()
  })
  try {
    const following = await openFollowing(context, options.l1, writer, {
      morePlaces: async (hash, isRight) => peering?.blob(hash, isRight),
      keepFrom: () => peering?.keepFrom() ?? 0n,
    })
    try {
      const joined = await openPeering(context, following, network, {
        writer,
        isSequencer: false,
        offer: (raw, sender) => offerTx(mempool, raw, sender),
        locals: mempool.locals,
        disputed: (dispute) => events.send({ kind: 'disputed', dispute }),
      })
      peering = joined
      const follow: FollowState = {
        status: following.state.status,
        syncing: () => joined.syncing() ?? following.state.syncing(),
      }
      syncNews = createSyncNews(events, follow)
      const isAlone = network.connect === undefined
      log.info({ chain: spec.name, attests: network.attestKey?.address, isAlone }, 'following')
      const closed = together([following.run(), joined.run()], stop)
      return {
        backend: createBackend({
          mempool,
          sequencer: { wake: () => undefined, settled: async () => undefined },
          events,
          dev: undefined,
          follow,
          peers: joined.backend,
          accepted: (txs) => {
            for (const { raw } of txs) joined.sendTx(raw)
          },
        }),
        trouble: () => undefined,
        l1: following.health,
        network: joined.status,
        collect: (gauges) => {
          following.collect(gauges)
          joined.collect(gauges)
        },
        closed: closed.finally(pool.close),
      }
    } catch (error) {
      stop.abort()
      await following.close()
      throw error
    }
  } catch (error) {
    pool.close()
    throw error
  }
}
