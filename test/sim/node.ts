import assert from 'node:assert/strict'
import type { Clock } from '../../core/ports/clock.ts'
import type { StartNet } from '../../core/ports/net.ts'
import type { Sign } from '../../core/ports/sign.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { Genesis } from '../../genesis/buildGenesis.ts'
import { type ChainSpec, rulesOf } from '../../genesis/spec.ts'
import { extractL1 } from '../../l1/extract/extract.ts'
import { createL1Store } from '../../l1/store/records.ts'
import { dataDir } from '../../node/data/dir.ts'
import type { LogLevel } from '../../node/log/logger.ts'
import { precompilesOf } from '../../node/precompiles.ts'
import type { ConnectL1 } from '../../node/roles/connectL1.ts'
import { startFollowerRole } from '../../node/roles/follower.ts'
import type { NetworkOptions } from '../../node/roles/peering.ts'
import type { Role, RoleContext } from '../../node/roles/role.ts'
import { startSequencerRole } from '../../node/roles/sequencer.ts'
import { blockAt } from '../../p2p/follow/serve.ts'
import { createHub } from '../../p2p/hub/hub.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { type Chain, openChain } from '../../state/chain.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import type { VirtualNet } from '../p2p/virtualNet.ts'
import { createFakeKzg, fakeCommitment, versionedHashOf } from '../rollup/l1/fakeKzg.ts'
import { createFaults, type L1Faults, sourceOf, walletOf } from '../rollup/l1/ports.ts'
import type { SimL1 } from '../rollup/l1/simL1.ts'
import type { Disk } from './disk.ts'

export type SimNodeOptions = {
  readonly name: string
  readonly role: 'sequencer' | 'validator' | 'replica'
  readonly disk: Disk
  readonly l1: SimL1
  readonly spec: ChainSpec
  readonly genesis: Genesis
  readonly net: VirtualNet
  readonly clock: Clock
  readonly random: () => number
  /** Names of the peers to stay connected with. */
  readonly peers: readonly string[]
  readonly sealKey?: Sign
  readonly attestKey?: Sign
  /** Everything that the node logs. */
  readonly hear: (level: LogLevel, fields: object, text: string) => void
}

/** A node of production code on a simulated machine. */
export type SimNode = {
  readonly name: string
  readonly chain: Chain
  readonly role: Role
  readonly faults: L1Faults
  submit(tx: TxEnvelope<SignedTx>): Promise<boolean>
  /** Why it ended by itself; undefined while it runs. */
  failure(): unknown
  /** As an operator stops it. */
  stop(): Promise<void>
  /** As a power cut does. */
  kill(): Promise<void>
}

export async function startSimNode(options: SimNodeOptions): Promise<SimNode> {
  const { name, l1, spec, genesis, net, clock, disk, random, hear } = options
  const rules = rulesOf(spec)
  const kv = disk.open()
  const chain = await openChain({ kv, genesis, rules })
  const blockHash = chain.reader.hashByNumber
  const engine = await createEthereumjsEngine({ rules, precompiles: precompilesOf(spec), blockHash })
  const faults = createFaults()
  const stopping = new AbortController()
  const { rollup } = spec.l1
  assert(rollup !== undefined)
  const log = {
    error: (fields: object, text: string) => hear('error', fields, text),
    warn: (fields: object, text: string) => hear('warn', fields, text),
    info: (fields: object, text: string) => hear('info', fields, text),
    debug: (fields: object, text: string) => hear('debug', fields, text),
    trace: () => undefined,
  }
  const none = () => undefined
  const metrics = { add: none, set: none, observe: none, snapshot: async () => [] }
  const dir = dataDir(`/nowhere/${name}`, false)
  const context: RoleContext = {
    ...{ spec, rules, chain, engine, clock, random, dir, log, metrics },
    signal: stopping.signal,
  }
  const connectL1: ConnectL1 = async () => ({
    source: {
      ...sourceOf(l1, (raw) => extractL1(raw, rollup), faults),
      isBlobOf: async (blob, hash) => versionedHashOf(fakeCommitment(blob)) === hash,
    },
    wallet: walletOf(l1, faults),
    kzg: createFakeKzg(),
  })
  const store = createL1Store(kv)
  const startNet: StartNet = (listener, view) =>
    createHub({
      startTransport: net.join(name),
      listener,
      view,
      reads: { blockAt: (number) => blockAt(kv, number), blob: store.blob },
      chainId: spec.chainId,
      genesis: genesis.hash,
      rules: { maxBlockBytes: rules.maxBlockBytes, maxTxBytes: devPoolLimits.maxTxBytes },
      attestationDomain: {
        l1ChainId: spec.l1.chainId,
        registry: rollup.validatorRegistry,
        chainId: spec.chainId,
      },
      persistent: options.peers.map(net.addressOf),
      bootnodes: [],
      allow: [],
      deny: [],
      clock,
      random,
      log,
      signal: stopping.signal,
    })
  const network: NetworkOptions = {
    connect: () => startNet,
    sealKey: options.sealKey,
    attestKey: options.attestKey,
    catchUp: 'peers',
  }
  const common = { l1: connectL1, poolLimits: devPoolLimits, network }
  const role =
    options.role === 'sequencer'
      ? await startSequencerRole(context, {
          ...common,
          config: { blockIntervalMs: 1_000, heartbeatMs: 10_000, buildMs: 1_000 },
          batcher: undefined,
          proposer: undefined,
        })
      : await startFollowerRole(context, common)
  let failure: unknown
  let isOver = false
  const closed = role.closed.catch((error: unknown) => {
    if (!isOver) failure = error
  })

  async function end(): Promise<void> {
    isOver = true
    stopping.abort()
    await closed
    await chain.close()
    await kv.close()
  }
  return {
    name,
    chain,
    role,
    faults,
    failure: () => failure,
    submit: async (tx) => (await role.backend.submit([tx]))[0] === undefined,
    stop: end,
    async kill() {
      disk.kill()
      net.crash(name)
      await end()
    },
  }
}
