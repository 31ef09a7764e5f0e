import { openEnvelope } from '../../core/txEnvelope.ts'
import { openJournal } from '../../sequencer/journal/journal.ts'
import type { PoolLimits } from '../../sequencer/mempool/limits.ts'
import { createMempool, type Mempool } from '../../sequencer/mempool/mempool.ts'
import type { Events } from './backend.ts'
import type { RoleContext } from './role.ts'

/** The transactions that wait, with the journal that keeps local ones over a restart. */
export type Pool = {
  readonly mempool: Mempool
  /** To be called after each block: keeps the journal as short as the pool. */
  maintain(): void
  close(): void
}

/** A pool over the chain's head, filled from the journal of the data folder if that is kept. */
export function openPool(
  { chain, clock, dir, log, rules }: Pick<RoleContext, 'chain' | 'clock' | 'dir' | 'log' | 'rules'>,
  { limits, events }: { readonly limits: PoolLimits; readonly events: Events },
): Pool {
  const nowMs = () => clock.nowMs()
  const mempool = createMempool({
    limits,
    rules,
    head: () => ({ header: chain.header(), state: chain.state() }),
    nowMs,
    onPending: (txs) => {
      if (events.wantsPending()) events.send({ kind: 'pending', txs })
    },
    onLocal: (tx) => journal?.add(tx),
  })
  let journal: ReturnType<typeof openJournal>['journal'] | undefined
  if (dir.isKept) {
    const opened = openJournal({
      path: dir.journal,
      open: (raw) => openEnvelope(raw, { impersonation: rules.impersonation }),
      restore: (tx) => mempool.add(tx, { local: true }),
      maxTxBytes: limits.maxTxBytes,
      nowMs,
      log,
    })
    journal = opened.journal
    const { restored, refused, damaged } = opened
    if (restored + refused + damaged > 0) log.info({ restored, refused, damaged }, 'transaction journal read')
  }
  return {
    mempool,
    maintain: () => journal?.maintain(mempool.localCount(), () => mempool.locals()),
    close: () => journal?.close(),
  }
}
