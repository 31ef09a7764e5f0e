import assert from 'node:assert/strict'
import type { Address } from '../../core/hex.ts'
import { createManualClock, type ManualClock } from '../../core/ports/manualClock.ts'
import type { SystemConfig } from '../../core/rules.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { buildGenesis, type Genesis } from '../../genesis/buildGenesis.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import type { Batch } from '../../l1/batch/batch.ts'
import type { RawL1Block } from '../../l1/extract/raw.ts'
import type { Mode } from '../../sequencer/production/trigger.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { deployContracts } from './contracts.ts'
import { batchOf, type PostOptions, postOf } from './handBatcher.ts'
import type { Injected } from './l1/execute.ts'
import { configLogs, depositLog, type PortalDeposit } from './l1/logs.ts'
import { createSimL1, type MineOptions, type SimL1 } from './l1/simL1.ts'
import { type NodeOptions, openSequencer, openValidator, type SequencerNode, type TestNode } from './node.ts'
import { accounts, mockRollup, rollupSpec, users } from './spec.ts'
import { assertSupply } from './supply.ts'

const ether = 10n ** 18n
const gwei = 10n ** 9n
const startMs = 1_700_000_000_000

/** One chain on one simulated L1, and all nodes that a test opens on them. */
export type World = {
  readonly clock: ManualClock
  readonly l1: SimL1
  readonly spec: ChainSpec
  readonly genesis: Genesis
  openSequencer(options?: Partial<Parameters<typeof openSequencer>[0]>): Promise<SequencerNode>
  openValidator(options?: Partial<NodeOptions>): Promise<TestNode>
  /** The next L1 block, then every open node that is not faulty reads it. */
  mine(options?: MineOptions): Promise<{ readonly raw: RawL1Block }>
  mineMany(count: number, options?: MineOptions): Promise<void>
  sync(): Promise<void>
  /** So many seconds pass; blocks that fall due are made. */
  pass(seconds: number): Promise<void>
  deposit(deposit: PortalDeposit): void
  configure(changes: Parameters<typeof configLogs>[1]): void
  /** Posts these blocks of the sequencer's chain, or these batches, with the next L1 block. */
  post(batches: readonly Batch[], options?: PostOptions): void
  /** A transfer of user `index` with this nonce. */
  transfer(
    index: number,
    nonce: bigint,
    fields?: { to?: Address; value?: bigint; data?: Uint8Array; gas?: bigint },
  ): TxEnvelope<SignedTx>
  postOf(batches: readonly Batch[], options?: PostOptions): Injected
  /** The blocks of a node's chain, as batches. */
  batches(node: TestNode, from: bigint, to: bigint): readonly Batch[]
  /** Checks everything that must hold at the end of every test, and stops the nodes. */
  finish(options?: { readonly keepsFinality?: boolean }): Promise<void>
  /** Only stops the nodes: for tests that end with a halt. */
  abandon(): Promise<void>
}

export type WorldOptions = {
  readonly config?: Partial<SystemConfig>
  readonly limits?: Partial<ChainSpec['limits']>
  readonly spec?: Partial<ChainSpec>
  readonly firstNumber?: bigint
  /** True: the contracts are on L1; what is injected in their name then counts for nothing. */
  readonly contracts?: boolean
}

const known = new Map<string, Genesis>()

/** A new world. What it does follows from the calls alone. */
export async function createWorld({
  config = {},
  limits = {},
  spec: changes = {},
  firstNumber = 1_000n,
  contracts = false,
}: WorldOptions = {}): Promise<World> {
  const clock = createManualClock(startMs)
  const balances = new Map(accounts.map(({ address }) => [address, 1_000n * ether]))
  const l1 = await createSimL1({ clock, balances, firstNumber })
  const origin = l1.head().block
  const plain = rollupSpec(origin, changes)
  const template = {
    ...plain,
    systemConfig: { ...plain.systemConfig, ...config },
    limits: { ...plain.limits, ...limits },
  }
  const spec = contracts ? await deployContracts(l1, template) : template
  const key = JSON.stringify([origin.hash, config, limits, changes, contracts], (_, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  )
  const genesis = known.get(key) ?? buildGenesis(spec)
  known.set(key, genesis)
  const nodes = new Set<TestNode>()
  const base = { l1, spec, genesis }

  function track<T extends TestNode>(node: T): T {
    nodes.add(node)
    const stop = node.stop
    return Object.assign(node, {
      stop: async () => {
        nodes.delete(node)
        await stop()
      },
    })
  }

  async function sync(): Promise<void> {
    for (const node of nodes) await node.sync()
  }

  async function mine(options?: MineOptions): Promise<{ readonly raw: RawL1Block }> {
    const { block } = await l1.mine(options)
    await sync()
    return { raw: l1.raw(block.number)! }
  }

  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1_000)
      for (const node of nodes) if ('sequencer' in node) await (node as SequencerNode).sequencer.settled()
    }
  }

  async function abandon(): Promise<void> {
    for (const node of [...nodes]) await node.stop()
  }

  return {
    clock,
    l1,
    spec,
    genesis,
    openSequencer: async (options = {}) => track(await openSequencer({ ...base, ...options })),
    openValidator: async (options = {}) => track(await openValidator({ ...base, ...options })),
    mine,
    async mineMany(count, options) {
      for (let done = 0; done < count; done++) await mine(options)
    },
    sync,
    deposit: (deposit) =>
      l1.inject({ from: deposit.from, to: mockRollup.portal, logs: [depositLog(mockRollup.portal, deposit)] }),
    configure: (update) =>
      l1.inject({
        from: accounts[0]!.address,
        to: mockRollup.systemConfig,
        logs: configLogs(mockRollup.systemConfig, update),
      }),
    postOf,
    abandon,
    pass,
    post: (batches, options) => l1.inject(postOf(batches, options)),
    transfer(index, nonce, { to = users[0]!.address, value = 1n, data = new Uint8Array(0), gas = 100_000n } = {}) {
      const fees = { maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: gwei }
      const fields = { nonce, gas, to, value, data, accessList: [], ...fees }
      return signTx({ type: 2, chainId: spec.chainId, ...fields }, users[index]!.privateKey)
    },
    batches(node, from, to) {
      const found: Batch[] = []
      for (let number = from; number <= to; number++) {
        found.push(batchOf(node.chain.block(node.chain.reader.hashByNumber(number)!)!))
      }
      return found
    },
    async finish({ keepsFinality = false } = {}) {
      const fresh = track(await openValidator(base))
      assert.equal(await fresh.sync(), 'idle', 'L1 gives everything in the end')
      await sync()
      const wanted = fresh.chain.heads()
      for (const node of nodes) {
        const { safe, finalized } = node.chain.heads()
        assert.deepEqual(safe, wanted.safe, 'a fresh node derives the same')
        if (!keepsFinality) assert.deepEqual(finalized, wanted.finalized, 'a fresh node derives the same')
        assert.deepEqual((await verifyStore(node.kv)).findings, [], 'the database is whole')
        assertSupply(node.chain, l1, {
          portal: spec.l1.rollup!.portal,
          genesis: spec.totalSupply,
          origin: origin.number,
        })
      }
      await abandon()
    },
  }
}

export type Setup = World & { readonly sequencer: SequencerNode; readonly validator: TestNode }

/** A world with a sequencer and a validator in it. `mode`: of the sequencer. */
export async function setup({ mode, ...options }: WorldOptions & { readonly mode?: Mode } = {}): Promise<Setup> {
  const world = await createWorld(options)
  const sequencer = await world.openSequencer(mode === undefined ? {} : { mode })
  const validator = await world.openValidator()
  return { ...world, sequencer, validator }
}

/** The node's safe head has this number, and its block is the one of this height. */
export function safeAt({ chain }: TestNode, number: bigint): void {
  const { safe } = chain.heads()
  assert.equal(safe.number, number, 'safe head')
  assert.equal(chain.reader.hashByNumber(number), safe.hash)
}

/** The number of the L1 block that a block of the node's chain has as origin. */
export function originOfBlock({ chain }: TestNode, number: bigint): bigint {
  return batchOf(chain.block(chain.reader.hashByNumber(number)!)!).epochNumber
}
