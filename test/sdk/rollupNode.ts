import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type Hash, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { Sign } from '../../core/ports/sign.ts'
import { systemClock } from '../../core/ports/systemClock.ts'
import { sign } from '../../core/secp256k1.ts'
import { type DevAccount, devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { openL1Client } from '../../l1/client/client.ts'
import { deployRollup } from '../../l1/deploy/deploy.ts'
import { type ChainChange, openFollower } from '../../l1/follow.ts'
import { openKzg } from '../../l1/kzg/kzg.ts'
import { createL1Store } from '../../l1/store/records.ts'
import { dataDir } from '../../node/data/dir.ts'
import { silentLogger } from '../../node/log/logger.ts'
import { createMetrics } from '../../node/metrics/registry.ts'
import { precompilesOf } from '../../node/precompiles.ts'
import { openCore } from '../../node/roles/core.ts'
import { type Producer, startProducer } from '../../node/roles/producer.ts'
import { createCallsHere } from '../../rpc/calls/calls.ts'
import { devLimits } from '../../rpc/limits.ts'
import { namespaces } from '../../rpc/method.ts'
import { startRpc } from '../../rpc/start.ts'
import { startBatcher } from '../../sequencer/batcher/start.ts'
import { defaultBatcherConfig } from '../../sequencer/batcher/types.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { startProposer } from '../../sequencer/proposer/proposer.ts'
import { defaultSenderLimits } from '../../sequencer/sender/limits.ts'
import { openSender } from '../../sequencer/sender/sender.ts'
import { defaultSequencerConfig } from '../../sequencer/sequencer.ts'
import type { Chain } from '../../state/chain.ts'
import { openState } from '../../state/reader.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { startAnvil } from '../l1/anvil.ts'

/** A rollup with everything but processes of its own: anvil, contracts, and one node that makes, posts and proposes. */
export type RollupNode = {
  readonly url: string
  readonly l1Url: string
  readonly spec: ChainSpec
  readonly chain: Chain
  readonly errors: unknown[]
  close(): Promise<void>
}

const accounts = devAccounts(devMnemonic, 10)
const ether = 10n ** 18n

export async function startRollupNode(): Promise<RollupNode> {
  const anvil = await startAnvil(['--block-time', '1'])
  const stop = new AbortController()
  const closing: (() => Promise<unknown>)[] = [() => anvil.stop()]
  const close = async () => {
    stop.abort()
    for (const end of closing.reverse()) await end()
  }
  try {
    const [deployer, batcher, proposer] = [accounts[9]!, accounts[8]!, accounts[7]!]
    const file = await deployRollup({
      rpcUrl: anvil.url,
      deployerKey: deployer.privateKey,
      spec: loadSpec('devnet'),
      options: {
        batcher: batcher.address,
        proposer: proposer.address,
        submissionIntervalSec: 1n,
        finalizationPeriodSec: 1n,
        openAccounts: new Map(accounts.map(({ address }) => [address, 1_000n * ether])),
        originDepth: 0n,
      },
    })
    const spec = parseSpec(file)
    const { rollup } = spec.l1
    assert(rollup !== undefined)

    const kzg = openKzg()
    closing.push(async () => kzg.close())
    const surroundings = { clock: systemClock, random: Math.random, log: silentLogger, signal: stop.signal }
    const l1 = await openL1Client({ rpcUrls: [anvil.url], beaconUrls: [], spec: spec.l1, kzg, ...surroundings })
    const core = await openCore(createMemoryKv(), spec, silentLogger)
    const { chain, rules, engine } = core
    closing.push(() => chain.close())

    let producer: Producer | undefined
    const follower = await openFollower({
      source: l1.source,
      chain,
      engine,
      rules,
      spec,
      clock: systemClock,
      log: silentLogger,
      writer: {
        exclusive: (task) => (producer === undefined ? task() : producer.exclusive(task)),
        changed: (change: ChainChange) => producer?.changed(change),
      },
    })
    producer = startProducer({
      ...surroundings,
      spec,
      rules,
      chain,
      engine,
      dir: dataDir('.', false),
      metrics: createMetrics('chain', () => {}),
      l1: follower.l1,
      poolLimits: devPoolLimits,
      mode: { demand: true, automine: false, intervalMs: 0 },
      config: { ...defaultSequencerConfig, heartbeatMs: 2_000 },
    })
    const following = follower.run(stop.signal, 200)
    const senderOf = (account: DevAccount) =>
      openSender({
        wallet: l1.wallet,
        sign: signer(account),
        l1ChainId: spec.l1.chainId,
        sidecars: rollup.sidecars,
        journalPath: undefined,
        clock: systemClock,
        log: silentLogger,
        limits: defaultSenderLimits,
      })
    const posting = startBatcher({
      ...surroundings,
      chain,
      follower,
      sender: await senderOf(batcher),
      kzg,
      rollup,
      rules,
      wallet: l1.wallet,
      config: { ...defaultBatcherConfig, maxDelayMs: 500, pollMs: 200, carrier: 'calldata' },
    })
    const proposing = startProposer({
      ...surroundings,
      chain,
      follower,
      sender: await senderOf(proposer),
      outputOracle: rollup.outputOracle,
      wallet: l1.wallet,
      config: { proposeAt: 'safe', pollMs: 200 },
    })
    closing.push(() => Promise.allSettled([following, producer.closed, posting.closed, proposing.closed]))

    const errors: unknown[] = []
    const store = createL1Store(chain.kv)
    const precompiles = precompilesOf(spec)
    const rpc = await startRpc({
      host: '127.0.0.1',
      port: 0,
      rules,
      instanceId: keccakHash(randomBytes(32)) as Hash,
      clientVersion: 'OpenLedger/v0.0.0-test/linux-x64/node24',
      backend: producer.backend,
      reader: chain.reader,
      calls: createCallsHere({
        openState: (root) => openState(chain.reader.readNode, chain.reader.readCode, root),
        engine,
        natives: new Set(precompiles.keys()),
        close: async () => {},
      }),
      namespaces,
      limits: devLimits,
      rollup: { spec, contracts: rollup, tip: store.newest, record: store.record, batches: async () => [] },
      onError: (thrown) => errors.push(thrown),
    })
    closing.push(() => rpc.close())
    return { url: `http://127.0.0.1:${rpc.port}`, l1Url: anvil.url, spec, chain, errors, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function signer({ address, privateKey }: DevAccount): Sign {
  return { address, sign: async (digest) => sign(hexToBytes(digest), privateKey) }
}
