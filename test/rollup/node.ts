import assert from 'node:assert/strict'
import type { Hash } from '../../core/hex.ts'
import type { Kv } from '../../core/ports/kv.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { rulesOf } from '../../genesis/spec.ts'
import { extractL1 } from '../../l1/extract/extract.ts'
import {
  createSerialWriter,
  type Follower,
  type FollowOptions,
  type FollowWriter,
  openFollower,
} from '../../l1/follow.ts'
import { precompilesOf } from '../../node/precompiles.ts'
import { chainHead } from '../../node/roles/chainHead.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { createMempool, type Mempool } from '../../sequencer/mempool/mempool.ts'
import type { Mode } from '../../sequencer/production/trigger.ts'
import { type Sequencer, startSequencer } from '../../sequencer/sequencer.ts'
import { backpressure } from '../../sequencer/throttle.ts'
import { buildBlock } from '../../state/build.ts'
import { type Chain, type GenesisBlock, openChain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { nextBaseFee } from '../../state/fees.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { verifyBlock } from '../../state/verify.ts'
import { createFaults, type L1Faults, sourceOf } from './l1/ports.ts'
import type { L1View, SimL1 } from './l1/simL1.ts'

/** What a node of the tests is opened with. */
export type NodeOptions = {
  readonly l1: L1View & Pick<SimL1, 'clock'>
  readonly spec: ChainSpec
  readonly genesis: GenesisBlock
  /** The database; a new one unless given. */
  readonly kv?: Kv
  readonly faults?: L1Faults
  readonly morePlaces?: FollowOptions['morePlaces']
  readonly keepFrom?: FollowOptions['keepFrom']
}

/** What every role has: a chain in a database of its own, and a follower. */
export type TestNode = {
  readonly kv: Kv
  readonly chain: Chain
  readonly engine: Engine
  readonly follower: Follower
  readonly faults: L1Faults
  /** Warnings so far, as codes or texts. */
  readonly warnings: string[]
  /** Steps until there is nothing to do, or L1 does not give what is needed. */
  sync(): Promise<'idle' | 'stalled'>
  /** Stops it; the database stays. */
  stop(): Promise<void>
}

const bound = 10_000

async function openNode(options: NodeOptions, writer: FollowWriter) {
  const { l1, spec, genesis, kv = createMemoryKv(), faults = createFaults() } = options
  const rules = rulesOf(spec)
  const chain = await openChain({ kv, genesis, rules })
  const engine = await createEthereumjsEngine({
    rules,
    precompiles: precompilesOf(spec),
    blockHash: chain.reader.hashByNumber,
  })
  const rollup = spec.l1.rollup
  assert(rollup !== undefined)
  const warnings: string[] = []
  const log = {
    info: () => {},
    warn: (fields: object, text: string) => {
      warnings.push('code' in fields ? String(fields.code) : text)
    },
  }
  const source = sourceOf(l1, (raw) => extractL1(raw, rollup), faults)
  const follower = await openFollower({
    source,
    chain,
    engine,
    rules,
    spec,
    clock: l1.clock,
    log,
    writer,
    random: () => 0.5,
    morePlaces: options.morePlaces,
    keepFrom: options.keepFrom,
  })
  async function sync(): Promise<'idle' | 'stalled'> {
    for (let steps = 0; steps < bound; steps++) {
      const before = chain.heads()
      const result = await follower.step()
      const { unsafe, safe, finalized } = chain.heads()
      assert(finalized.number >= before.finalized.number, 'finalized never goes back')
      assert(finalized.number <= safe.number && safe.number <= unsafe.number, 'labels are in order')
      if (result === 'idle' || result === 'stalled') return result
    }
    throw new Error('the follower never comes to rest')
  }
  return { kv, chain, engine, rules, follower, faults, warnings, log, source, sync }
}

/** A node that knows the chain from L1 alone. */
export async function openValidator(options: NodeOptions): Promise<TestNode> {
  const { chain, ...node } = await openNode(options, createSerialWriter())
  return { ...node, chain, stop: () => chain.close() }
}

export type SequencerNode = TestNode & {
  readonly sequencer: Sequencer
  readonly mempool: Mempool
  /** Seals so many blocks (1), a second apart at least. */
  seal(count?: number): Promise<void>
  /** Gives a transaction to the pool; it must take it. */
  submit(tx: TxEnvelope<SignedTx>): Hash
}

/** A node that makes blocks when it is told to, or by itself in the given mode. */
export async function openSequencer(options: NodeOptions & { readonly mode?: Mode }): Promise<SequencerNode> {
  const { l1, spec, mode = { demand: false, automine: false, intervalMs: 0 } } = options
  const stopping = new AbortController()
  let sequencer: Sequencer | undefined
  let refresh: FollowWriter['changed'] = () => {}
  const node = await openNode(options, {
    exclusive: (task) => (sequencer === undefined ? task() : sequencer.exclusive(task)),
    changed: (change) => refresh(change),
  })
  const { chain, engine, rules, log } = node
  const readHead = () => chainHead(chain.block(chain.heads().unsafe.hash)!, spec)
  let head = readHead()
  const mempool = createMempool({
    limits: devPoolLimits,
    rules,
    head: () => ({ header: chain.header(), state: chain.state() }),
    nowMs: l1.clock.nowMs,
    onPending: () => sequencer?.wake(),
  })
  refresh = ({ droppedTxs }) => {
    if (chain.heads().unsafe.hash === head.hash) return
    head = readHead()
    mempool.onHead({ dropped: droppedTxs })
  }
  const view = () => ({ state: chain.state(), readNode: chain.reader.readNode, engine, rules })
  sequencer = startSequencer({
    head: () => head,
    mempool,
    l1: node.follower.l1,
    clock: l1.clock,
    build: (request) => buildBlock({ ...request, ...view() }),
    verify: (built, inputs) =>
      verifyBlock({ ...view(), block: built.block, parent: chain.header(), parentOrigin: head.origin, inputs }),
    append: async (built) => {
      await chain.append(built)
      head = readHead()
    },
    baseFee: nextBaseFee,
    rules,
    pressure: () => {
      const { tip, status } = node.follower
      return backpressure({
        safeOrigin: tip().safe.origin.number,
        l1Head: status().l1Head?.number ?? tip().block.number,
        window: rules.sequencingWindow,
        backlogBytes: 0,
      })
    },
    config: { blockIntervalMs: 1_000, heartbeatMs: 60_000, buildMs: 1_000 },
    mode,
    signal: stopping.signal,
    log,
  })
  const running = sequencer
  // What ends it is seen by whoever asked for the block.
  running.closed.catch(() => {})
  return {
    ...node,
    sequencer,
    mempool,
    async seal(count = 1) {
      for (let sealed = 0; sealed < count; sealed++) {
        await running.mine()
        await l1.clock.advance(1_000)
      }
    },
    submit(tx) {
      assert.equal(mempool.add(tx, { local: true }), undefined, 'the pool takes it')
      return tx.hash
    },
    async stop() {
      stopping.abort()
      await running.closed.catch(() => {})
      await chain.close()
    },
  }
}
