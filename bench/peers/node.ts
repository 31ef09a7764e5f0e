import { BroadcastChannel } from 'node:worker_threads'
import type { Block } from '../../core/block.ts'
import { assert } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import type { StartNet } from '../../core/ports/net.ts'
import { systemClock } from '../../core/ports/systemClock.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { createDataDir } from '../../node/data/dir.ts'
import { signerOf } from '../../node/keys/signer.ts'
import { connectL1 } from '../../node/roles/connectL1.ts'
import { openCore } from '../../node/roles/core.ts'
import { startFollowerRole } from '../../node/roles/follower.ts'
import type { Role, RoleContext } from '../../node/roles/role.ts'
import { startSequencerRole } from '../../node/roles/sequencer.ts'
import { createIdentity } from '../../p2p/host/identity.ts'
import { openNet } from '../../p2p/thread/openNet.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import type { Chain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { type NetTold, netChannel } from './netWorker.ts'
import { serveTasks } from './process.ts'
import { sharedMs } from './stats.ts'
import { benchKeys, transfer } from './transfers.ts'

// A node of production code in a process of its own, which notes when each block gets to where.

/** Moments of one block at one node, on the clock that all processes share; the last ones if there were several. */
export type Moments = {
  /** Execution began: at the sequencer the second one, which checks the block. */
  executing?: number
  executed?: number
  /** On disk. */
  committed?: number
  /** Sequencer: the seal is on disk, and the message goes out. */
  published?: number
  messageBytes?: number
  /** Follower: the message was there, the gate took so long, and the chain thread was asked. */
  arrived?: number
  gateMs?: number
  asked?: number
}

export type NodeOptions = {
  readonly role: 'sequencer' | 'follower'
  readonly dir: string
  /** Content of the chain spec file. */
  readonly spec: unknown
  readonly l1Url: string
  readonly sealKey: Uint8Array
  /** Multiaddrs. */
  readonly peers: readonly string[]
}

export type Memory = { readonly rssMiB: number; readonly heapMiB: number; readonly netHeapMiB: number }

/** Until everybody has what was gossiped, within what peers take of one peer: 500 a second. */
const gossipMs = 2_000
const mebibyte = 1_048_576
const moments = new Map<number, Moments>()
const at = (number: number | bigint): Moments => {
  const found = moments.get(Number(number)) ?? {}
  moments.set(Number(number), found)
  return found
}
let node:
  | {
      readonly chain: Chain
      readonly role: Role
      readonly spec: ChainSpec
      peers(): Promise<number>
      publishTx(raw: Uint8Array): void
    }
  | undefined
let waiting: TxEnvelope<SignedTx>[][] = []

const channel = new BroadcastChannel(netChannel)
let heardHeap: (bytes: number) => void = () => {}
channel.onmessage = (event: unknown) => {
  const { data: told } = event as { readonly data: NetTold }
  if (told === undefined || typeof told !== 'object') return
  if (told.kind === 'heap') return heardHeap(told.bytes)
  // Copies that come later are of no interest.
  const block = at(told.number)
  block.arrived ??= told.atMs
  block.gateMs ??= told.gateMs
}
channel.unref()

const tasks = {
  /** Starts the node; resolves to its multiaddrs. */
  async open({ role, dir: path, spec: file, l1Url, sealKey, peers }: NodeOptions): Promise<readonly string[]> {
    const spec = parseSpec(file)
    const dir = { ...createDataDir(path), isKept: false }
    const log = { error: console.error, warn: () => {}, info: () => {}, debug: () => {}, trace: () => {} }
    const kv = await openLevelKv(dir.chain)
    const { chain, engine, rules, genesis } = await openCore(kv, spec, log)
    const none = () => undefined
    const context: RoleContext = {
      ...{ spec, rules, dir, log, chain: timedChain(chain), engine: timedEngine(engine), clock: systemClock },
      random: Math.random,
      metrics: { add: none, set: none, observe: none, snapshot: async () => [] },
      signal: new AbortController().signal,
    }
    const { rollup } = spec.l1
    assert(rollup !== undefined, 'the chain has contracts on L1')
    let addresses: readonly string[] = []
    let countPeers = async () => 0
    let publishTx = (_: Uint8Array): void => {}
    const connect = (): StartNet => async (listener, view) => {
      const { maxBlockBytes } = rules
      const net = await openNet({
        chainId: spec.chainId,
        genesis: genesis.hash,
        rules: { maxBlockBytes, maxTxBytes: devPoolLimits.maxTxBytes },
        attestationDomain: {
          l1ChainId: spec.l1.chainId,
          registry: rollup.validatorRegistry,
          chainId: spec.chainId,
        },
        ...{ persistent: peers, bootnodes: [], allow: [], deny: [] },
        host: {
          privateKey: createIdentity(),
          listen: ['/ip4/127.0.0.1/tcp/0'],
          announce: [],
          ...{ mdns: false, dht: false, maxPeers: 60, agent: 'bench' },
          // All of them come from one address.
          limits: { inboundPerSec: 1_000, maxPending: 100 },
        },
        chainDir: dir.chain,
        logLevel: 'error',
        ...{ log, clock: systemClock },
        worker: new URL('./netWorker.ts', import.meta.url),
      })(
        {
          ...listener,
          block(block) {
            at(block.number).asked ??= sharedMs()
            return listener.block(block)
          },
        },
        view,
      )
      addresses = (await net.info()).addresses
      publishTx = (raw) => net.publish('txs', raw)
      countPeers = async () => (await net.info()).peers
      return {
        ...net,
        publish(topic, data) {
          if (topic === 'blocks') {
            const block = at(chain.heads().unsafe.number)
            block.published ??= sharedMs()
            block.messageBytes = data.length
          }
          net.publish(topic, data)
        },
      }
    }
    const l1 = connectL1({ rpc: [l1Url], beacon: [l1Url] })
    const common = { l1, poolLimits: devPoolLimits }
    const network = { connect, attestKey: undefined, catchUp: 'peers' } as const
    const config = { blockIntervalMs: 1_000, heartbeatMs: 60_000, buildMs: 10_000 }
    const started =
      role === 'sequencer'
        ? await startSequencerRole(context, {
            ...{ ...common, config, batcher: undefined, proposer: undefined },
            network: { ...network, sealKey: signerOf(sealKey) },
          })
        : await startFollowerRole(context, { ...common, network: { ...network, sealKey: undefined } })
    started.closed.catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
    node = { chain, role: started, spec, peers: countPeers, publishTx }
    return addresses
  },

  /** Signs transfers for so many blocks: one of each account in each. */
  async prepare({ blocks, accounts }: { readonly blocks: number; readonly accounts: number }): Promise<void> {
    const keys = benchKeys(accounts)
    waiting = Array.from({ length: blocks }, (_, index) => keys.map((key) => transfer(key, BigInt(index))))
  },

  /** Takes the next transfers, gossiped before if wanted; resolves to the hash of the last one. */
  async submit({ gossip }: { readonly gossip: boolean }): Promise<Hash> {
    assert(node !== undefined, 'the node is open')
    const txs = waiting.shift() ?? []
    if (gossip) {
      for (const { raw } of txs) node.publishTx(raw)
      await systemClock.sleep(gossipMs, new AbortController().signal)
    }
    const answers = await node.role.backend.submit(txs)
    const refused = answers.find((answer) => answer !== undefined)
    if (refused !== undefined) throw new Error(`a transfer was refused: ${refused.reject}`)
    return txs.at(-1)!.hash
  },

  /** Waits for the block with this transfer; resolves to its number. `size`: it must have so many. */
  async block({ last, size }: { readonly last: Hash; readonly size: number }): Promise<number> {
    assert(node !== undefined, 'the node is open')
    const { chain } = node
    for (;;) {
      const { hash, number } = chain.heads().unsafe
      const { transactions }: Pick<Block, 'transactions'> = chain.block(hash) ?? { transactions: [] }
      if (transactions.some((tx) => tx.hash === last)) {
        if (transactions.length <= size) throw new Error(`a block of ${transactions.length - 1} transfers`)
        return Number(number)
      }
      await systemClock.sleep(10, new AbortController().signal)
    }
  },

  /** Waits until a block is the head. */
  async reached({ number, patienceMs }: { readonly number: number; readonly patienceMs: number }): Promise<boolean> {
    for (const until = sharedMs() + patienceMs; sharedMs() < until; ) {
      if ((node?.chain.heads().unsafe.number ?? 0n) >= BigInt(number)) return true
      await systemClock.sleep(10, new AbortController().signal)
    }
    return false
  },

  /** Resident memory in MiB. */
  rss: async (): Promise<number> => process.memoryUsage.rss() / mebibyte,
  peers: async (): Promise<number> => (await node?.peers()) ?? 0,
  head: async (): Promise<number> => Number(node?.chain.heads().unsafe.number ?? 0n),
  moments: async (): Promise<ReadonlyMap<number, Moments>> => moments,

  /** After a garbage collection in both threads, if the process was started with --expose-gc. */
  async memory(): Promise<Memory> {
    const heap = new Promise<number>((resolve) => {
      heardHeap = resolve
    })
    channel.postMessage('heap')
    const netHeap = await heap
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    return { rssMiB: rss / mebibyte, heapMiB: heapUsed / mebibyte, netHeapMiB: netHeap / mebibyte }
  },
}

export type NodeTasks = typeof tasks

function timedChain(chain: Chain): Chain {
  return {
    ...chain,
    async append(sealed, labels, ops) {
      const block = at(sealed.block.header.number)
      block.executed = sharedMs()
      await chain.append(sealed, labels, ops)
      block.committed = sharedMs()
    },
  }
}

function timedEngine(engine: Engine): Engine {
  return {
    openBlock(world, env) {
      at(env.number).executing = sharedMs()
      return engine.openBlock(world, env)
    },
  }
}

serveTasks(tasks)
