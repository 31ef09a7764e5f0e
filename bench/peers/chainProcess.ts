import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { assert } from '../../core/errors.ts'
import type { Net, NetListener, NetView } from '../../core/ports/net.ts'
import { systemClock } from '../../core/ports/systemClock.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { type ChainSpec, rulesOf } from '../../genesis/spec.ts'
import { createSerialWriter, openFollower } from '../../l1/follow.ts'
import type { L1BlockData, L1Source } from '../../l1/source.ts'
import { signerOf } from '../../node/keys/signer.ts'
import { openCore } from '../../node/roles/core.ts'
import { createBlockFollower } from '../../p2p/follow/follow.ts'
import { createIdentity } from '../../p2p/host/identity.ts'
import { openNet } from '../../p2p/thread/openNet.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { makeRollup, type Rollup } from '../derive/make.ts'
import { serveTasks } from './process.ts'
import { sharedMs } from './stats.ts'

// A process that makes a chain and serves it to peers, or one that joins late and gets it: from peers, from L1, or both.

export type Way = 'peers' | 'L1' | 'both'

export type Joined = {
  /** Until all blocks were executed and stored. */
  readonly seconds: number
  /** Of these until the first one: threads start, peers say where they are, L1 is asked. */
  readonly firstSec: number
  /** Seconds of the chain thread and all others in it, the net thread among them. */
  readonly cpuSec: number
  readonly peakMiB: number
}

const signKey = new Uint8Array(32).fill(7)
const log = { error: console.error, warn: console.error, info: () => {}, debug: () => {}, trace: () => {} }
const lookMs = 5
const patienceMs = 110_000

const tasks = {
  /** Makes a chain of so many blocks in the folder, with the L1 that has its batches beside it. */
  async make({
    folder,
    blocks,
    transfers,
  }: {
    readonly folder: string
    readonly blocks: number
    readonly transfers: number
  }) {
    const kv = await openLevelKv(join(folder, 'source'))
    const rollup = await makeRollup(blocks, transfers, { kv, sign: signerOf(signKey) })
    await writeFile(join(folder, 'rollup'), serialize(rollup))
    await kv.close()
  },

  /** Serves the chain as so many peers; resolves to their multiaddrs. */
  async serve({ folder, peers }: { readonly folder: string; readonly peers: number }): Promise<readonly string[]> {
    const { spec } = await readRollup(folder)
    const chainDir = join(folder, 'source')
    const kv = await openLevelKv(chainDir)
    const { chain, genesis } = await openCore(kv, spec, log)
    const view: NetView = { status: { genesis: genesis.hash, ...chain.heads() }, signers: [], validators: [] }
    const listener: NetListener = {
      block: async () => 'known',
      tx: async () => 'known',
      attestation: async () => 'known',
      status: () => {},
      gone: () => {},
    }
    const nets = await Promise.all(
      Array.from({ length: peers }, () => joinNet({ spec, chainDir, peers: [], listener, view })),
    )
    const infos = await Promise.all(nets.map((net) => net.info()))
    return infos.flatMap(({ addresses }) => addresses)
  },

  /** Gets the chain into a new database. */
  async join({
    folder,
    way,
    addresses,
    name,
  }: {
    readonly folder: string
    readonly way: Way
    readonly addresses: readonly string[]
    readonly name: string
  }): Promise<Joined> {
    const { spec, l1, blobs, head } = await readRollup(folder)
    const rules = rulesOf(spec)
    const chainDir = join(folder, name)
    const kv = await openLevelKv(chainDir)
    const { chain, engine, genesis } = await openCore(kv, spec, log)
    const stop = new AbortController()
    const { signal } = stop
    // Where blocks come from peers, L1 has no batches: what is derived from them is not measured with it.
    const source = sourceOf(spec, way === 'peers' ? l1.map((block) => ({ ...block, inbox: [] })) : l1, blobs)
    let net: Net | undefined
    const writer = createSerialWriter(() => following.poke())
    const common = { chain, engine, rules, spec, log, clock: systemClock, writer }
    const follower = await openFollower({ ...common, source })
    const following = createBlockFollower({
      ...common,
      ...{ origins: follower.origins, net: () => net, random: Math.random, signal, isSequencer: false },
      report: (finding) => {
        throw new Error(`found: ${finding.kind}`)
      },
    })
    if (way === 'peers') while ((await follower.step()) === 'folded');
    const [startMs, cpuStart] = [sharedMs(), process.cpuUsage()]
    const work: Promise<unknown>[] = []
    if (way !== 'L1') {
      const view: NetView = { status: { genesis: genesis.hash, ...chain.heads() }, signers: [], validators: [] }
      net = await joinNet({ spec, chainDir, peers: addresses, listener: { ...noTxs, ...following }, view })
      work.push(following.run())
    }
    if (way !== 'peers') work.push(follower.run(signal, 1_000))
    const failed = Promise.all(work).then(() => undefined)
    failed.catch(() => {})
    let firstMs: number | undefined
    while (chain.heads().unsafe.hash !== head) {
      if (chain.heads().unsafe.number > 0n) firstMs ??= sharedMs()
      assert(sharedMs() - startMs < patienceMs, `not in time: block ${chain.heads().unsafe.number}`)
      await Promise.race([systemClock.sleep(lookMs, signal), failed])
    }
    const seconds = (sharedMs() - startMs) / 1_000
    const firstSec = ((firstMs ?? startMs) - startMs) / 1_000
    const { user, system } = process.cpuUsage(cpuStart)
    stop.abort()
    await failed
    await net?.close()
    await chain.close()
    await kv.close()
    return { seconds, firstSec, cpuSec: (user + system) / 1_000_000, peakMiB: process.resourceUsage().maxRSS / 1_024 }
  },
}

export type ChainTasks = typeof tasks

const noTxs: Pick<NetListener, 'tx' | 'attestation'> = { tx: async () => 'known', attestation: async () => 'known' }

async function readRollup(folder: string): Promise<Rollup> {
  return deserialize(await readFile(join(folder, 'rollup'))) as Rollup
}

async function joinNet({
  spec,
  chainDir,
  peers,
  listener,
  view,
}: {
  readonly spec: ChainSpec
  readonly chainDir: string
  readonly peers: readonly string[]
  readonly listener: NetListener
  readonly view: NetView
}): Promise<Net> {
  return await openNet({
    chainId: spec.chainId,
    genesis: buildGenesis(spec).hash,
    rules: { maxBlockBytes: spec.limits.maxBlockBytes, maxTxBytes: 131_072 },
    attestationDomain: undefined,
    ...{ persistent: peers, bootnodes: [], allow: [], deny: [] },
    host: {
      privateKey: createIdentity(),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      announce: [],
      ...{ mdns: false, dht: false, maxPeers: 60, agent: 'bench' },
    },
    chainDir,
    logLevel: 'warn',
    ...{ log, clock: systemClock },
  })(listener, view)
}

function sourceOf(spec: ChainSpec, l1: readonly L1BlockData[], blobs: Rollup['blobs']): L1Source {
  const first = spec.l1.origin
  const blockAt = (number: bigint) => l1[Number(number - first.number) - 1]
  const { number, hash } = l1.at(-1)!.block
  return {
    head: async () => ({ number, hash }),
    finalized: async () => undefined,
    hashAt: async (at) => (at === first.number ? first.hash : blockAt(at)?.block.hash),
    block: async (at) => blockAt(at),
    blobs: async (_, hashes) => new Map(hashes.map((wanted) => [wanted, blobs.get(wanted)!])),
  }
}

serveTasks(tasks)
