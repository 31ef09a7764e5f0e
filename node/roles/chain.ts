import { assertBooks } from '../../attribution/native/books.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { L1 } from '../../core/ports/l1.ts'
import { openEnvelope } from '../../core/txEnvelope.ts'
import { type ChainSpec, rulesOf } from '../../genesis/spec.ts'
import type { Backend } from '../../rpc/backend.ts'
import { openJournal } from '../../sequencer/journal/journal.ts'
import type { PoolLimits } from '../../sequencer/mempool/limits.ts'
import { createMempool } from '../../sequencer/mempool/mempool.ts'
import type { Sealed } from '../../sequencer/production/seal.ts'
import type { Mode } from '../../sequencer/production/trigger.ts'
import { type SequencerConfig, startSequencer } from '../../sequencer/sequencer.ts'
import { buildBlock } from '../../state/build.ts'
import type { Chain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import { nextBaseFee } from '../../state/fees.ts'
import { verifyBlock } from '../../state/verify.ts'
import type { DataDir } from '../data/dir.ts'
import { createDevBackend } from '../dev/controls.ts'
import { createBlockPrinter } from '../devnet/printer.ts'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from '../metrics/registry.ts'
import { createBackend, createEvents } from './backend.ts'
import { chainHead } from './chainHead.ts'
import { depthLabels } from './depthLabels.ts'
import { rewindChain } from './rewind.ts'

export type ProducerOptions = {
  readonly spec: ChainSpec
  readonly chain: Chain
  readonly engine: Engine
  readonly l1: L1
  readonly clock: Clock
  readonly dir: DataDir
  readonly poolLimits: PoolLimits
  readonly mode: Mode
  readonly config: SequencerConfig
  readonly signal: AbortSignal
  readonly log: Logger
  readonly metrics: Metrics<'chain'>
  /** Prints the lines of a development chain. */
  readonly print: ((text: string) => void) | undefined
}

export type Producer = {
  readonly backend: Backend
  /** Why blocks are not made at present, if so. */
  readonly trouble: () => string | undefined
  readonly pool: () => { readonly pending: number; readonly queued: number }
  /** Resolves when the signal has aborted and the last block is on disk; rejects when production cannot go on. */
  readonly closed: Promise<void>
}

/** Block production on an open chain: pool, journal, sequencer and the backend that RPC talks to. */
export function startProducer(options: ProducerOptions): Producer {
  const { spec, chain, engine, l1, clock, dir, poolLimits, log, metrics, print } = options
  const rules = rulesOf(spec)
  const events = createEvents()
  const printer = print === undefined ? undefined : createBlockPrinter(print)
  const nowMs = () => clock.nowMs()
  let head = chainHead(chain.block(chain.heads().unsafe.hash)!, spec)

  const mempool = createMempool({
    limits: poolLimits,
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
      maxTxBytes: poolLimits.maxTxBytes,
      nowMs,
      log,
    })
    journal = opened.journal
    const { restored, refused, damaged } = opened
    if (restored + refused + damaged > 0) log.info({ restored, refused, damaged }, 'transaction journal read')
  }

  function onSealed({ built, userTxs, ms }: Sealed, reason: string): void {
    const { block, receipts } = built
    events.send({ kind: 'heads', heads: chain.heads(), dropped: [] })
    journal?.maintain(mempool.localCount(), () => mempool.locals())
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
    l1,
    clock,
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
      await chain.append(built, depthLabels(chain, built.block.header.number))
      head = chainHead(built.block, spec)
      // Development chains look after every block whether the protocol still has the money that it counts.
      if (spec.impersonation) assertBooks(chain.state())
    },
    baseFee: nextBaseFee,
    rules,
    config: options.config,
    mode: options.mode,
    signal: options.signal,
    log,
    onSealed,
  })

  const rewind = async (number: bigint): Promise<void> => {
    const dropped = await rewindChain(chain, number)
    head = chainHead(chain.block(chain.heads().unsafe.hash)!, spec)
    events.send({ kind: 'heads', heads: chain.heads(), dropped })
  }
  const dev = spec.impersonation
    ? createDevBackend({ sequencer, mempool, head: () => chain.heads().unsafe, state: () => chain.state(), rewind })
    : undefined

  return {
    backend: createBackend({ mempool, sequencer, events, dev }),
    trouble: sequencer.trouble,
    pool: () => mempool.status(),
    closed: sequencer.closed.finally(() => {
      printer?.flush()
      return journal?.close()
    }),
  }
}
