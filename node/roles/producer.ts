import { assertBooks } from '../../attribution/native/books.ts'
import type { Block } from '../../core/block.ts'
import type { L1 } from '../../core/ports/l1.ts'
import type { ChainChange } from '../../l1/follow/types.ts'
import type { Backend } from '../../rpc/backend.ts'
import type { PoolLimits } from '../../sequencer/mempool/limits.ts'
import type { Mempool } from '../../sequencer/mempool/mempool.ts'
import type { Sealed } from '../../sequencer/production/seal.ts'
import type { Mode } from '../../sequencer/production/trigger.ts'
import { type Sequencer, type SequencerConfig, startSequencer } from '../../sequencer/sequencer.ts'
import type { Backpressure } from '../../sequencer/throttle.ts'
import { buildBlock } from '../../state/build.ts'
import type { Labels } from '../../state/chain.ts'
import { nextBaseFee } from '../../state/fees.ts'
import { verifyBlock } from '../../state/verify.ts'
import { createDevBackend } from '../dev/controls.ts'
import { createBlockPrinter } from '../devnet/printer.ts'
import type { Metrics } from '../metrics/registry.ts'
import { createBackend, createEvents, createSyncNews, type Events, type FollowState } from './backend.ts'
import { chainHead } from './chainHead.ts'
import { openPool } from './pool.ts'
import { rewindChain } from './rewind.ts'
import type { RoleContext } from './role.ts'

/** How blocks are made, beside what every role has. */
export type ProducerOptions = RoleContext & {
  readonly l1: L1
  readonly poolLimits: PoolLimits
  readonly mode: Mode
  readonly config: SequencerConfig
  /** The labels that move with block `number`; none on a chain whose labels L1 moves. */
  readonly labels?: (number: bigint) => Labels
  /** Chains with an L1: how far it was followed, and what the part that is not on L1 yet asks for. */
  readonly follow?: FollowState
  readonly pressure?: () => Backpressure
  /** Who hears of blocks; the producer's own unless given. */
  readonly events?: Events
  /** A node in the network only. */
  readonly peers?: Pick<Backend, 'net' | 'claims'> | undefined
  /** A block was made, and is on disk. */
  readonly sealed?: (block: Block) => void
  /** Prints the lines of a development chain. */
  readonly print?: ((text: string) => void) | undefined
}

/** Block production on an open chain. */
export type Producer = Pick<Sequencer, 'exclusive' | 'wake'> & {
  readonly backend: Backend
  /** Why blocks are not made at present, as a code. */
  readonly trouble: () => string | undefined
  readonly collect: (metrics: Metrics<'chain'>) => void
  /** Transactions that others sent over the network. */
  readonly mempool: Mempool
  /** Somebody else changed the chain, within `exclusive`: pool and listeners follow it. */
  changed(change: ChainChange): void
  /** Resolves when the signal has aborted and the last block is on disk; rejects when production cannot go on. */
  readonly closed: Promise<void>
}

/** Starts block production: pool, journal, sequencer and the backend that RPC talks to. */
export function startProducer(options: ProducerOptions): Producer {
  const { spec, rules, chain, engine, log, metrics, print, labels = () => ({}), events = createEvents() } = options
  const pool = openPool(options, { limits: options.poolLimits, events })
  const { mempool } = pool
  const printer = print === undefined ? undefined : createBlockPrinter(print)
  const readHead = () => chainHead(chain.block(chain.heads().unsafe.hash)!, spec)
  const syncNews = options.follow && createSyncNews(events, options.follow)
  let head = readHead()

  function onSealed({ built, userTxs, ms }: Sealed, reason: string): void {
    const { block, receipts } = built
    options.sealed?.(block)
    events.send({ kind: 'heads', heads: chain.heads(), dropped: [] })
    pool.maintain()
    metrics.add('openledger_blocks_total')
    metrics.add('openledger_block_transactions_total', block.transactions.length)
    metrics.add('openledger_block_gas_total', Number(block.header.gasUsed))
    metrics.observe('openledger_block_build_seconds', ms.build / 1000)
    metrics.observe('openledger_block_verify_seconds', ms.verify / 1000)
    metrics.observe('openledger_block_commit_seconds', ms.append / 1000)
    const { number, gasUsed } = block.header
    const elapsedMs = ms.build + ms.verify + ms.append
    if (printer === undefined) {
      log.info({ number, hash: block.hash, txs: userTxs, gas: gasUsed, ms: elapsedMs, reason }, 'block sealed')
    } else printer.block(block, receipts, elapsedMs)
  }

  const sequencer = startSequencer({
    head: () => head,
    mempool,
    l1: options.l1,
    clock: options.clock,
    build: (request) =>
      buildBlock({ ...request, engine, rules, state: chain.state(), readNode: chain.reader.readNode }),
    verify: (built, inputs) =>
      verifyBlock({
        block: built.block,
        parent: chain.header(),
        state: chain.state(),
        readNode: chain.reader.readNode,
        parentOrigin: head.origin,
        inputs,
        engine,
        rules,
      }),
    append: async (built) => {
      await chain.append(built, labels(built.block.header.number))
      head = chainHead(built.block, spec)
      // Development chains look after every block whether the protocol still has the money that it counts.
      if (spec.impersonation) assertBooks(chain.state())
    },
    baseFee: nextBaseFee,
    rules,
    config: options.config,
    ...(options.pressure && { pressure: options.pressure }),
    mode: options.mode,
    signal: options.signal,
    log,
    onSealed,
  })

  const rewind = async (number: bigint): Promise<void> => {
    const dropped = await rewindChain(chain, number)
    head = readHead()
    events.send({ kind: 'heads', heads: chain.heads(), dropped })
  }
  const dev = spec.impersonation
    ? createDevBackend({ sequencer, mempool, head: () => chain.heads().unsafe, state: () => chain.state(), rewind })
    : undefined

  return {
    backend: createBackend({
      mempool,
      sequencer,
      events,
      dev,
      peers: options.peers,
      ...(options.follow && { follow: options.follow }),
    }),
    mempool,
    exclusive: sequencer.exclusive,
    wake: sequencer.wake,
    trouble: sequencer.trouble,
    collect: (gauges) => {
      const { pending, queued } = mempool.status()
      gauges.set('openledger_pool_transactions', pending, { queue: 'pending' })
      gauges.set('openledger_pool_transactions', queued, { queue: 'queued' })
    },
    changed: ({ dropped, droppedTxs }) => {
      const now = chain.heads().unsafe
      // The labels alone moved: the pool has nothing to look at.
      if (now.hash !== head.hash) {
        head = readHead()
        mempool.onHead({ dropped: droppedTxs })
      }
      events.send({ kind: 'heads', heads: chain.heads(), dropped })
      syncNews?.()
    },
    closed: sequencer.closed.finally(() => {
      printer?.flush()
      pool.close()
    }),
  }
}
