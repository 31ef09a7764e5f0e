import { createSerialWriter } from '../../l1/follow.ts'
import type { Backend } from '../../rpc/backend.ts'
import { createEvents, createSyncNews, type Events, type FollowState } from './backend.ts'
import type { ConnectL1 } from './connectL1.ts'
import { openFollowing } from './following.ts'
import type { Role, RoleContext } from './role.ts'

/** A node that derives the chain from L1 and serves it: no pool, no blocks of its own. */
export async function startValidator(context: RoleContext, connect: ConnectL1): Promise<Role> {
  const { chain, metrics } = context
  const events = createEvents()
  let syncNews: (() => void) | undefined
  let head = chain.heads().unsafe.number
  const writer = createSerialWriter(({ dropped }) => {
    const { number } = chain.heads().unsafe
    if (number > head) metrics.add('openledger_blocks_total', Number(number - head))
    head = number
    events.send({ kind: 'heads', heads: chain.heads(), dropped })
    syncNews?.()
  })
  const following = await openFollowing(context, connect, writer)
  const { collect, state, health } = following
  syncNews = createSyncNews(events, state)
  return {
    backend: derivedBackend(events, state),
    trouble: () => undefined,
    l1: health,
    collect,
    closed: following.run(),
  }
}

/** The chain thread's side of RPC where no transactions wait: they are handed on before they get here. */
function derivedBackend(events: Events, follow: FollowState): Backend {
  return {
    submit: async (txs) => txs.map(() => ({ reject: 'pool_full' as const })),
    poolStatus: async () => ({ pending: 0, queued: 0 }),
    poolContent: async () => ({ pending: [], queued: [] }),
    poolTx: async () => undefined,
    poolNonce: async () => undefined,
    l1: async () => follow.status(),
    syncing: async () => follow.syncing(),
    settled: async () => undefined,
    listen: events.listen,
    watchPending: events.watchPending,
  }
}
